import KafkaConfig
import LogEngine
import LogStorage
import Logging
import SQLiteLog
import SQLiteStore

extension LogOptions {
  /// - Parameter cacheBytes: What the cache of batches may take at first.
  init(_ live: LiveConfig, cacheBytes: Int, logger: Logger) {
    self.init()
    let config = live.current
    engine.tailCacheBytes = cacheBytes
    // The server stops reading at the configured bound; refusing is for what is past it already.
    engine.maxQueuedBytes = config.queueMaxBytes * 4
    engine.readerCount = config.readerThreads
    store.logMaximumBytes = config.logMaximumBytes
    store.reserveBytes = config.diskReserveBytes
    engine.producerExpiration = { live.current.transactions.producerIDExpirationMilliseconds }
    log = { level, message in
      let level: Logger.Level =
        switch level {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
      logger.log(level, message)
    }
  }
}
