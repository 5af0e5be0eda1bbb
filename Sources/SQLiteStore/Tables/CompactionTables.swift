import ActaModel
import LogStorage
import SQLite

/// `compactions` and `compaction_keys`, and the batches that lose records to compaction.
final class CompactionTables {
  private let database: Database

  init(_ database: Database) { self.database = database }

  // MARK: Batches

  /// - Parameter delete: Deletes records of the partition by their offsets, and says how many.
  func rewrite(
    _ batches: [BatchRewrite], of partition: PartitionID,
    delete: (ClosedRange<Offset>) throws -> Int
  ) throws -> RewrittenBatches {
    var outcome = RewrittenBatches()
    var pending: ClosedRange<Offset>?
    var (expected, deleted) = (0, 0)
    func flush() throws {
      if let range = pending.take() { deleted += try delete(range) }
    }
    for batch in batches {
      guard let size = try sizeBytes(of: batch, in: partition) else { break }
      for range in batch.removed {
        // Whole batches that go one after the other go in one statement.
        if let before = pending, before.upperBound + 1 == range.lowerBound {
          pending = before.lowerBound...range.upperBound
        } else {
          try flush()
          pending = range
        }
      }
      expected += Int(batch.removedCount)
      outcome.recordCount += Int64(batch.removedCount)
      outcome.sizeBytes += try put(batch, in: partition, sizeBytes: size)
      outcome.count += 1
    }
    try flush()
    guard deleted == expected else {
      throw StoreError.refused(
        "\(deleted) records were deleted from \(RecordTables.name(partition)) in place of \(expected)"
      )
    }
    return outcome
  }

  /// `nil` when the batch is not what it was.
  private func sizeBytes(
    of batch: BatchRewrite, in partition: PartitionID
  ) throws(SQLiteError) -> Int64? {
    let entry = try database.kept(
      """
      SELECT size_bytes FROM batches WHERE partition_id = ? AND base_offset = ?
        AND last_offset = ? AND record_count = ? AND records_crc = ?
      """)
    try entry.statement.bind(partition.value, at: 1)
    try entry.statement.bind(batch.baseOffset.value, at: 2)
    try entry.statement.bind(batch.lastOffset.value, at: 3)
    try entry.statement.bind(Int64(batch.recordCount), at: 4)
    try entry.statement.bind(Int64(batch.recordsCRC), at: 5)
    guard try entry.statement.step() else { return nil }
    defer { entry.statement.reset() }
    return entry.statement.integer(0)
  }

  /// Returns by how much the batch has become smaller.
  private func put(
    _ batch: BatchRewrite, in partition: PartitionID, sizeBytes: Int64
  ) throws(SQLiteError) -> Int64 {
    if batch.isEmpty, !batch.staysEmpty {
      try database.run(
        "DELETE FROM batches WHERE partition_id = ? AND base_offset = ?", partition.value,
        batch.baseOffset.value)
      return sizeBytes
    }
    try database.run(
      """
      UPDATE batches SET record_count = ?, size_bytes = ?, records_crc = ?
      WHERE partition_id = ? AND base_offset = ?
      """, Int64(batch.restCount), batch.restSizeBytes, Int64(batch.restCRC), partition.value,
      batch.baseOffset.value)
    return sizeBytes &- batch.restSizeBytes
  }

  // MARK: The index

  func change(
    _ partition: PartitionID, removing: [CompactionKey], adding: [CompactionKey]
  ) throws(SQLiteError) -> Int64 {
    var growth: Int64 = 0
    for key in removing {
      growth -= Int64(
        try database.run(
          """
          DELETE FROM compaction_keys WHERE partition_id = ? AND key_hash = ? AND "offset" = ?
          """, partition.value, key.hash, key.offset.value))
    }
    let insert = try database.kept(
      """
      INSERT INTO compaction_keys(partition_id, key_hash, "offset", delete_at) VALUES (?, ?, ?, ?)
      ON CONFLICT DO NOTHING
      """)
    for key in adding {
      try insert.statement.bind(partition.value, at: 1)
      try insert.statement.bind(key.hash, at: 2)
      try insert.statement.bind(key.offset.value, at: 3)
      try insert.statement.bind(key.deleteAt, at: 4)
      try insert.statement.run()
      growth += Int64(database.connection.changes)
    }
    return growth
  }

  func write(_ state: CompactionState, of partition: PartitionID) throws(SQLiteError) {
    try database.run(
      """
      INSERT INTO compactions(partition_id, first_dirty_offset, key_count) VALUES (?1, ?2, ?3)
      ON CONFLICT DO UPDATE SET first_dirty_offset = ?2, key_count = ?3
      """, partition.value, state.firstDirtyOffset.value, state.keyCount)
  }

  func forget(_ partition: PartitionID, limit: Int) throws(SQLiteError) -> Bool {
    // Cut short, this must leave nothing that counts as clean and has lost its entry.
    try database.run(
      "UPDATE compactions SET first_dirty_offset = 0 WHERE partition_id = ?", partition.value)
    let deleted = try database.run(
      """
      DELETE FROM compaction_keys WHERE partition_id = ?1 AND (key_hash, "offset") <= (
        SELECT key_hash, "offset" FROM (
          SELECT key_hash, "offset" FROM compaction_keys WHERE partition_id = ?1
          ORDER BY key_hash, "offset" LIMIT ?2)
        ORDER BY key_hash DESC, "offset" DESC LIMIT 1)
      """, partition.value, Int64(limit))
    if deleted > 0 { return true }
    try database.run("DELETE FROM compactions WHERE partition_id = ?", partition.value)
    return false
  }
}
