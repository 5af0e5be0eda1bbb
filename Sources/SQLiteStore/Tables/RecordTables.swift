import ActaModel
import BatchCodec
import CSQLite
import LogStorage
import SQLite

/// The tables with the records, one per partition; the rowid is the offset.
final class RecordTables {
  /// Where the rows' numbers, their offsets, come from.
  private enum Numbering {
    /// From the batch. SQLite looks each one up first, in case it is taken.
    case explicit
    /// SQLite's own: one more than the largest. It then appends without looking, which took 1.17
    /// times as many rows a second (100-byte values, the loop of tools/bench).
    case following
  }

  private struct Key: Hashable {
    let partition: PartitionID
    let numbering: Numbering
  }

  // Statements go before the virtual table they read and the connection they belong to.
  private let inserts: StatementCache<Key>
  private let batch: BatchTable
  private let database: Database
  /// Partitions whose record before the next offset is known to be a row, so that the next row's number
  /// follows by itself. In doubt (after a load, a trim, a control batch) a partition is not in here.
  private var endsInRow: Set<PartitionID> = []

  init(_ database: Database, preparedInserts: Int) throws(SQLiteError) {
    self.database = database
    inserts = StatementCache(capacity: preparedInserts)
    batch = try BatchTable(on: database.connection)
  }

  static func name(_ partition: PartitionID) -> String { "records_\(partition.value)" }

  static func definition(_ partition: PartitionID) -> String {
    """
    CREATE TABLE \(name(partition))(
      "offset" INTEGER PRIMARY KEY, -- within the partition
      timestamp INTEGER NOT NULL,   -- epoch milliseconds; -1: none
      key BLOB,                     -- as sent
      value BLOB,                   -- as sent
      headers TEXT                  -- JSON: [["name","text"],["name",{"base64":"…"}],["name",null]]
    ) STRICT
    """
  }

  /// - Parameter isGuarded: The table refuses rows that another process puts at the log's end.
  func create(_ partition: PartitionID, isGuarded: Bool) throws(SQLiteError) {
    try database.execute(Self.definition(partition))
    if isGuarded { try database.execute(RecordGuard.definition(partition)) }
  }

  /// Whether the partition is known to have a table. One that has never had a record has none.
  func knows(_ partition: PartitionID) -> Bool { endsInRow.contains(partition) }

  /// A control batch has no record rows.
  func append(_ produced: ProducedBatch, at placement: BatchPlacement) throws {
    let header = produced.header
    if header.attributes.contains(.control) {
      endsInRow.remove(placement.partition)
      return
    }
    let follows = endsInRow.contains(placement.partition)
    do {
      try insert(produced, at: placement, follows ? .following : .explicit)
    } catch {
      if !follows, error.isConstraint, let last = try lastTaken(of: placement) {
        throw StoreError.occupied(through: last)
      }
      throw error
    }
    // A trigger or a changed table could have swallowed some, and a foreign row at the end would
    // have moved the numbers that SQLite gives.
    let (count, last) = (database.connection.changes, database.connection.lastInsertedRowID)
    guard count == Int(header.recordCount), last == placement.lastOffset.value else {
      throw StoreError.refused(
        "\(count) of \(header.recordCount) records were inserted into"
          + " \(Self.name(placement.partition)), the last as \(last) in place of"
          + " \(placement.lastOffset)")
    }
    if !follows { endsInRow.insert(placement.partition) }
  }

  private func insert(
    _ produced: ProducedBatch, at placement: BatchPlacement, _ numbering: Numbering
  ) throws(SQLiteError) {
    let header = produced.header
    let insert = try insert(into: placement.partition, numbering)
    let fixed = header.attributes.contains(.logAppendTime) ? header.maxTimestamp : nil
    try produced.withRecords { records throws(SQLiteError) in
      try batch.withBatch(
        records, baseOffset: placement.baseOffset, baseTimestamp: header.baseTimestamp,
        fixedTimestamp: fixed
      ) { () throws(SQLiteError) in
        try insert.statement.run()
      }
    }
  }

  /// Where the rows end that stand in the batch's place; `nil` when there are none.
  private func lastTaken(of placement: BatchPlacement) throws(SQLiteError) -> Offset? {
    let table = Self.name(placement.partition)
    let rows = try database.prepare(
      """
      SELECT r."offset" FROM \(table) AS r
      WHERE r."offset" >= (
          SELECT max("offset") FROM \(table) WHERE "offset" BETWEEN ? AND ?)
        AND NOT EXISTS (SELECT 1 FROM \(table) WHERE "offset" = r."offset" + 1)
      ORDER BY r."offset" LIMIT 1
      """)
    try rows.bind(placement.baseOffset.value, at: 1)
    try rows.bind(placement.lastOffset.value, at: 2)
    guard try rows.step() else { return nil }
    return Offset(rows.integer(0))
  }

  /// Where numbers follow by themselves: OR FAIL. Rows before one that is refused stay, which is no loss,
  /// since whoever calls takes the whole batch back; it saves SQLite a copy of each page before it is
  /// changed. Where they are explicit a row may be in the way, and the batch then goes elsewhere.
  private func insert(
    into partition: PartitionID, _ numbering: Numbering
  ) throws(SQLiteError) -> StatementCache<Key>.Entry {
    try inserts.statement(for: Key(partition: partition, numbering: numbering)) {
      () throws(SQLiteError) in
      let table = Self.name(partition)
      return switch numbering {
      case .explicit:
        try database.prepare(
          """
          INSERT INTO \(table)("offset", timestamp, key, value, headers)
          SELECT o, t, k, v, h FROM acta_batch
          """)
      case .following:
        try database.prepare(
          """
          INSERT OR FAIL INTO \(table)(timestamp, key, value, headers)
          SELECT t, k, v, h FROM acta_batch
          """)
      }
    }
  }

  /// Returns how many records it deleted. Without a condition SQLite frees a table's pages without looking
  /// at its rows, and without writing those pages to the log.
  func delete(of partition: PartitionID, below offset: Offset) throws(SQLiteError) -> Int {
    let table = Self.name(partition)
    let last = try database.integer("SELECT max(\"offset\") FROM \(table)")
    guard let last, last >= offset.value else {
      endsInRow.remove(partition)
      return try database.run("DELETE FROM \(table)")
    }
    return try database.run("DELETE FROM \(table) WHERE \"offset\" < ?", offset.value)
  }

  /// A statement for `delete(_:by:)`.
  func deletion(in partition: PartitionID) throws(SQLiteError) -> Statement {
    // The last row may be among them.
    endsInRow.remove(partition)
    return try database.prepare(
      "DELETE FROM \(Self.name(partition)) WHERE \"offset\" BETWEEN ? AND ?")
  }

  /// Returns how many records it deleted.
  func delete(
    _ range: ClosedRange<Offset>, by deletion: borrowing Statement
  ) throws(SQLiteError) -> Int {
    try deletion.run(range.lowerBound.value, range.upperBound.value)
    return database.connection.changes
  }

  /// The partition's table is about to be dropped.
  func forget(_ partition: PartitionID) {
    inserts.forget(Key(partition: partition, numbering: .explicit))
    inserts.forget(Key(partition: partition, numbering: .following))
    endsInRow.remove(partition)
  }

  /// After a rollback, and when others have written.
  func doubt() { endsInRow = [] }
}
