import Synchronization

/// Tasks' wait for something that happens once, on any thread, or for their own cancellation, which sets it.
package final class AsyncSignal: Sendable {
  private struct State {
    var isSet = false
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  package init() {}

  package func set() {
    let waiters = state.withLock { state in
      state.isSet = true
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  package func wait() async {
    await withTaskCancellationHandler {
      await waitShielded()
    } onCancel: {
      set()
    }
  }

  /// The same whether the task is cancelled or not.
  package func waitShielded() async {
    await withCheckedContinuation { continuation in
      let isSet = state.withLock { state in
        if !state.isSet { state.waiters.append(continuation) }
        return state.isSet
      }
      if isSet { continuation.resume() }
    }
  }
}
