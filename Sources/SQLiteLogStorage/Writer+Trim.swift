import ActaModel
import LogStorage
import SQLite

/// Moving log starts forward. A large trim is made of slices, each a request of its own, so that
/// appends get their turn and the log stays small.
extension Writer {
  struct TrimSlice {
    /// Records deleted by this slice.
    let deleted: Int
    let logStartOffset: Int64
    /// The offset that the whole trim is to reach.
    let target: Int64
    var isComplete: Bool { logStartOffset >= target }
  }

  private static var batchesPerSlice: Int64 { 1_000 }
  private static var recordsPerSlice: Int64 { 50_000 }

  func deleteRecords(
    _ deletion: RecordDeletion
  ) throws(SQLiteError) -> Result<TrimSlice, StorageError> {
    guard let partition = partitions[deletion.partition],
      let highWatermark = view.bounds(of: deletion.partition)?.highWatermark
    else { return .failure(.unknownPartition(deletion.partition)) }
    let target = deletion.beforeOffset == -1 ? highWatermark : deletion.beforeOffset
    guard target >= 0, target <= highWatermark else {
      return .failure(
        .offsetOutOfRange(
          requested: target, logStartOffset: partition.logStartOffset, highWatermark: highWatermark)
      )
    }
    return .success(try trim(partition, below: target))
  }

  /// Finds how far the policy wants to go, at most a slice, and goes there.
  func applyRetention(
    _ policy: RetentionPolicy, to id: PartitionID
  ) throws(SQLiteError) -> Result<TrimSlice, StorageError> {
    guard let partition = partitions[id],
      let highWatermark = view.bounds(of: id)?.highWatermark
    else { return .failure(.unknownPartition(id)) }
    var target = partition.logStartOffset
    var size = partition.sizeBytes
    var count: Int64 = 0
    let rows = try batchesFromStart(of: partition, below: highWatermark)
    while try rows.step() {
      guard rows.integer(1) < highWatermark else { break }
      let timestamp = rows.integer(4) >= 0 ? rows.integer(4) : rows.integer(5)
      let isOld = policy.deleteBeforeTimestamp.map { timestamp < $0 } ?? false
      let isTooMuch = policy.maxBytes.map { size > $0 } ?? false
      guard isOld || isTooMuch else { break }
      target = rows.integer(1) + 1
      size -= rows.integer(3)
      count += 1
    }
    rows.reset()
    let slice = try trim(partition, below: target)
    // A full slice may have stopped before the policy did: ask again until one finds nothing.
    return .success(
      TrimSlice(
        deleted: slice.deleted, logStartOffset: slice.logStartOffset,
        target: count == 0 ? slice.logStartOffset : .max))
  }

  private func batchesFromStart(
    of partition: PartitionState, below offset: Int64
  ) throws(SQLiteError) -> Statement {
    let rows = try connection.prepare(
      """
      SELECT base_offset, last_offset, record_count, size_bytes, max_timestamp, appended_at
      FROM batches WHERE partition_id = ? AND base_offset < ? ORDER BY base_offset LIMIT ?
      """)
    try rows.bind(partition.id.value, at: 1)
    try rows.bind(offset, at: 2)
    try rows.bind(Self.batchesPerSlice, at: 3)
    return rows
  }

  private func trim(
    _ partition: PartitionState, below target: Int64
  ) throws(SQLiteError) -> TrimSlice {
    guard target > partition.logStartOffset else {
      return TrimSlice(
        deleted: 0, logStartOffset: partition.logStartOffset, target: partition.logStartOffset)
    }
    var reached = target
    var seen: Int64 = 0
    var rowCount: Int64 = 0
    var straddling: Int64?
    let rows = try batchesFromStart(of: partition, below: target)
    while try rows.step() {
      if rowCount == Self.batchesPerSlice - 1 || seen >= Self.recordsPerSlice {
        reached = rows.integer(0)
        break
      }
      rowCount += 1
      seen += rows.integer(2)
      if rows.integer(1) >= target { straddling = rows.integer(0) }
    }
    rows.reset()
    let deleted = try moveLogStart(of: partition, to: reached, through: straddling)
    return TrimSlice(deleted: deleted, logStartOffset: reached, target: target)
  }

  /// Deletes every row below `offset`, which lies inside the batch at `straddling` if there is one.
  private func moveLogStart(
    of partition: PartitionState, to offset: Int64, through straddling: Int64?
  ) throws(SQLiteError) -> Int {
    let (records, bytes) = try totals(of: partition.id, below: offset)
    try connection.prepare(
      "DELETE FROM \(RecordTable.name(partition.id)) WHERE \"offset\" < ?"
    ).run(offset)
    let deleted = connection.changes
    try connection.prepare(
      "DELETE FROM batches WHERE partition_id = ? AND base_offset < ? AND last_offset < ?"
    ).run(partition.id.value, offset, offset)
    partition.recordCount -= records
    partition.sizeBytes -= bytes
    if let straddling { try resealHead(of: partition, baseOffset: straddling) }
    try trimEpochs(of: partition.id, to: offset)
    partition.logStartOffset = offset
    // The last row may be among the deleted ones.
    partition.endsInRow = false
    markDirty(partition)
    return deleted
  }

  /// What the batches that begin below `offset` hold.
  private func totals(
    of partition: PartitionID, below offset: Int64
  ) throws(SQLiteError) -> (records: Int64, bytes: Int64) {
    let row = try connection.prepare(
      """
      SELECT coalesce(sum(record_count), 0), coalesce(sum(size_bytes), 0) FROM batches
      WHERE partition_id = ? AND base_offset < ?
      """)
    try row.bind(partition.value, at: 1)
    try row.bind(offset, at: 2)
    guard try row.step() else { return (0, 0) }
    defer { row.reset() }
    return (row.integer(0), row.integer(1))
  }

  /// What is left of a batch gets its own count, size and checksum, so that it can still be
  /// verified.
  private func resealHead(
    of partition: PartitionState, baseOffset: Int64
  ) throws(SQLiteError) {
    guard let batch = try coldReader.storedBatch(in: partition.id, at: baseOffset) else { return }
    let rest = try coldReader.rebuildUnverified(batch, in: partition.id)
    partition.recordCount += Int64(rest.recordCount)
    partition.sizeBytes += Int64(rest.bytes.count)
    try connection.prepare(
      """
      UPDATE batches SET record_count = ?, size_bytes = ?, records_crc = ?
      WHERE partition_id = ? AND base_offset = ?
      """
    ).run(
      Int64(rest.recordCount), Int64(rest.bytes.count), Int64(rest.recordsCRC),
      partition.id.value, baseOffset)
  }

  /// The epoch that reaches across the new start begins there now; earlier ones are gone.
  private func trimEpochs(of partition: PartitionID, to offset: Int64) throws(SQLiteError) {
    try connection.prepare(
      """
      DELETE FROM leader_epochs WHERE partition_id = ?1 AND epoch < (
        SELECT max(epoch) FROM leader_epochs WHERE partition_id = ?1 AND start_offset <= ?2)
      """
    ).run(partition.value, offset)
    try connection.prepare(
      "UPDATE leader_epochs SET start_offset = ?2 WHERE partition_id = ?1 AND start_offset < ?2"
    ).run(partition.value, offset)
  }
}
