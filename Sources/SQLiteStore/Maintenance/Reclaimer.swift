import ActaModel
import SQLite

/// Gives back what is not needed any more, a slice at a time: the records of deleted partitions, then
/// the pages that they leave free.
final class Reclaimer {
  private static let vacuumPages = 256
  private static let freeBytesKept: Int64 = 64 << 20

  private let database: Database
  private let records: RecordTables
  private let sliceRecords: Int
  /// There may be rows in `deleted_partitions`.
  private var hasDeletedPartitions = true
  /// There may be free pages at the end of the file worth giving back.
  private var mayVacuum = true

  init(_ database: Database, records: RecordTables, sliceRecords: Int) {
    self.database = database
    self.records = records
    self.sliceRecords = sliceRecords
  }

  var hasSlices: Bool { hasDeletedPartitions || mayVacuum }

  /// The disk is full: every free page goes back to it.
  var givesAllBack = false {
    didSet { if givesAllBack { mayVacuum = true } }
  }

  /// A topic was deleted.
  func noteDeletion() { hasDeletedPartitions = true }

  func slice() throws(SQLiteError) {
    if hasDeletedPartitions {
      hasDeletedPartitions = try freeDeletedPartition()
      mayVacuum = true
    } else if mayVacuum {
      mayVacuum = try vacuum()
    }
  }

  // MARK: Deleted partitions

  /// Frees a slice of one deleted partition: records, then batches and the rest, then the table.
  /// False when nothing is left.
  private func freeDeletedPartition() throws(SQLiteError) -> Bool {
    guard
      let next = try database.integer("SELECT min(partition_id) FROM deleted_partitions")
    else { return false }
    let partition = PartitionID(next)
    let transaction = try database.connection.beginImmediate()
    if try !deleteRecords(of: partition), try !deleteBatches(of: partition) {
      try database.execute("DROP TABLE IF EXISTS \(RecordTables.name(partition))")
      for table in ["leader_epochs", "producer_state", "deleted_partitions"] {
        try database.run("DELETE FROM \(table) WHERE partition_id = ?", partition.value)
      }
    }
    try transaction.commit()
    return true
  }

  private func deleteRecords(of partition: PartitionID) throws(SQLiteError) -> Bool {
    // Not kept: the table is about to be dropped, if another has not done it.
    let table = RecordTables.name(partition)
    guard
      try database.integer(
        "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '\(table)'") != nil,
      let first = try database.connection.integer("SELECT min(\"offset\") FROM \(table)")
    else { return false }
    let (last, isBeyond) = first.addingReportingOverflow(Int64(sliceRecords) - 1)
    try database.prepare("DELETE FROM \(table) WHERE \"offset\" <= ?").run(isBeyond ? .max : last)
    return true
  }

  private func deleteBatches(of partition: PartitionID) throws(SQLiteError) -> Bool {
    try database.run(
      """
      DELETE FROM batches WHERE partition_id = ?1 AND base_offset IN (
        SELECT base_offset FROM batches WHERE partition_id = ?1 ORDER BY base_offset LIMIT ?2)
      """, partition.value, Int64(sliceRecords)) > 0
  }

  // MARK: Space

  /// Gives pages back while a quarter of the file and 64 MB are free, or all. False when that is enough.
  private func vacuum() throws(SQLiteError) -> Bool {
    let free = try database.integer("PRAGMA freelist_count") ?? 0
    let all = try database.integer("PRAGMA page_count") ?? 0
    let isMuch = free * 4 > all && free * ConnectionSetup.pageSize > Self.freeBytesKept
    guard isMuch || (givesAllBack && free > 0) else { return false }
    // One step frees one page: it must be run to its end.
    try database.run("PRAGMA incremental_vacuum(\(Self.vacuumPages))")
    return true
  }
}
