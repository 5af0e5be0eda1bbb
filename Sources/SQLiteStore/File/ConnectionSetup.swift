import CGatheringVFS
import CSQLite
import SQLite

/// Every pragma and option that a connection gets, in one place, and read back: a setting that
/// silently did not take would cost durability much later.
enum ConnectionSetup {
  static let pageSize: Int64 = 16_384
  /// How long the writer waits for another process to stop writing, milliseconds: at the start, and for
  /// each of a turn's attempts to begin.
  static let startPatience: Int32 = 5_000
  static let writerPatience: Int32 = 1_000
  /// How long readers are waited for, milliseconds, where they keep the log from being emptied.
  static let readerPatience: Int32 = 100
  private static let writerCacheKibibytes: Int64 = 16 << 10
  private static let readerCacheKibibytes: Int64 = 4 << 10

  /// The connection that writes. Page size and vacuum mode only take before the first table.
  static func openWriter(path: String, vfs: String?) throws -> Connection {
    _ = quietStatistics
    let isFile = path != ":memory:"
    let connection = try Connection(
      path: path, mode: .readWriteCreate, vfs: isFile ? gathering(vfs) : vfs)
    try harden(connection)
    connection.setBusyTimeout(milliseconds: startPatience)
    // Until it is known to be ours, not even its log is touched.
    try connection.configure(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
    try ChangeMarks.signIn(connection)
    try TriggerSwitch.begin(connection)
    let isNew = try pageCount(of: connection, path: path) == 0
    if isNew {
      try set("page_size", pageSize, on: connection)
      try set("auto_vacuum", 2, on: connection)
    } else {
      try DatabaseOrigin.refuseForeign(connection, path: path)
      try refuseLayout(connection, path: path)
    }
    try connection.configure(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)
    try setJournal(isFile ? "wal" : "memory", on: connection)
    try set("synchronous", 1, on: connection)
    // Partitions of a topic that is being made in slices come before it.
    try set("foreign_keys", 0, on: connection)
    try set("secure_delete", 0, on: connection)
    try set("cache_size", -writerCacheKibibytes, on: connection)
    try set("temp_store", 2, on: connection)
    if isFile {
      try set("journal_size_limit", 64 << 20, on: connection)
      try set("mmap_size", 0, on: connection)
      try set("wal_autocheckpoint", 0, on: connection)
    }
    try DatabaseOrigin.sign(connection)
    return connection
  }

  /// From here on there are savepoints, and no page is put into the log before its turn commits. Where
  /// both come together, SQLite (3.40.1) leaves frames with checksums that are not theirs: everything from
  /// there on is gone after a crash. Statements that fail half-way go back by savepoints, too. A turn is
  /// bounded, so its pages fit into memory; a migration, which has no savepoints, need not.
  static func beginServing(_ connection: borrowing Connection) throws {
    try set("cache_spill", 0, on: connection)
  }

  /// `vfs` with a layer over it that writes all frames of a commit with one system call.
  private static func gathering(_ vfs: String?) -> String? {
    acta_gathering_vfs(vfs).map { String(cString: $0) } ?? vfs
  }

  /// The first look into the file.
  private static func pageCount(of connection: borrowing Connection, path: String) throws -> Int64?
  {
    do {
      return try connection.integer("PRAGMA page_count")
    } catch {
      if error.isNotADatabase { throw OpeningError.notADatabase(path: path) }
      throw error
    }
  }

  /// A connection that can only look. It must not checkpoint either, not even when it closes.
  static func openReader(path: String, vfs: String?) throws -> Connection {
    let connection = try Connection(path: path, mode: .readOnly, vfs: vfs)
    try harden(connection)
    connection.setBusyTimeout(milliseconds: 1_000)
    try connection.configure(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
    try set("query_only", 1, on: connection)
    try set("wal_autocheckpoint", 0, on: connection)
    try set("cache_size", -readerCacheKibibytes, on: connection)
    try set("temp_store", 2, on: connection)
    try set("mmap_size", 0, on: connection)
    return connection
  }

  /// A connection as an application has one beside a broker.
  static func openApplication(path: String) throws -> Connection {
    let connection = try Connection(path: path, mode: .readWrite)
    try harden(connection)
    connection.setBusyTimeout(milliseconds: startPatience)
    try connection.configure(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
    try set("wal_autocheckpoint", 0, on: connection)
    try set("temp_store", 2, on: connection)
    try set("mmap_size", 0, on: connection)
    SharedFileAuthorizer.watch(connection)
    return connection
  }

  /// For a commit that must be on disk when it returns, whatever else is going on.
  static func withFullSync<R>(
    _ connection: borrowing Connection, _ body: () throws -> R
  ) throws -> R {
    try set("synchronous", 2, on: connection)
    let result = try body()
    try set("synchronous", 1, on: connection)
    return result
  }

  /// A file that is larger already keeps its size.
  static func limit(_ connection: borrowing Connection, toBytes bytes: Int) throws {
    let present = try connection.integer("PRAGMA page_count") ?? 0
    try connection.execute(
      "PRAGMA max_page_count = \(max(present, max(1, Int64(bytes) / pageSize)))")
  }

  private static func harden(_ connection: borrowing Connection) throws {
    try connection.configure(SQLITE_DBCONFIG_DEFENSIVE, true)
    try connection.configure(SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, false)
    // An application may have tables in the file, with JSON functions in their schema, which this
    // version of SQLite does not count as harmless. What the option would protect from is SQL in a schema
    // that calls functions with side effects. There are none here: no extension can be loaded, and the
    // one virtual table of ours refuses to be named there.
    try connection.configure(SQLITE_DBCONFIG_TRUSTED_SCHEMA, true)
    // A view over four hundred partitions of long names is the longest text there is.
    connection.limit(SQLITE_LIMIT_SQL_LENGTH, to: 4 << 20)
    // One, because VACUUM INTO attaches its target.
    connection.limit(SQLITE_LIMIT_ATTACHED, to: 1)
    try set("cell_size_check", 1, on: connection)
  }

  private static func refuseLayout(_ connection: borrowing Connection, path: String) throws {
    let found = try connection.integer("PRAGMA page_size")
    let vacuum = try connection.integer("PRAGMA auto_vacuum")
    guard found == pageSize, vacuum == 2 else { throw OpeningError.foreignDatabase(path: path) }
  }

  private static func setJournal(_ mode: String, on connection: borrowing Connection) throws {
    let found = try connection.text("PRAGMA journal_mode = \(mode)") ?? "nothing"
    guard found == mode else {
      throw OpeningError.unexpectedPragma(name: "journal_mode", wanted: mode, found: found)
    }
  }

  private static func set(
    _ name: String, _ value: Int64, on connection: borrowing Connection
  ) throws {
    try connection.execute("PRAGMA \(name) = \(value)")
    let found = try connection.integer("PRAGMA \(name)")
    guard found == value else {
      throw OpeningError.unexpectedPragma(
        name: name, wanted: String(value), found: found.map { String($0) } ?? "nothing")
    }
  }

  /// SQLite's memory statistics cost a lock per allocation, and nothing reads them. If the program has
  /// used SQLite before us in this process it refuses, which does no harm.
  private static let quietStatistics: Int32 = acta_sqlite3_config_int(SQLITE_CONFIG_MEMSTATUS, 0)
}
