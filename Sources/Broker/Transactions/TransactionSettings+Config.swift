import Coordination
import KafkaConfig

extension TransactionSettings {
  init(_ config: TransactionConfig) {
    self.init()
    maxTimeout = Int32(clamping: config.maxTimeoutMilliseconds)
    idExpiration = config.transactionalIDExpirationMilliseconds
  }
}
