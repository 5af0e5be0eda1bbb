import Synchronization

@testable import Broker

/// A connection's thread in virtual time: what is scheduled runs when the test advances the clock;
/// what is executed runs at once, on the thread that says so.
final class ManualExecutor: ConnectionExecutor {
  private struct Timer {
    let due: Int64
    let body: @Sendable () -> Void
  }

  private struct State {
    var now: Int64 = 0
    var nextID = 0
    var timers: [Int: Timer] = [:]
  }

  private let state = Mutex(State())

  var nowMilliseconds: Int64 { state.withLock { $0.now } }
  var timerCount: Int { state.withLock { $0.timers.count } }

  let isCurrent = true
  func execute(_ body: @escaping @Sendable () -> Void) { body() }

  func schedule(
    afterMilliseconds milliseconds: Int64, _ body: @escaping @Sendable () -> Void
  ) -> any Cancellable {
    let id = state.withLock { state in
      state.nextID += 1
      state.timers[state.nextID] = Timer(due: state.now + milliseconds, body: body)
      return state.nextID
    }
    return Cancellation { [self] in state.withLock { $0.timers[id] = nil } }
  }

  /// Moves the clock and runs what falls due, in order.
  func advance(milliseconds: Int64) {
    let due: [Timer] = state.withLock { state in
      state.now += milliseconds
      let due = state.timers.filter { $0.value.due <= state.now }
      for id in due.keys { state.timers[id] = nil }
      return due.sorted { ($0.value.due, $0.key) < ($1.value.due, $1.key) }.map(\.value)
    }
    for timer in due { timer.body() }
  }

  private struct Cancellation: Cancellable {
    let action: @Sendable () -> Void
    func cancel() { action() }
  }
}
