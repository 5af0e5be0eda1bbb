import ActaModel
import Coordination
import KafkaConfig
import LogStorage

/// Forgets committed offsets that no consumer has used for `offsets.retention.minutes`, and groups of which
/// nothing is left; every `offsets.retention.check.interval.ms`.
struct OffsetRetention: Chore {
  /// A slice is one turn of the log, and produces wait for it.
  private static let groupsPerSlice = 100

  let groups: GroupHost

  var name: String { "retention of committed offsets" }

  func intervalMilliseconds(_ config: BrokerConfig) -> Int64 {
    config.groups.offsetsRetentionCheckIntervalMilliseconds
  }

  func run(at now: Int64, _ config: BrokerConfig, done: @escaping @Sendable () -> Void) {
    let retention = config.groups.offsetsRetentionMilliseconds
    groups.perform { coordinator, _, _ in
      coordinator.groupIDs
    } completion: { result in
      guard case .success(let names) = result else { return done() }
      expire(names[...], retentionMilliseconds: retention, done: done)
    }
  }

  private func expire(
    _ names: ArraySlice<String>, retentionMilliseconds: Int64, done: @escaping @Sendable () -> Void
  ) {
    let slice = names.prefix(Self.groupsPerSlice)
    guard !slice.isEmpty else { return done() }
    groups.perform { coordinator, turn, rows in
      for name in slice {
        let left = try rows.expireOffsets(
          of: name, by: coordinator.offsetExpiry(of: name),
          retentionMilliseconds: retentionMilliseconds)
        if left == 0 { coordinator.removeIfUnused(name, &turn) }
      }
    } completion: { result in
      guard case .success = result else { return done() }
      expire(
        names.dropFirst(slice.count), retentionMilliseconds: retentionMilliseconds, done: done)
    }
  }
}
