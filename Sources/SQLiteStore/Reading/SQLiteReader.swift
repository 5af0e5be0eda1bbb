import ActaModel
import BatchCodec
import LogStorage
import SQLite

/// Reads the log from the tables: batches are rebuilt from their rows and verified against the
/// checksum that was stored when they were acknowledged.
///
/// It belongs to one thread, with a connection of its own (or, for a database in memory, the
/// writer's between two turns). Every read ends its transaction before it returns: one that
/// stayed open would pin the write-ahead log.
final class SQLiteReader: StoreReader {
  private static let keptSelects = 256

  private let selects = StatementCache<PartitionID>(capacity: keptSelects)
  private let intake = RowIntake()
  private let begin: Statement
  private let end: Statement
  private let batchesFrom: Statement
  private let batchAt: Statement
  let partitionRow: Statement
  let runningMaximumAt: Statement
  let epochRows: Statement
  private let abortedFrom: Statement
  /// Makes statements; they keep the connection alive as long as they need it.
  let prepare: (String) throws(SQLiteError) -> Statement
  /// The connection, where it is the reader's own.
  private let database: Database?

  /// A reader on a connection of its own.
  convenience init(_ database: Database) throws(SQLiteError) {
    try self.init(owning: database, database.connection)
  }

  /// A reader on the writer's connection.
  convenience init(sharing database: Database) throws(SQLiteError) {
    try self.init(owning: nil, database.connection)
  }

  private init(
    owning database: Database?, _ connection: borrowing Connection
  ) throws(SQLiteError) {
    self.database = database
    let prepare = connection.preparer()
    self.prepare = prepare
    try intake.install(on: connection)
    begin = try prepare("BEGIN")
    end = try prepare("COMMIT")
    batchesFrom = try prepare(
      """
      SELECT \(StoredBatch.columns) FROM batches
      WHERE partition_id = ?1 AND base_offset >= coalesce((
        SELECT max(base_offset) FROM batches WHERE partition_id = ?1 AND base_offset <= ?2), ?2)
      ORDER BY base_offset
      """)
    batchAt = try prepare(
      "SELECT \(StoredBatch.columns) FROM batches WHERE partition_id = ? AND base_offset = ?")
    partitionRow = try prepare(
      "SELECT log_start_offset, next_offset, view_number > 0 FROM partitions WHERE id = ?")
    runningMaximumAt = try prepare(
      """
      SELECT base_offset, max_timestamp_so_far FROM batches
      WHERE partition_id = ? AND base_offset <= ? ORDER BY base_offset DESC LIMIT 1
      """)
    epochRows = try prepare(
      "SELECT epoch, start_offset FROM leader_epochs WHERE partition_id = ? ORDER BY epoch")
    abortedFrom = try prepare(
      """
      SELECT producer_id, first_offset, last_offset, last_stable_offset FROM transaction_ranges
      WHERE partition_id = ? AND last_offset >= ? ORDER BY last_offset
      """)
  }

  /// Everything in `body` sees one state of the database.
  func inSnapshot<R>(
    of partition: PartitionID, at offset: Offset = .zero, _ body: () throws -> R
  ) throws(ReadFailure) -> R {
    do {
      try begin.run()
      let result: R
      do {
        result = try body()
      } catch {
        resetAll()
        // The first error is the one to tell; a snapshot that cannot be closed is told by the next read.
        try? end.run()
        throw error
      }
      resetAll()
      try end.run()
      precondition(database?.connection.holdsSnapshot != true, "a read left its snapshot open")
      return result
    } catch {
      throw ReadFailure(error, at: offset)
    }
  }

  private func resetAll() {
    batchesFrom.reset()
    batchAt.reset()
    partitionRow.reset()
    runningMaximumAt.reset()
    epochRows.reset()
    abortedFrom.reset()
  }

  // MARK: Reading batches

  func batches(
    _ read: PartitionRead, below end: Offset, allowance: ReadAllowance
  ) throws(ReadFailure) -> TableRead {
    try inSnapshot(of: read.partition, at: read.offset) {
      guard let start = try logStart(of: read.partition) else {
        throw ReadFailure.unknownPartition
      }
      guard read.offset >= start else { throw ReadFailure.belowLogStart(start) }
      let (plan, isWhole) = try plan(
        read.partition, from: read.offset, below: end, allowance: allowance)
      guard let last = plan.last else { return TableRead(batches: [], isWhole: isWhole) }
      var assembly = try assembly(of: plan, in: read.partition)
      let aborted =
        switch read.isolation {
        case .readUncommitted: [AbortedRange]()
        case .readCommitted:
          try self.aborted(of: read.partition, from: read.offset, below: last.lastOffset + 1)
        }
      do throws(BatchAssembly.Damage) {
        let batches = try assembly.finish()
        return TableRead(
          batches: batches, aborted: aborted, isWhole: isWhole && batches.count == plan.count)
      } catch {
        throw ReadFailure.corrupt(offset: error.offset, reason: error.reason)
      }
    }
  }

