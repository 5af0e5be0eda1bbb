import Synchronization

/// One task's wait for something that happens once, on any thread, or for its own cancellation.
package final class AsyncSignal: Sendable {
  private struct State {
    var isSet = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  package init() {}

  package func set() {
    let waiter = state.withLock { state in
      state.isSet = true
      return state.waiter.take()
    }
    waiter?.resume()
  }

  package func wait() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isSet = state.withLock { state in
          if !state.isSet { state.waiter = continuation }
          return state.isSet
        }
        if isSet { continuation.resume() }
      }
    } onCancel: {
      set()
    }
  }
}
