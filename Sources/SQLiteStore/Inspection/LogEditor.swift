package import ActaModel
import CSQLite
import SQLite

/// Changes a log's file while no broker runs on it: what is derived is derived anew, and a copy becomes a
/// cluster of its own. Everything happens in one transaction, and is on disk when `edit` returns.
package final class LogEditor {
  private let lock: DatabaseLock
  private let database: Database

  /// - Throws: `OpeningError.inUse` while a broker runs on the file.
  package init(_ path: String) throws {
    try StoredLog.refuseNoFile(path)
    let file = try DatabaseFile.prepare(path, allowsNetworkFilesystem: false)
    lock = try DatabaseLock(for: file)
    let connection = try ConnectionSetup.openWriter(path: file.path, vfs: nil)
    try StoredLog.refuseOthers(connection, path)
    database = Database(connection)
  }

  package func edit(_ body: (LogEditor) throws -> Void) throws {
    try ConnectionSetup.withFullSync(database.connection) {
      let transaction = try database.connection.beginImmediate()
      try body(self)
      try transaction.commit()
    }
    database.connection.setBusyTimeout(milliseconds: ConnectionSetup.readerPatience)
    _ = try database.connection.checkpoint(.truncate)
  }

  // MARK: What is derived

  /// `record_count` and `size_bytes` of the partition, from its batches, as of the last of them. A control
  /// record is none.
  package func sumUp(_ partition: PartitionID) throws {
    try database.run(
      """
      UPDATE stored_partitions SET (record_count, size_bytes, appended_records, appended_bytes) = (
        SELECT coalesce(sum(iif(control_records IS NULL, record_count, 0)), 0),
          coalesce(sum(size_bytes), 0),
          max(coalesce(max(b.appended_records), 0), stored_partitions.appended_records),
          max(coalesce(max(b.appended_bytes), 0), stored_partitions.appended_bytes)
        FROM batches AS b WHERE partition_id = ?1)
      WHERE id = ?1
      """, partition.value)
  }

  /// The views over topics.
  package func restoreViews() throws { try ViewUpgrade.restore(in: database) }

  /// Makes an index, a view or a trigger that is missing, or otherwise.
  package func make(_ difference: SchemaDifference) throws {
    guard let sql = difference.sql else { return try restoreViews() }
    if difference.isPresent {
      try database.execute("DROP \(difference.kind.rawValue) \(SQL.identifier(difference.name))")
    }
    try database.execute(sql)
  }

  package func reindex(_ name: String) throws {
    try database.execute("REINDEX \(SQL.identifier(name))")
  }

  /// The next cleaning begins from the log's start, and makes the index of keys anew.
  package func forgetCompaction(of partition: PartitionID) throws {
    try database.run("DELETE FROM compaction_keys WHERE partition_id = ?", partition.value)
    try database.run(
      "UPDATE compactions SET first_dirty_offset = 0, key_count = 0 WHERE partition_id = ?",
      partition.value)
  }

  /// The views over the topic ask what of it is open or aborted.
  package func noteTransactions(in partition: PartitionID) throws {
    try database.run(
      """
      UPDATE topics SET has_transactions = 1
      WHERE id = (SELECT topic_id FROM partitions WHERE id = ?)
      """, partition.value)
    try restoreViews()
  }

  // MARK: Another cluster

  /// Gives the log another cluster id, and leader epochs far above those that the original will come to, so
  /// that whoever knows the original's is told.
  ///
  /// - Returns: The new cluster's id, and the first epoch that it will take.
  package func becomeAnotherCluster() throws -> (clusterID: String, firstEpoch: Int64) {
    try ClusterTable(database).becomeAnother()
  }
}