  /// Those that reach into what lies between.
  private func aborted(
    of partition: PartitionID, from start: Offset, below end: Offset
  ) throws -> [AbortedRange] {
    try abortedFrom.bind(partition.value, at: 1)
    try abortedFrom.bind(start.value, at: 2)
    defer { abortedFrom.reset() }
    var found: [AbortedRange] = []
    while try abortedFrom.step() {
      let range = try AbortedRange(abortedFrom, of: partition)
      if range.firstOffset < end { found.append(range) }
      if range.lastStableOffset >= end { break }
    }
    return found
  }

  func logStart(of partition: PartitionID) throws -> Offset? {
    try partitionRow.bind(partition.value, at: 1)
    guard try partitionRow.step() else { return nil }
    defer { partitionRow.reset() }
    return try partitionRow.offset(0, of: RowName("partitions", partition.description))
  }

  /// Whether the partition has a table; one that has had no records, markers only, has none.
  func hasTable(_ partition: PartitionID) throws(SQLiteError) -> Bool {
    try partitionRow.bind(partition.value, at: 1)
    guard try partitionRow.step() else { return false }
    defer { partitionRow.reset() }
    return partitionRow.integer(2) != 0
  }

  /// The batches' rows, put together. Control batches have none, and where there are no others there may be no
  /// table.
  private func assembly(
    of plan: [StoredBatch], in partition: PartitionID
  ) throws(SQLiteError) -> BatchAssembly {
    guard let first = plan.first(where: \.hasRows), let last = plan.last(where: \.hasRows) else {
      return BatchAssembly(plan)
    }
    let select = try select(partition)
    try select.statement.bind(first.baseOffset.value, at: 1)
    try select.statement.bind(last.lastOffset.value, at: 2)
    intake.assembly = BatchAssembly(plan)
    defer {
      intake.assembly = nil
      select.statement.reset()
    }
    _ = try select.statement.step()
    guard let assembly = intake.assembly.take() else { preconditionFailure("it was put there") }
    return assembly
  }

  private func plan(
    _ partition: PartitionID, from offset: Offset, below highWatermark: Offset,
    allowance: ReadAllowance
  ) throws -> (batches: [StoredBatch], isWhole: Bool) {
    var allowance = allowance
    var plan: [StoredBatch] = []
    try batchesFrom.bind(partition.value, at: 1)
    try batchesFrom.bind(offset.value, at: 2)
    defer { batchesFrom.reset() }
    while try batchesFrom.step() {
      // What is beyond was promised to nobody, whoever wrote it and whatever it says.
      guard batchesFrom.integer(0) < highWatermark.value else { return (plan, true) }
      let batch: StoredBatch
      do throws(StoreError) {
        batch = try StoredBatch(batchesFrom, of: partition)
      } catch {
        // Those before it are what they were.
        if plan.isEmpty { throw error }
        return (plan, false)
      }
      if batch.lastOffset < offset { continue }
      guard batch.lastOffset < highWatermark, allowance.take(batch.sizeBytes) else {
        return (plan, false)
      }
      plan.append(batch)
    }
    return (plan, true)
  }

  func storedBatch(in partition: PartitionID, at baseOffset: Offset) throws -> StoredBatch? {
    try batchAt.bind(partition.value, at: 1)
    try batchAt.bind(baseOffset.value, at: 2)
    guard try batchAt.step() else { return nil }
    defer { batchAt.reset() }
    return try StoredBatch(batchAt, of: partition)
  }

  /// The batch as its rows are now, whatever its checksum says; without a table it has none.
  func rebuildUnverified(
    _ batch: StoredBatch, in partition: PartitionID, hasTable: Bool = true
  ) throws(SQLiteError) -> RebuiltBatch {
    var assembly =
      hasTable ? try assembly(of: [batch], in: partition) : BatchAssembly([batch])
    return assembly.rebuildFirst()
  }

  private func select(
    _ partition: PartitionID
  ) throws(SQLiteError) -> StatementCache<PartitionID>.Entry {
    try selects.statement(for: partition) { () throws(SQLiteError) in
      try prepare(RowIntake.select(from: RecordTables.name(partition)))
    }
  }
}

extension ReadFailure {
  fileprivate init(_ error: any Error, at offset: Offset) {
    switch error {
    case let failure as ReadFailure: self = failure
    case let error as SQLiteError where error.isCorruption:
      self = .corrupt(offset: offset, reason: error.description)
    case StoreError.unreadable(let sentence): self = .corrupt(offset: offset, reason: sentence)
    default: self = .store(StoreError(error))
    }
  }
}
