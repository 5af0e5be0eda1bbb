import ActaModel
import LogStorage
import SQLite
import Threads

/// Gives back what is not needed any more, a slice at a time: the records of deleted partitions, then
/// the pages that they leave free, those that retention and DeleteRecords do among them.
///
/// Free pages are what the next records take, so they go back to the disk only while there are very many:
/// each one is the file's last page, copied to where a free one is.
final class Reclaimer {
  private static let vacuumPages = 8
  /// How long a slice of moving pages may take.
  private static let vacuumMicroseconds: Int64 = 1_000
  /// While records go, pages are not moved that may be free themselves in a moment; but not for ever.
  private static let longestDelay: Int64 = 60_000
  private static let droppedBatches = 1_000

  private let database: Database
  private let records: RecordTables
  private let schema: SchemaPace
  private let sliceRecords: Int
  private let sliceBytes: Int64
  private let vacuumDelay: Int64
  private let freeBytesKept: Int64
  /// There may be rows in `deleted_partitions`.
  private var hasDeletedPartitions = true
  /// There may be free pages at the end of the file worth giving back.
  private var mayVacuum = true
  /// Monotonic milliseconds: pages are not moved before this, nor put off beyond that.
  private var vacuumTime: (earliest: Int64, latest: Int64) = (0, 0)

  init(
    _ database: Database, records: RecordTables, schema: SchemaPace, options: SQLiteOptions
  ) {
    self.database = database
    self.records = records
    self.schema = schema
    sliceRecords = options.deletionSliceRecords
    sliceBytes = options.deletionSliceBytes
    vacuumDelay = options.vacuumDelayMilliseconds
    freeBytesKept = options.freeBytesKept
  }

  /// What is left of a deleted partition goes with its table, whose pages SQLite frees without writing any
  /// of them: 5 µs for a page, where its rows take 40.
  private var droppedBytes: Int64 { 4 * sliceBytes }

  /// Told when pages have been given back, and no more are for now.
  var afterVacuum: () -> Void = {}
  private var hasMovedPages = false

  var hasSlices: Bool { isDeletionDue || isVacuumDue }

  private var isDeletionDue: Bool { hasDeletedPartitions && (givesAllBack || schema.isDue) }

  private var isVacuumDue: Bool {
    // Not between tables that go: their pages would be moved to be freed.
    mayVacuum && !hasDeletedPartitions
      && (givesAllBack || Clock.monotonicMilliseconds() >= vacuumTime.earliest)
  }

  /// The disk is full: every free page goes back to it.
  var givesAllBack = false {
    didSet { if givesAllBack { mayVacuum = true } }
  }

  /// A topic was deleted.
  func noteDeletion() { hasDeletedPartitions = true }

  /// Records were.
  func noteFreedPages() {
    let now = Clock.monotonicMilliseconds()
    if !mayVacuum || vacuumTime.latest == 0 { vacuumTime.latest = now + Self.longestDelay }
    mayVacuum = true
    vacuumTime.earliest = min(now + vacuumDelay, vacuumTime.latest)
  }

  func slice() throws(SQLiteError) {
    if isDeletionDue {
      hasDeletedPartitions = try freeDeletedPartitions()
      mayVacuum = true
    } else if isVacuumDue {
      mayVacuum = try vacuum()
    }
  }

  // MARK: Deleted partitions

  /// Frees a slice: batches of one partition with their records, or tables of which little is left. False
  /// when nothing is.
  private func freeDeletedPartitions() throws(SQLiteError) -> Bool {
    guard var next = try nextDeletedPartition() else { return false }
    let began = Clock.monotonicMicroseconds()
    let transaction = try database.connection.beginImmediate()
    while try !deleteSlice(of: next) {
      try drop(next)
      guard schema.changed(sinceMicroseconds: began), let following = try nextDeletedPartition()
      else { break }
      next = following
    }
    try transaction.commit()
    return true
  }

