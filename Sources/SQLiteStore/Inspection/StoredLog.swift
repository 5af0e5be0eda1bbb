package import ActaModel
import BatchCodec
import CSQLite
import Glibc
import LogStorage
import Migrations
package import SQLite

/// A log's file as it is looked at from outside of a broker, which may be running on it or not. It
/// changes nothing and checkpoints nothing, not even when it closes. It belongs to one thread.
///
/// A snapshot that stays open keeps a running broker from emptying its write-ahead log: whoever reads
/// much reads in slices, each a snapshot of its own.
package final class StoredLog {
  /// As it was given.
  package let path: String
  package let isWritable: Bool
  let database: Database
  private let reader: SQLiteReader

  /// Opens a log of the schema that this program writes.
  ///
  /// - Throws: `OpeningError`, a sentence for whoever named the file; `SQLiteError` for what SQLite says
  ///   beyond that.
  package convenience init(reading path: String) throws {
    try self.init(path, Database(try Self.connection(reading: path)), isWritable: false)
  }

  /// Opens it as an application does that has tables of its own in the file: what is written to the log's
  /// tables is seen by a broker that runs. It does not checkpoint either.
  package convenience init(writing path: String) throws {
    try Self.refuseNoFile(path)
    do throws(any Error) {
      let connection = try ConnectionSetup.openApplication(path: path)
      try Self.refuseOthers(connection, path)
      try self.init(path, Database(connection), isWritable: true)
    } catch let error as SQLiteError {
      throw OpeningError(error, reading: path)
    }
  }

  private init(_ path: String, _ database: Database, isWritable: Bool) throws {
    self.path = path
    self.isWritable = isWritable
    self.database = database
    reader = try SQLiteReader(sharing: database)
  }

  /// A connection that can only look into what is a log of ours, of this schema.
  private static func connection(reading path: String) throws -> Connection {
    try refuseNoFile(path)
    do throws(any Error) {
      let connection = try ConnectionSetup.openReader(path: path, vfs: nil)
      try refuseOthers(connection, path)
      return connection
    } catch let error as SQLiteError {
      throw OpeningError(error, reading: path)
    }
  }

  static func refuseNoFile(_ path: String) throws(OpeningError) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw .last("opening the database", path) }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      errno = EISDIR
      throw .last("opening the database", path)
    }
    guard status.st_size > 0 else { throw .notADatabase(path: path) }
  }

  static func refuseOthers(_ connection: borrowing Connection, _ path: String) throws {
    try DatabaseOrigin.refuseForeign(connection, path: path)
    let found = try connection.integer(
      """
      SELECT CASE WHEN EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations')
        THEN 1 ELSE 0 END
      """)
    guard found == 1 else { throw OpeningError.foreignDatabase(path: path) }
    let version = try connection.integer("SELECT max(version) FROM schema_migrations") ?? 0
    let newest = Migration.all.last?.version ?? 0
    guard version <= newest else {
      throw OpeningError.newerSchema(found: version, supported: newest)
    }
    guard version == newest else {
      throw OpeningError.olderSchema(path: path, found: version, needed: newest)
    }
  }

  /// The process that serves the log now, if there is one on this machine.
  package var server: Int32? { LockTable.owner(of: path + ".lock") }

  // MARK: Statements

  package func prepare(_ sql: String) throws(SQLiteError) -> Statement {
    try database.prepare(sql)
  }

  /// The first column of the first row; `nil` if there is no row or it is NULL.
  package func integer(_ sql: String) throws(SQLiteError) -> Int64? {
    try database.connection.integer(sql)
  }

  /// The first column of the first row; `nil` if there is no row or it is NULL.
  package func text(_ sql: String) throws(SQLiteError) -> String? {
    try database.connection.text(sql)
  }

  /// Runs the statements of a script, each prepared when those before it have run.
  package func run(
    _ script: consuming Script, _ body: (borrowing Statement) throws -> Void
  ) throws {
    while let statement = try script.next(on: database.connection) { try body(statement) }
  }

  /// Ends a transaction that was left open; false if there is none.
  package func rollBack() -> Bool {
    guard database.connection.isInTransaction else { return false }
    // It may have been ended by what has failed.
    try? database.execute("ROLLBACK")
    return true
  }

  /// The first record at or after a time, in epoch milliseconds, below the log's end; `nil`: there is none.
  package func offset(
    atOrAfter timestamp: Int64, in partition: StoredPartition
  ) throws -> Int64? {
    guard partition.nextOffset >= 0 else { return nil }
    return try reader.lookUp(
      .atOrAfter(timestamp), in: partition.id, below: Offset(partition.nextOffset))?.offset.value
  }

  /// Everything in `body` sees one state of the file.
  package func snapshot<R>(_ body: () throws -> R) throws -> R {
    try database.execute("BEGIN")
    do {
      let result = try body()
      try database.execute("COMMIT")
      return result
    } catch {
      // The first error is the one to tell.
      try? database.execute("ROLLBACK")
      throw error
    }
  }

  /// Statements that run for longer than that, from now on, are interrupted; `nil`: none are.
  package func limit(statementsToMilliseconds limit: Int64?) {
    database.connection.limit(statementsToMilliseconds: limit)
  }

  // MARK: Partitions and batches

  /// Of all topics, in the order of their names and numbers.
  package func partitions() throws -> [StoredPartition] {
    let rows = try prepare(
      """
      SELECT \(StoredPartition.columns) FROM topics AS t JOIN partitions AS p ON p.topic_id = t.id
      WHERE p.id NOT IN (SELECT partition_id FROM deleted_partitions)
      ORDER BY t.name, p.number
      """)
    var partitions: [StoredPartition] = []
    while try rows.step() { partitions.append(StoredPartition(rows)) }
    return partitions
  }

  /// As the partition is now; `nil` if there is none any more.
  package func partition(_ id: PartitionID) throws(SQLiteError) -> StoredPartition? {
    let row = try database.kept(
      """
      SELECT \(StoredPartition.columns) FROM topics AS t JOIN partitions AS p ON p.topic_id = t.id
      WHERE p.id = ?
      """)
    try row.statement.bind(id.value, at: 1)
    defer { row.statement.reset() }
    return try row.statement.step() ? StoredPartition(row.statement) : nil
  }

  /// Batches that end at `offset` or behind it, in order, each made from its rows as they are: the first, and
  /// more until they are `bytes` or `count`.
  package func batches(
    of partition: StoredPartition, from offset: Int64, bytes: Int = 4 << 20, count: Int = 2_000
  ) throws -> [InspectedBatch] {
    let entry = try database.kept(
      """
      SELECT \(StoredBatch.columns), appended_at, max_timestamp_so_far FROM batches
      WHERE partition_id = ?1 AND base_offset >= coalesce((
        SELECT max(base_offset) FROM batches WHERE partition_id = ?1 AND base_offset <= ?2), ?2)
      ORDER BY base_offset
      """)
    try entry.statement.bind(partition.id.value, at: 1)
    try entry.statement.bind(offset, at: 2)
    defer { entry.statement.reset() }
    var found: [InspectedBatch] = []
    var room = bytes
    while found.count < count, room > 0, try entry.statement.step() {
      let batch = try inspect(entry.statement, of: partition)
      guard batch.lastOffset >= offset else { continue }
      room -= batch.rebuilt?.bytes.count ?? 0
      found.append(batch)
    }
    return found
  }

  private func inspect(
    _ row: borrowing Statement, of partition: StoredPartition
  ) throws -> InspectedBatch {
    let stored: StoredBatch
    do throws(StoreError) {
      stored = try StoredBatch(row, of: partition.id)
    } catch {
      return InspectedBatch(row, nil, problem: error.description)
    }
    let hasRecords = partition.hasTable || !stored.hasRows
    return InspectedBatch(
      row, try reader.rebuildUnverified(stored, in: partition.id, hasTable: hasRecords))
  }
}

extension OpeningError {
  fileprivate init(_ error: SQLiteError, reading path: String) {
    switch error {
    case _ where error.isNotADatabase: self = .notADatabase(path: path)
    case _ where error.isBusy: self = .locked(path: path)
    case _ where error.code == SQLITE_CANTOPEN || error.code == SQLITE_READONLY:
      self = .unreadable(path: path, reason: error.message)
    default: self = .damaged(path: path, reason: error.description)
    }
  }
}
