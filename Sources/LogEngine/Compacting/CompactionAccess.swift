import ActaModel
import LogStorage
import Threads

/// The log as the compacting thread has it: it asks, and waits for the answer.
struct CompactionAccess: Sendable {
  let reads: ReadExecutor
  let shared: SharedParts

  var view: LogView { shared.view }

  func read<R: Sendable>(
    _ body: @escaping @Sendable (any StoreReader) throws(ReadFailure) -> R
  ) throws(CompactionFailure) -> R {
    let answer = Monitor<Result<R, CompactionFailure>?>(nil)
    let isAccepted = reads.submit { reader in
      let result: Result<R, CompactionFailure>
      do throws(ReadFailure) {
        result = .success(try body(reader.orThrow()))
      } catch {
        result = .failure(.read(error))
      }
      answer.update { $0 = result }
    }
    guard isAccepted else { throw .storage(.closed) }
    return try answer.wait { $0 }.get()
  }

  /// Returns when what was written is synced.
  func write<R: Sendable>(
    _ body: @escaping @Sendable (EngineTurn) throws -> Result<R, StorageError>
  ) throws(CompactionFailure) -> R {
    let answer = Monitor<Result<R, StorageError>?>(nil)
    shared.queue.enqueue(.single({ result in answer.update { $0 = result } }, body))
    switch answer.wait({ $0 }) {
    case .success(let value): return value
    case .failure(let error): throw .storage(error)
    }
  }
}

/// Why a pass over a partition ends before its end.
enum CompactionFailure: Error {
  case read(ReadFailure)
  case storage(StorageError)
  /// The log was changed meanwhile: what was planned is not true any more.
  case stale

  func storageError(of partition: PartitionID) -> StorageError? {
    switch self {
    case .read(.belowLogStart), .stale: nil
    case .read(let failure):
      failure.storageError(partition: partition, offset: .zero, highWatermark: .zero)
    case .storage(let error): error
    }
  }
}
