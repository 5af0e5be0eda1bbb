import ActaModel
import BatchCodec
import LogStorage
import SQLite

/// Reads the log from the tables: batches are rebuilt from their rows and verified against the
/// checksum that was stored when they were acknowledged.
///
/// It belongs to one thread, with a connection of its own (or, for a database in memory, the
/// writer's between two transactions). Every read ends its transaction before it returns: one that
/// stayed open would pin the write-ahead log.
final class ColdReader {
  private final class Select {
    let statement: Statement
    var lastUse: UInt64 = 0
    init(_ statement: consuming Statement) { self.statement = statement }
  }

  private static let maxSelects = 256

  /// The statements are made by this; they keep the connection alive as long as they need it.
  let prepare: (String) throws(SQLiteError) -> Statement
  private var selects: [PartitionID: Select] = [:]
  private var uses: UInt64 = 0
  private let begin: Statement
  private let end: Statement
  private let batchesFrom: Statement
  private let batchAt: Statement
  let partitionRow: Statement
  let runningMaximumAt: Statement
  let epochRows: Statement

  init(prepare: @escaping (String) throws(SQLiteError) -> Statement) throws(SQLiteError) {
    self.prepare = prepare
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
      "SELECT log_start_offset, next_offset FROM partitions WHERE id = ?")
    runningMaximumAt = try prepare(
      """
      SELECT base_offset, max_timestamp_so_far FROM batches
      WHERE partition_id = ? AND base_offset <= ? ORDER BY base_offset DESC LIMIT 1
      """)
    epochRows = try prepare(
      "SELECT epoch, start_offset FROM leader_epochs WHERE partition_id = ? ORDER BY epoch")
  }

  /// Everything in `body` sees one state of the database.
  func inSnapshot<R>(_ body: () throws(ColdError) -> R) throws(ColdError) -> R {
    do {
      try begin.run()
    } catch {
      throw .database(error)
    }
    let result: R
    do throws(ColdError) {
      result = try body()
    } catch {
      resetAll()
      try? end.run()
      throw error
    }
    resetAll()
    do {
      try end.run()
    } catch {
      throw .database(error)
    }
    return result
  }

  private func resetAll() {
    batchesFrom.reset()
    batchAt.reset()
    partitionRow.reset()
    runningMaximumAt.reset()
    epochRows.reset()
  }

  // MARK: Reading batches

  /// Whole batches from the one that contains `offset`, below `highWatermark`, as far as the
  /// allowance goes.
  func batches(
    in partition: PartitionID, from offset: Int64, below highWatermark: Int64, allowance: Allowance
  ) throws(ColdError) -> [[UInt8]] {
    let plan = try plan(
      partition, from: offset, below: highWatermark, allowance: allowance)
    guard let first = plan.first, let last = plan.last else { return [] }
    var assembly = BatchAssembly(plan)
    do throws(SQLiteError) {
      try feed(&assembly, from: first.baseOffset, through: last.lastOffset, of: partition)
    } catch {
      throw .database(error)
    }
    do throws(BatchAssembly.Damage) {
      return try assembly.finish()
    } catch {
      throw .corrupt(offset: error.offset, reason: error.reason)
    }
  }

  private func feed(
    _ assembly: inout BatchAssembly, from first: Int64, through last: Int64,
    of partition: PartitionID
  ) throws(SQLiteError) {
    let select = try select(partition)
    try select.statement.bind(first, at: 1)
    try select.statement.bind(last, at: 2)
    defer { select.statement.reset() }
    while try select.statement.step() {
      guard assembly.add(select.statement) else { return }
    }
  }

  private func plan(
    _ partition: PartitionID, from offset: Int64, below highWatermark: Int64, allowance: Allowance
  ) throws(ColdError) -> [StoredBatch] {
    var allowance = allowance
    var plan: [StoredBatch] = []
    do {
      try batchesFrom.bind(partition.value, at: 1)
      try batchesFrom.bind(offset, at: 2)
      defer { batchesFrom.reset() }
      while try batchesFrom.step() {
        let batch = StoredBatch(batchesFrom)
        if batch.lastOffset < offset { continue }
        guard batch.lastOffset < highWatermark, allowance.take(batch.sizeBytes) else { break }
        plan.append(batch)
      }
    } catch {
      throw .database(error)
    }
    return plan
  }

  func storedBatch(in partition: PartitionID, at baseOffset: Int64) throws(SQLiteError)
    -> StoredBatch?
  {
    try batchAt.bind(partition.value, at: 1)
    try batchAt.bind(baseOffset, at: 2)
    guard try batchAt.step() else { return nil }
    defer { batchAt.reset() }
    return StoredBatch(batchAt)
  }

  /// The batch as its rows are now, whatever its checksum says.
  func rebuildUnverified(
    _ batch: StoredBatch, in partition: PartitionID
  ) throws(SQLiteError) -> RebuiltBatch {
    var assembly = BatchAssembly([batch])
    try feed(&assembly, from: batch.baseOffset, through: batch.lastOffset, of: partition)
    return assembly.rebuildFirst()
  }

  private func select(_ partition: PartitionID) throws(SQLiteError) -> Select {
    uses += 1
    if let known = selects[partition] {
      known.lastUse = uses
      return known
    }
    if selects.count >= Self.maxSelects,
      let oldest = selects.min(by: { $0.value.lastUse < $1.value.lastUse })
    {
      selects[oldest.key] = nil
    }
    let select = Select(
      try prepare(
        """
        SELECT "offset", timestamp, key, value, headers FROM \(RecordTable.name(partition))
        WHERE "offset" BETWEEN ? AND ? ORDER BY "offset"
        """))
    select.lastUse = uses
    selects[partition] = select
    return select
  }
}
