import ActaModel
import LogStorage

/// Where reads run: on the pool, or, where only the writer's thread may read, there, between its turns.
enum ReadExecutor: Sendable {
  case pool(ReaderPool)
  case writer(WriteQueue)

  /// False when the storage is closed.
  func submit(_ job: @escaping ReaderPool.Job) -> Bool {
    switch self {
    case .pool(let pool): pool.submit(job)
    case .writer(let queue): queue.enqueueLook { writer in job(.success(writer.store.reader)) }
    }
  }

  func close() {
    if case .pool(let pool) = self { pool.close() }
  }
}

extension LogView {
  /// Answers each read from memory where that is possible, otherwise from the tables.
  func readAll(
    _ reads: [PartitionRead], maxBytes: Int, tables reader: Result<any StoreReader, StoreError>
  ) -> [Result<ReadOutcome, StorageError>] {
    var budget = ReadBudget(maxBytes: maxBytes)
    return reads.map { read in
      let allowance = budget.allowance(for: read)
      let result: Result<ReadOutcome, StorageError>
      switch attempt(read, allowance: allowance) {
      case .done(let answer): result = answer
      case .cold(let bounds):
        result = readCold(read, bounds: bounds, allowance: allowance, reader)
      }
      if case .success(let outcome) = result { budget.spend(outcome.batches) }
      return result
    }
  }

  private func readCold(
    _ read: PartitionRead, bounds: LogBounds, allowance: ReadAllowance,
    _ reader: Result<any StoreReader, StoreError>
  ) -> Result<ReadOutcome, StorageError> {
    do throws(ReadFailure) {
      let batches = try reader.orThrow().batches(
        read, below: bounds.highWatermark, allowance: allowance)
      return .success(ReadOutcome(bounds: bounds, batches: batches.map { BatchBytes($0) }))
    } catch {
      return .failure(
        error.storageError(
          partition: read.partition, offset: read.offset, highWatermark: bounds.highWatermark))
    }
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
