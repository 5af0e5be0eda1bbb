import Synchronization

/// Fetches that read from the tables: few at a time, since what they bring waits for nobody; the others
/// in order of arrival.
final class TableReads: Sendable {
  /// Two readers, and as much again so that they need not wait for the next.
  static let maximumCount = 4

  private struct Waiter {
    let connectionID: UInt64
    let proceed: @Sendable () -> Void
    let refuse: @Sendable () -> Void
  }

  private struct State {
    var isStopped = false
    var running = 0
    var waiting: [Waiter] = []
  }

  private let state = Mutex(State())

  /// True if a read may begin at once; then `end` is to be called.
  func begin() -> Bool {
    state.withLock { state in
      guard state.running < Self.maximumCount, state.waiting.isEmpty else { return false }
      state.running += 1
      return true
    }
  }

  /// - Parameter proceed: Called when a read may begin; then `end` is to be called. On any thread,
  ///   perhaps before this returns.
  /// - Parameter refuse: Called instead if the broker stops. Neither is called once the connection is
  ///   closed.
  func wait(
    on connection: ConnectionContext, proceed: @escaping @Sendable () -> Void,
    refuse: @escaping @Sendable () -> Void
  ) {
    let isWaiting = state.withLock { state in
      guard !state.isStopped else { return false }
      state.waiting.append(
        Waiter(connectionID: connection.id, proceed: proceed, refuse: refuse))
      return true
    }
    if isWaiting { serveWaiting() } else { refuse() }
  }

  func end() {
    state.withLock { $0.running -= 1 }
    serveWaiting()
  }

  private func serveWaiting() {
    let next = state.withLock { state -> Waiter? in
      guard state.running < Self.maximumCount, !state.waiting.isEmpty else { return nil }
      state.running += 1
      return state.waiting.removeFirst()
    }
    next?.proceed()
  }

  func drop(connectionID: UInt64) {
    state.withLock { $0.waiting.removeAll { $0.connectionID == connectionID } }
  }

  /// Nobody waits any more.
  func stop() {
    let refused = state.withLock { state in
      state.isStopped = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for waiter in refused { waiter.refuse() }
  }
}
