import ActaModel
import LogStorage

/// Where reads run: on the pool, or, where only the writer's thread may read, there, between its turns.
enum ReadExecutor: Sendable {
  case pool(ReaderPool)
  case writer(WriteQueue)

  var pool: ReaderPool? {
    if case .pool(let pool) = self { pool } else { nil }
  }

  /// False when the storage is closed.
  func submit(_ job: @escaping ReaderPool.Job) -> Bool {
    switch self {
    case .pool(let pool): pool.submit(job)
    case .writer(let queue): queue.enqueueLook { writer in job(.success(writer.store.reader)) }
    }
  }

  func close() {
    pool?.close()
  }
}

extension Result where Success == any StoreReader, Failure == StoreError {
  func orThrow() throws(ReadFailure) -> any StoreReader {
    switch self {
    case .success(let reader): return reader
    case .failure(let error): throw .store(error)
    }
  }
}

extension ReadFailure {
  func storageError(
    partition: PartitionID, offset: Offset, highWatermark: Offset
  ) -> StorageError {
    switch self {
    case .unknownPartition: .unknownPartition(partition)
    case .belowLogStart(let start):
      .offsetOutOfRange(requested: offset, logStartOffset: start, highWatermark: highWatermark)
    case .corrupt(let offset, let reason):
      .corrupt(partition: partition, offset: offset, reason: reason)
    case .store(let error): .failed(error.description)
    }
  }
}
