import ActaModel
import Coordination
import KafkaConfig
import LogStorage
import Synchronization

/// Forgets committed offsets that nobody has used for `offsets.retention.minutes`, groups of which
/// nothing is left, and the oldest part of the audit trail; every
/// `offsets.retention.check.interval.ms`.
///
/// A clock that jumped deletes nothing (`ClockWatch`).
final class OffsetRetention: Sendable {
  /// A slice is one transaction, and produces wait for it.
  private static let groupsPerSlice = 100

  private struct State {
    var isStopped = false
    var clock = ClockWatch()
    var timer: (any Cancellable)?
  }

  private let groups: GroupHost
  private let storage: any LogStorage
  private let timers: any Timers
  private let wallClock: @Sendable () -> Int64
  private let intervalMilliseconds: Int64
  private let retentionMilliseconds: Int64
  private let auditRetentionMilliseconds: Int64
  private let state = Mutex(State())

  init(
    groups: GroupHost, storage: any LogStorage, config: BrokerConfig, timers: any Timers,
    wallClock: @escaping @Sendable () -> Int64
  ) {
    self.groups = groups
    self.storage = storage
    self.timers = timers
    self.wallClock = wallClock
    intervalMilliseconds = config.groups.offsetsRetentionCheckIntervalMilliseconds
    retentionMilliseconds = config.groups.offsetsRetentionMilliseconds
    auditRetentionMilliseconds = config.groups.offsetAuditRetentionMilliseconds
    _ = isClockTrusted(at: wallClock())
    scheduleNext()
  }

  func stop() {
    let timer = state.withLock { state in
      state.isStopped = true
      return state.timer
    }
    timer?.cancel()
  }

  private func scheduleNext() {
    let timer = timers.schedule(afterMilliseconds: intervalMilliseconds) { [weak self] in
      self?.run()
    }
    let isStopped = state.withLock { state in
      state.timer = timer
      return state.isStopped
    }
    if isStopped { timer.cancel() }
  }

  private func isClockTrusted(at wall: Int64) -> Bool {
    let monotonic = timers.nowMilliseconds
    return state.withLock { $0.clock.trusts(wall: wall, monotonic: monotonic) }
  }

  /// One pass. The next is due an interval after this one is done, and comes to whatever this one
  /// was refused.
  private func run() {
    let now = wallClock()
    guard isClockTrusted(at: now) else { return scheduleNext() }
    groups.perform { coordinator, _, _ in
      coordinator.list().map(\.groupID)
    } completion: { [self] result in
      guard case .success(let names) = result else { return scheduleNext() }
      expire(names[...], now)
    }
  }

  private func expire(_ names: ArraySlice<String>, _ now: Int64) {
    let slice = names.prefix(Self.groupsPerSlice)
    guard !slice.isEmpty else { return trimAudit(now) }
    groups.perform { [retentionMilliseconds] coordinator, turn, transaction in
      for name in slice {
        let left = try transaction.expireOffsets(
          of: name, by: coordinator.offsetExpiry(of: name),
          retentionMilliseconds: retentionMilliseconds)
        if left == 0 { coordinator.removeIfUnused(name, &turn) }
      }
    } completion: { [self] result in
      guard case .success = result else { return scheduleNext() }
      expire(names.dropFirst(slice.count), now)
    }
  }

  private func trimAudit(_ now: Int64) {
    guard auditRetentionMilliseconds >= 0 else { return scheduleNext() }
    storage.trimAudit(olderThan: now - auditRetentionMilliseconds) { [self] _ in scheduleNext() }
  }
}
