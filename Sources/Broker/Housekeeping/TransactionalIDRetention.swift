import Coordination
import KafkaConfig

/// Forgets transactional ids that nobody has used for `transactional.id.expiration.ms`; every
/// `transaction.remove.expired.transaction.cleanup.interval.ms`.
struct TransactionalIDRetention: Chore {
  /// A slice is one turn of the log, and produces wait for it.
  private static let idsPerSlice = 100

  let transactions: TransactionHost

  var name: String { "retention of transactional ids" }

  func intervalMilliseconds(_ config: BrokerConfig) -> Int64 {
    config.transactions.idExpirationCheckIntervalMilliseconds
  }

  func run(at now: Int64, _ config: BrokerConfig, done: @escaping @Sendable () -> Void) {
    transactions.perform { coordinator, turn, _ in
      coordinator.expire(limit: Self.idsPerSlice, &turn)
    } completion: { result in
      if case .success(true) = result { run(at: now, config, done: done) } else { done() }
    }
  }
}
