import Synchronization

@testable import Broker

/// Memory for answers of which a test says how much is taken.
final class ManualMemory: AnswerMemory {
  private struct State {
    var used = 0
    var mostUsed = 0
    var isAwaited = false
    var observer: (@Sendable () -> Void)?
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  let limitBytes: Int
  private let state = Mutex(State())

  init(limit: Int = 64 << 20) { limitBytes = limit }

  var roomBytes: Int { limitBytes - state.withLock { $0.used } }
  var usedBytes: Int { state.withLock { $0.used } }
  var mostUsedBytes: Int { state.withLock { $0.mostUsed } }

  func reserve(_ bytes: Int) {
    let (observer, waiters) = state.withLock { state in
      state.used += bytes
      state.mostUsed = max(state.mostUsed, state.used)
      let waiters = state.used == 0 ? state.waiters : []
      if state.used == 0 { state.waiters = [] }
      guard bytes < 0, state.isAwaited else {
        return (Optional<@Sendable () -> Void>.none, waiters)
      }
      state.isAwaited = false
      return (state.observer, waiters)
    }
    observer?()
    for waiter in waiters { waiter.resume() }
  }

  /// Waits until nothing is used: whoever brings an answer gives its room back behind it.
  func waitUntilFree() async {
    await withCheckedContinuation { continuation in
      let isFree = state.withLock { state in
        if state.used != 0 { state.waiters.append(continuation) }
        return state.used == 0
      }
      if isFree { continuation.resume() }
    }
  }

  func awaitRelease() { state.withLock { $0.isAwaited = true } }

  func observeReleases(_ observer: @escaping @Sendable () -> Void) {
    state.withLock { $0.observer = observer }
  }
}
