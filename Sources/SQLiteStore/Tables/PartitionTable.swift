import ActaModel
import LogStorage
import SQLite

/// `partitions`: a row each, written once a turn.
final class PartitionTable {
  private let database: Database
  private let update: Statement
  private let beginEpoch: Statement

  init(_ database: Database) throws(SQLiteError) {
    self.database = database
    update = try database.prepare(
      """
      UPDATE partitions SET log_start_offset = ?, next_offset = ?, leader_epoch = ?,
        record_count = ?, size_bytes = ?, max_timestamp = ? WHERE id = ?
      """)
    beginEpoch = try database.prepare(
      "INSERT INTO leader_epochs(partition_id, epoch, start_offset) VALUES (?, ?, ?)")
  }

  /// - Parameter newest: The leader epoch of this start, the largest there is.
  func rows(newestEpoch newest: LeaderEpoch) throws -> [PartitionRow] {
    var partitions: [PartitionRow] = []
    let rows = try database.prepare(
      """
      SELECT id, log_start_offset, next_offset, leader_epoch, record_count, size_bytes,
        max_timestamp FROM partitions
      WHERE topic_id IN (SELECT id FROM topics)
        AND id NOT IN (SELECT partition_id FROM deleted_partitions)
      """)
    while try rows.step() {
      func name() -> RowName { RowName("partitions", rows.literal(0)) }
      let id = PartitionID(try rows.integer(0, in: Plausible.id, of: name()))
      let nextOffset = try rows.offset(2, of: name())
      partitions.append(
        PartitionRow(
          id: id,
          logStartOffset: Offset(try rows.integer(1, in: 0...nextOffset.value, of: name())),
          nextOffset: nextOffset,
          leaderEpoch: LeaderEpoch(try rows.int32(3, in: -1...newest.value, of: name())),
          recordCount: try rows.integer(4, in: Plausible.sum, of: name()),
          sizeBytes: try rows.integer(5, in: Plausible.sum, of: name()),
          maxTimestamp: try rows.anyInteger(6, of: name())))
    }
    return partitions
  }

  func write(_ row: PartitionRow) throws(SQLiteError) {
    try update.run(
      row.logStartOffset.value, row.nextOffset.value, Int64(row.leaderEpoch.value),
      row.recordCount, row.sizeBytes, row.maxTimestamp, row.id.value)
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
