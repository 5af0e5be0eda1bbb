import ActaModel
import LogStorage
import Synchronization

/// Remembers that the storage has stopped by itself, and tells the observer, once.
final class FailureLatch: Sendable {
  private struct State {
    var error: StorageError?
    var observer: (@Sendable (StorageError) -> Void)?
  }

  private let state = Mutex(State())

  var error: StorageError? { state.withLock { $0.error } }

  /// Told at once if it has stopped already.
  func observe(_ observer: @escaping @Sendable (StorageError) -> Void) {
    let error = state.withLock { state in
      state.observer = observer
      return state.error
    }
    if let error { observer(error) }
  }

  /// The first error wins.
  func trip(_ error: StorageError) {
    let observer = state.withLock { state -> (@Sendable (StorageError) -> Void)? in
      guard state.error == nil else { return nil }
      state.error = error
      return state.observer
    }
    observer?(error)
  }
}
