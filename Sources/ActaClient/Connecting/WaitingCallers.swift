import Threads

/// Callers that wait, each until something happens or its time is up. Whoever keeps this has a lock around it.
struct WaitingCallers: Sendable {
  private struct Caller {
    let signal: AsyncSignal
    /// Monotonic milliseconds; `.max` is never.
    let deadline: Int64
  }

  private var callers: [UInt64: Caller] = [:]
  private var last: UInt64 = 0

  /// - Returns: By what it is removed when it waits no longer.
  mutating func add(_ signal: AsyncSignal, until deadline: Int64) -> UInt64 {
    last += 1
    callers[last] = Caller(signal: signal, deadline: deadline)
    return last
  }

  mutating func remove(_ number: UInt64) { callers[number] = nil }

  /// All of them, in the order in which they came.
  mutating func takeAll() -> [AsyncSignal] {
    if callers.isEmpty { return [] }
    defer { callers = [:] }
    return callers.sorted { $0.key < $1.key }.map(\.value.signal)
  }

  /// Those whose time is up.
  mutating func takeOverdue(at now: Int64) -> [AsyncSignal] {
    let overdue = callers.filter { $0.value.deadline <= now }
    for number in overdue.keys { callers[number] = nil }
    return overdue.values.map(\.signal)
  }

  /// `nil` when nobody waits whose time will be up.
  var nextDeadline: Int64? {
    let next = callers.values.lazy.map(\.deadline).min()
    return next == .max ? nil : next
  }
}
