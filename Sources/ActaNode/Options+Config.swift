import KafkaConfig
import Logging
import SQLiteLogStorage

extension Options {
  init(_ config: BrokerConfig, logger: Logger) {
    self.init()
    tailCacheBytes = config.tailCacheBytes
    // The server stops reading at the configured bound; refusing is for what is past it already.
    maxQueuedBytes = config.queueMaxBytes * 4
    readerCount = config.readerThreads
    producerExpirationMilliseconds = config.transactions.producerIDExpirationMilliseconds
    log = { level, message in
      let level: Logger.Level =
        switch level {
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
      logger.log(level, message)
    }
  }
}
