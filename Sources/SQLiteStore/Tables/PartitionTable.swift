import ActaModel
import LogStorage
import SQLite

/// `stored_partitions`: a row each, written when what no batch says has changed, and `leader_epochs`.
final class PartitionTable {
  private let database: Database
  private let update: Statement
  private let beginEpoch: Statement

  init(_ database: Database) throws(SQLiteError) {
    self.database = database
    update = try database.prepare(
      """
      UPDATE stored_partitions SET log_start_offset = ?, next_offset = ?, leader_epoch = ?,
        record_count = ?, size_bytes = ?, max_timestamp = ?, appended_records = ?,
        appended_bytes = ?, producers_through = ? WHERE id = ?
      """)
    beginEpoch = try database.prepare(
      """
      INSERT INTO leader_epochs(partition_id, epoch, start_offset) VALUES (?, ?, ?)
      ON CONFLICT DO NOTHING
      """)
  }

  /// As they are: what the view `partitions` says, with every value looked at, and in one look at a
  /// partition's last batch.
  ///
  /// - Parameters:
  ///   - newest: The leader epoch of this start, the largest there is.
  ///   - report: Told of last batches that cannot be read.
  func rows(
    newestEpoch newest: LeaderEpoch, report: (StoreError) -> Void
  ) throws -> [PartitionRow] {
    var partitions: [PartitionRow] = []
    let rows = try database.prepare(
      """
      SELECT p.id, p.log_start_offset, p.next_offset, p.leader_epoch, p.record_count, p.size_bytes,
        p.max_timestamp, p.appended_records, p.appended_bytes, p.producers_through,
        b.base_offset, b.last_offset, b.leader_epoch, b.max_timestamp_so_far, b.appended_records,
        b.appended_bytes
      FROM stored_partitions AS p LEFT JOIN batches AS b ON b.partition_id = p.id
        AND b.base_offset = (SELECT max(f.base_offset) FROM batches AS f WHERE f.partition_id = p.id)
      WHERE p.topic_id IN (SELECT id FROM topics)
        AND p.id NOT IN (SELECT partition_id FROM deleted_partitions)
      """)
    while try rows.step() {
      let stored = try Self.stored(rows, newest)
      let row = rows.isNull(10) ? stored : Self.extended(stored, rows, newest, report)
      guard row.logStartOffset <= row.nextOffset else {
        throw rows.unreadable(
          1, "an integer from 0 to \(row.nextOffset)",
          of: RowName("stored_partitions", rows.literal(0)))
      }
      partitions.append(row)
    }
    return partitions
  }

  private static func stored(
    _ rows: borrowing Statement, _ newest: LeaderEpoch
  ) throws(StoreError) -> PartitionRow {
    func name() -> RowName { RowName("stored_partitions", rows.literal(0)) }
    return PartitionRow(
      id: PartitionID(try rows.integer(0, in: Plausible.id, of: name())),
      logStartOffset: try rows.offset(1, of: name()), nextOffset: try rows.offset(2, of: name()),
      leaderEpoch: LeaderEpoch(try rows.int32(3, in: -1...newest.value, of: name())),
      recordCount: try rows.integer(4, in: Plausible.sum, of: name()),
      sizeBytes: try rows.integer(5, in: Plausible.sum, of: name()),
      maxTimestamp: try rows.anyInteger(6, of: name()),
      appended: LogSums(
        records: try rows.integer(7, in: Plausible.count, of: name()),
        bytes: try rows.integer(8, in: Plausible.count, of: name())),
      producersThrough: try rows.offset(9, of: name()))
  }

  /// The row with what the last batch says of the time since it was written. Where that cannot be read it says
  /// nothing: rows of its records keep the log from using its offsets again.
  ///
  /// - Parameter report: Told once, of the first value that cannot be read.
  private static func extended(
    _ row: PartitionRow, _ rows: borrowing Statement, _ newest: LeaderEpoch,
    _ report: (StoreError) -> Void
  ) -> PartitionRow {
    func name() -> RowName { RowName("batches", "\(row.id), \(rows.literal(10))") }
    var isSound = true
    func value(_ column: Int32, in range: ClosedRange<Int64>, or other: Int64) -> Int64 {
      do throws(StoreError) {
        return try rows.integer(column, in: range, of: name())
      } catch {
        if isSound { report(error) }
        isSound = false
        return other
      }
    }
    let first = value(10, in: Plausible.count, or: 0)
    let last = value(11, in: first...first + Int64(Int32.max), or: first)
    let epoch = value(12, in: -1...Int64(newest.value), or: -1)
    let most = Plausible.sum.upperBound
    let records = value(14, in: 0...row.appended.records + most, or: 0)
    let bytes = value(15, in: 0...row.appended.bytes + most, or: 0)
    var row = row
    row.nextOffset = max(row.nextOffset, Offset(last) + 1)
    row.leaderEpoch = max(row.leaderEpoch, LeaderEpoch(Int32(epoch)))
    row.maxTimestamp = max(row.maxTimestamp, value(13, in: .min ... .max, or: -1))
    // Batches from before there were sums have none.
    row.recordCount += max(0, records - row.appended.records)
    row.sizeBytes += max(0, bytes - row.appended.bytes)
    row.appended = LogSums(
      records: max(row.appended.records, records), bytes: max(row.appended.bytes, bytes))
    return row
  }

  func write(_ row: PartitionRow) throws(SQLiteError) {
    try update.run(
      row.logStartOffset.value, row.nextOffset.value, Int64(row.leaderEpoch.value),
      row.recordCount, row.sizeBytes, row.maxTimestamp, row.appended.records, row.appended.bytes,
      row.producersThrough.value, row.id.value)
  }

  // MARK: Leader epochs

  /// The first batch of a leader epoch.
  func begin(_ placement: BatchPlacement) throws(SQLiteError) {
    try beginEpoch.run(
      placement.partition.value, Int64(placement.leaderEpoch.value), placement.baseOffset.value)
  }

  /// The epoch that reaches across the new start begins there now; earlier ones are gone.
  func trimEpochs(of partition: PartitionID, to offset: Offset) throws(SQLiteError) {
    try database.run(
      """
      DELETE FROM leader_epochs WHERE partition_id = ?1 AND epoch < (
        SELECT max(epoch) FROM leader_epochs WHERE partition_id = ?1 AND start_offset <= ?2)
      """, partition.value, offset.value)
    try database.run(
      "UPDATE leader_epochs SET start_offset = ?2 WHERE partition_id = ?1 AND start_offset < ?2",
      partition.value, offset.value)
  }
}
