import CSQLite

/// A prepared statement. Bind, step, read columns, reset; it is finalized with its owner.
package struct Statement: ~Copyable {
  let handle: OpaquePointer

  /// Prepares the one statement in `sql`, to be kept and run many times.
  init(_ sql: String, on database: OpaquePointer) throws(SQLiteError) {
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v3(
      database, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
    guard code == SQLITE_OK, let statement else {
      throw SQLiteError.last(
        of: database, code: code == SQLITE_OK ? SQLITE_MISUSE : code, operation: sql)
    }
    handle = statement
  }

  /// A statement that was prepared elsewhere.
  init(taking statement: OpaquePointer) { handle = statement }

  deinit { sqlite3_finalize(handle) }

  package var sql: String { String(cString: sqlite3_sql(handle)) }

  /// Whether it writes into no file, neither a database's nor (VACUUM INTO) a new one.
  package var isReadOnly: Bool {
    sqlite3_stmt_readonly(handle) != 0 || sqlite3_stmt_isexplain(handle) != 0
  }

  /// Runs to the next row; false at the end. After the end or an error the statement is reset and
  /// holds no lock and no snapshot.
  package func step() throws(SQLiteError) -> Bool {
    let code = sqlite3_step(handle)
    if code == SQLITE_ROW { return true }
    if code == SQLITE_DONE {
      sqlite3_reset(handle)
      return false
    }
    let error = failure(code)
    sqlite3_reset(handle)
    throw error
  }

  /// Runs to its end, passing over rows.
  package func run() throws(SQLiteError) {
    while try step() {}
  }

  /// Ends a statement before its last row, giving up its snapshot.
  package func reset() { sqlite3_reset(handle) }

  /// Forgets what was bound, so that no lent bytes stay referenced.
  package func clearBindings() { sqlite3_clear_bindings(handle) }

  private func failure(_ code: Int32) -> SQLiteError {
    SQLiteError.last(of: sqlite3_db_handle(handle), code: code, operation: sql)
  }

  func check(_ code: Int32) throws(SQLiteError) {
    guard code == SQLITE_OK else { throw failure(code) }
  }
}