  /// One that is still in `partitions` may be shown by a view (`TopicRemains`).
  private func nextDeletedPartition() throws(SQLiteError) -> PartitionID? {
    try database.integer(
      """
      SELECT partition_id FROM deleted_partitions
      WHERE partition_id NOT IN (SELECT id FROM partitions) ORDER BY partition_id LIMIT 1
      """
    ).map { PartitionID($0) }
  }

  private func drop(_ partition: PartitionID) throws(SQLiteError) {
    try database.execute("DROP TABLE IF EXISTS \(RecordTables.name(partition))")
    for table in [
      "batches", "leader_epochs", "producer_state", "transaction_ranges", "deleted_partitions",
    ] {
      try database.run("DELETE FROM \(table) WHERE partition_id = ?", partition.value)
    }
  }

  /// What stands first in a deleted partition.
  private struct Front {
    /// What a slice takes: up to here.
    var last: Int64?
    /// So much is known to be left, of bytes and of batches.
    var bytes: Int64 = 0
    var batches = 0
  }

  /// The first batches with their records, as many as a slice may have. False when what is left is so
  /// little that it can go at once.
  private func deleteSlice(of partition: PartitionID) throws(SQLiteError) -> Bool {
    let front = try front(of: partition)
    guard let last = front.last,
      front.bytes > droppedBytes || front.batches >= Self.droppedBatches
    else { return false }
    try database.run(
      "DELETE FROM batches WHERE partition_id = ? AND base_offset <= ?", partition.value, last)
    if try hasTable(partition) {
      // Not kept: the table is about to be dropped.
      try database.prepare(
        "DELETE FROM \(RecordTables.name(partition)) WHERE \"offset\" <= ?"
      ).run(last)
    }
    return true
  }

  private func front(of partition: PartitionID) throws(SQLiteError) -> Front {
    let rows = try database.kept(
      """
      SELECT last_offset, record_count, size_bytes FROM batches WHERE partition_id = ?
      ORDER BY base_offset LIMIT ?
      """)
    try rows.statement.bind(partition.value, at: 1)
    try rows.statement.bind(Int64(Self.droppedBatches), at: 2)
    defer { rows.statement.reset() }
    var front = Front()
    var records: Int64 = 0
    while try rows.statement.step() {
      let isFirst = front.last == nil
      if isFirst || (records < sliceRecords && front.bytes < sliceBytes) {
        front.last = rows.statement.integer(0)
      } else if front.bytes > droppedBytes {
        break
      }
      // Others may have written anything there, which must not keep it from going.
      records += min(max(0, rows.statement.integer(1)), 1 << 32)
      front.bytes += min(max(0, rows.statement.integer(2)), 1 << 32)
      front.batches += 1
    }
    return front
  }

  /// Another may have dropped it.
  private func hasTable(_ partition: PartitionID) throws(SQLiteError) -> Bool {
    try database.integer(
      """
      SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '\(RecordTables.name(partition))'
      """) != nil
  }

  // MARK: Space

  /// Gives pages back while a quarter of the file and 64 MB are free, or all. False when that is enough.
  private func vacuum() throws(SQLiteError) -> Bool {
    guard try hasMuchFree() else {
      if hasMovedPages { afterVacuum() }
      hasMovedPages = false
      return false
    }
    hasMovedPages = true
    let end = Clock.monotonicMicroseconds() + Self.vacuumMicroseconds
    let transaction = try database.connection.beginImmediate()
    repeat {
      // One step frees one page: it must be run to its end.
      try database.run("PRAGMA incremental_vacuum(\(Self.vacuumPages))")
      if Clock.monotonicMicroseconds() >= end { break }
    } while try hasMuchFree()
    try transaction.commit()
    return true
  }

  private func hasMuchFree() throws(SQLiteError) -> Bool {
    let free = try database.integer("PRAGMA freelist_count") ?? 0
    if givesAllBack { return free > 0 }
    let all = try database.integer("PRAGMA page_count") ?? 0
    return free * 4 > all && free * ConnectionSetup.pageSize > freeBytesKept
  }
}
