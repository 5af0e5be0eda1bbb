import Synchronization

@testable import Broker

/// Memory for answers of which a test says how much is taken.
final class ManualMemory: AnswerMemory {
  private struct State {
    var used = 0
    var mostUsed = 0
    var isAwaited = false
    var observer: (@Sendable () -> Void)?
  }

  let limitBytes: Int
  private let state = Mutex(State())

  init(limit: Int = 64 << 20) { limitBytes = limit }

  var roomBytes: Int { limitBytes - state.withLock { $0.used } }
  var usedBytes: Int { state.withLock { $0.used } }
  var mostUsedBytes: Int { state.withLock { $0.mostUsed } }

  func reserve(_ bytes: Int) {
    let observer = state.withLock { state -> (@Sendable () -> Void)? in
      state.used += bytes
      state.mostUsed = max(state.mostUsed, state.used)
      guard bytes < 0, state.isAwaited else { return nil }
      state.isAwaited = false
      return state.observer
    }
    observer?()
  }

  func awaitRelease() { state.withLock { $0.isAwaited = true } }

  func observeReleases(_ observer: @escaping @Sendable () -> Void) {
    state.withLock { $0.observer = observer }
  }
}
