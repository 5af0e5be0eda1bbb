import CSQLite

/// Owners for SQLite's C objects: a connection, its statements, its transactions. Result codes
/// become thrown `SQLiteError`s, bytes are lent rather than copied, and nothing here knows what is
/// stored.
///
/// A connection belongs to one thread at a time (it is opened with `SQLITE_OPEN_NOMUTEX`); whoever
/// moves it between threads orders the accesses.
package struct Connection: ~Copyable {
  /// For the C functions that have no wrapper (a virtual table's module, hooks).
  package let handle: OpaquePointer
  /// SQLite holds this address until the connection goes.
  let patience: UnsafeMutablePointer<LockPatience>

  package enum Mode: Sendable {
    case readWriteCreate
    case readWrite
    case readOnly

    var flags: Int32 {
      switch self {
      case .readWriteCreate: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
      case .readWrite: SQLITE_OPEN_READWRITE
      case .readOnly: SQLITE_OPEN_READONLY
      }
    }
  }

  /// Opens `path` as it stands: no URI is parsed. `vfs` names another file layer than the default.
  package init(path: String, mode: Mode, vfs: String? = nil) throws(SQLiteError) {
    var database: OpaquePointer?
    let flags = mode.flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
    let code = sqlite3_open_v2(path, &database, flags, vfs)
    guard code == SQLITE_OK, let database else {
      let error = SQLiteError.last(of: database, code: code, operation: "open \(path)")
      sqlite3_close_v2(database)
      throw error
    }
    handle = database
    patience = .allocate(capacity: 1)
    patience.initialize(to: LockPatience())
    Self.install(patience, on: database)
  }

  /// Statements that are still alive keep the file open until the last of them has gone.
  deinit {
    sqlite3_busy_handler(handle, nil, nil)
    patience.deallocate()
    sqlite3_close_v2(handle)
  }

  /// The version of the library that is linked, such as `3.40.1`.
  package static var libraryVersion: String { String(cString: sqlite3_libversion()) }

  package func prepare(_ sql: String) throws(SQLiteError) -> Statement {
    try Statement(sql, on: handle)
  }

  /// Runs every statement of `sql`; rows are not looked at.
  package func execute(_ sql: String) throws(SQLiteError) {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    guard code == SQLITE_OK else {
      throw SQLiteError.last(of: handle, code: code, operation: sql)
    }
  }

  /// The first column of the first row; `nil` if there is no row or it is NULL.
  package func integer(_ sql: String) throws(SQLiteError) -> Int64? {
    let statement = try prepare(sql)
    guard try statement.step(), !statement.isNull(0) else { return nil }
    return statement.integer(0)
  }

  /// The first column of the first row; `nil` if there is no row or it is NULL.
  package func text(_ sql: String) throws(SQLiteError) -> String? {
    let statement = try prepare(sql)
    guard try statement.step(), !statement.isNull(0) else { return nil }
    return statement.text(0)
  }

  /// Rows that the last INSERT, UPDATE or DELETE touched.
  package var changes: Int { Int(sqlite3_changes64(handle)) }

  /// The rowid that the last successful INSERT gave.
  package var lastInsertedRowID: Int64 { sqlite3_last_insert_rowid(handle) }

  /// Whether a transaction is open on this connection.
  package var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

  /// Whether a statement still holds a snapshot of the database, which would pin the log.
  package var holdsSnapshot: Bool { sqlite3_txn_state(handle, nil) != SQLITE_TXN_NONE }

  /// Sets one of the on/off options of `sqlite3_db_config` and makes sure that it took.
  package func configure(_ option: Int32, _ isOn: Bool) throws(SQLiteError) {
    var current: Int32 = 0
    let code = acta_sqlite3_db_config_flag(handle, option, isOn ? 1 : 0, &current)
    guard code == SQLITE_OK, (current != 0) == isOn else {
      throw SQLiteError(
        extendedCode: code == SQLITE_OK ? SQLITE_MISUSE : code,
        message: "the option did not take", operation: "sqlite3_db_config(\(option), \(isOn))")
    }
  }

  /// Lowers a limit of `sqlite3_limit`.
  package func limit(_ category: Int32, to value: Int32) {
    sqlite3_limit(handle, category, value)
  }
}

extension Connection {
  /// Prepares statements for an object that cannot hold the connection itself. Statements made by
  /// it keep the file open; it must not be used after the connection has gone.
  package func preparer() -> (String) throws(SQLiteError) -> Statement {
    let handle = handle
    return { (sql: String) throws(SQLiteError) in try Statement(sql, on: handle) }
  }
}
