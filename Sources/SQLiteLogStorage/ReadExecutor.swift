import ActaModel
import LogStorage
import SQLite

/// Where reads run: on the pool, or, for a database in memory, which has one connection only, on
/// the writer thread between its transactions.
enum ReadExecutor: Sendable {
  case pool(ReaderPool)
  case writer(WriteQueue)

  /// False when the storage is closed.
  func submit(_ job: @escaping ReaderPool.Job) -> Bool {
    switch self {
    case .pool(let pool): pool.submit(job)
    case .writer(let queue): queue.enqueueLook { writer in job(.success(writer.coldReader)) }
    }
  }

  func close() {
    if case .pool(let pool) = self { pool.close() }
  }
}

extension Result where Success == ColdReader, Failure == SQLiteError {
  func orThrow() throws(ColdError) -> ColdReader {
    switch self {
    case .success(let reader): return reader
    case .failure(let error): throw .database(error)
    }
  }
}

extension LogView {
  /// Answers each read from memory where that is possible, otherwise from the tables.
  func readAll(
    _ reads: [PartitionRead], maxBytes: Int, cold reader: Result<ColdReader, SQLiteError>
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
    _ read: PartitionRead, bounds: LogBounds, allowance: Allowance,
    _ reader: Result<ColdReader, SQLiteError>
  ) -> Result<ReadOutcome, StorageError> {
    do throws(ColdError) {
      let reader = try reader.orThrow()
      let batches = try reader.inSnapshot { () throws(ColdError) in
        try reader.read(read, below: bounds.highWatermark, allowance: allowance)
      }
      return .success(ReadOutcome(bounds: bounds, batches: batches))
    } catch {
      return .failure(error.storageError(for: read, bounds: bounds))
    }
  }
}

extension ColdReader {
  fileprivate func read(
    _ read: PartitionRead, below highWatermark: Int64, allowance: Allowance
  ) throws(ColdError) -> [[UInt8]] {
    let start: Int64?
    do {
      start = try logStart(of: read.partition)
    } catch {
      throw .database(error)
    }
    guard let start else { throw .unknownPartition }
    guard read.offset >= start else { throw .belowLogStart(start) }
    return try batches(
      in: read.partition, from: read.offset, below: highWatermark, allowance: allowance)
  }
}
