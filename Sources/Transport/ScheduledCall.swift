import Synchronization

/// Something that a loop does once, at a certain time, as other threads know it.
package final class ScheduledCall: Sendable {
  private enum State {
    case waiting(LoopBound<LoopTimer>?, @Sendable () -> Void)
    case over
  }

  private let state: Mutex<State>
  private let loop: LoopReference

  init(_ body: @escaping @Sendable () -> Void, on loop: LoopReference) {
    state = Mutex(.waiting(nil, body))
    self.loop = loop
  }

  /// On the loop.
  func start(on loop: EventLoop, afterMilliseconds milliseconds: Int64) {
    let isWanted = state.withLock { if case .waiting = $0 { true } else { false } }
    guard isWanted else { return }
    let timer = LoopTimer(on: loop, afterMilliseconds: milliseconds) { self.ring() }
    let bound = LoopBound(timer)
    let isStillWanted = state.withLock { state in
      guard case .waiting(_, let body) = state else { return false }
      state = .waiting(bound, body)
      return true
    }
    if !isStillWanted { timer.cancel() }
  }

  private func ring() {
    if case .waiting(_, let body) = end() { body() }
  }

  /// From when this returns, what was scheduled does not begin; it may be under way. On any thread.
  package func cancel() {
    guard case .waiting(let timer?, _) = end() else { return }
    if loop.isCurrent {
      timer.value.cancel()
    } else {
      loop.execute { timer.value.cancel() }
    }
  }

  private func end() -> State {
    state.withLock { state in
      defer { state = .over }
      return state
    }
  }
}
