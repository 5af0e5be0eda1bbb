import SQLite

/// The writer's prepared statements, other than the inserts of records.
final class WriterStatements {
  let dataVersion: Statement
  let insertBatch: Statement
  let updatePartition: Statement
  let insertLeaderEpoch: Statement
  let readProducer: Statement
  let writeProducer: Statement
  let setCluster: Statement
  let savepoint: Statement
  let releaseSavepoint: Statement
  let rollBackToSavepoint: Statement

  init(on connection: borrowing Connection) throws(SQLiteError) {
    dataVersion = try connection.prepare("PRAGMA data_version")
    insertBatch = try connection.prepare(
      """
      INSERT INTO batches(
        partition_id, base_offset, last_offset, record_count, base_timestamp, max_timestamp,
        max_timestamp_so_far, appended_at, attributes, producer_id, producer_epoch, base_sequence,
        leader_epoch, size_bytes, records_crc, control_records)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    updatePartition = try connection.prepare(
      """
      UPDATE partitions SET log_start_offset = ?, next_offset = ?, leader_epoch = ?,
        record_count = ?, size_bytes = ?, max_timestamp = ? WHERE id = ?
      """)
    insertLeaderEpoch = try connection.prepare(
      "INSERT INTO leader_epochs(partition_id, epoch, start_offset) VALUES (?, ?, ?)")
    readProducer = try connection.prepare(
      """
      SELECT producer_epoch, last_timestamp, batches FROM producer_state
      WHERE partition_id = ? AND producer_id = ?
      """)
    writeProducer = try connection.prepare(
      """
      INSERT OR REPLACE INTO producer_state(
        partition_id, producer_id, producer_epoch, last_timestamp, batches)
      VALUES (?, ?, ?, ?, ?)
      """)
    setCluster = try connection.prepare("INSERT OR REPLACE INTO cluster(key, value) VALUES (?, ?)")
    savepoint = try connection.prepare("SAVEPOINT batch")
    releaseSavepoint = try connection.prepare("RELEASE batch")
    rollBackToSavepoint = try connection.prepare("ROLLBACK TO batch")
  }
}
