import KafkaConfig
import LogStorage

/// Has the audit trail trimmed of what is older than `acta.offset.audit.retention.ms`; as often as
/// committed offsets are looked at.
struct AuditRetention: Chore {
  let storage: any LogStorage

  var name: String { "retention of the audit trail" }

  func intervalMilliseconds(_ config: BrokerConfig) -> Int64 {
    config.groups.offsetsRetentionCheckIntervalMilliseconds
  }

  func run(at now: Int64, _ config: BrokerConfig, done: @escaping @Sendable () -> Void) {
    let retention = config.groups.offsetAuditRetentionMilliseconds
    guard retention >= 0 else { return done() }
    storage.trimAudit(olderThan: now - retention) { _ in done() }
  }
}
