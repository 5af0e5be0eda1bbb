import ClientCore
import Synchronization

/// One task's wait for what became of its record, or for its own cancellation.
final class Settlement: Sendable {
  private enum State {
    case open
    case awaited(CheckedContinuation<RecordMetadata, any Error>)
    case settled(Result<RecordMetadata, any Error>)
  }

  private let state = Mutex(State.open)

  func settle(_ result: Result<AppendedRecord, ClientFailure>) {
    end(result.map { RecordMetadata($0) }.mapError { KafkaError($0) })
  }

  /// Asked once.
  var value: RecordMetadata {
    get async throws {
      try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          let result = state.withLock { state in
            if case .settled(let result) = state { return Optional(result) }
            state = .awaited(continuation)
            return nil
          }
          if let result { continuation.resume(with: result) }
        }
      } onCancel: {
        end(.failure(CancellationError()))
      }
    }
  }

  /// The first end counts.
  private func end(_ result: Result<RecordMetadata, any Error>) {
    let awaited: CheckedContinuation<RecordMetadata, any Error>? = state.withLock { state in
      switch state {
      case .settled: return nil
      case .open:
        state = .settled(result)
        return nil
      case .awaited(let continuation):
        state = .settled(result)
        return continuation
      }
    }
    awaited?.resume(with: result)
  }
}
