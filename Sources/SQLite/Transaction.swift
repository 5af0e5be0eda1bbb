import CSQLite

/// A write transaction. One that is neither committed nor rolled back by name is rolled back when
/// its owner goes, so that an early exit leaves nothing behind.
package struct Transaction: ~Copyable {
  private let handle: OpaquePointer

  /// Takes the write lock at once: a transaction that begins by reading can fail to upgrade, and
  /// then no busy timeout helps.
  fileprivate init(immediateOn handle: OpaquePointer) throws(SQLiteError) {
    try Self.execute("BEGIN IMMEDIATE", on: handle)
    self.handle = handle
  }

  deinit { Self.rollBack(handle) }

  package consuming func commit() throws(SQLiteError) {
    // A COMMIT that failed may leave the transaction open; the deinit that follows closes it.
    try Self.execute("COMMIT", on: handle)
  }

  package consuming func rollBack() {}

  private static func execute(_ sql: String, on handle: OpaquePointer) throws(SQLiteError) {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    guard code == SQLITE_OK else {
      throw SQLiteError.last(of: handle, code: code, operation: sql)
    }
  }

  /// SQLite may already have rolled back by itself, and after a commit there is nothing to do.
  private static func rollBack(_ handle: OpaquePointer) {
    guard sqlite3_get_autocommit(handle) == 0 else { return }
    sqlite3_exec(handle, "ROLLBACK", nil, nil, nil)
  }
}

extension Connection {
  package func beginImmediate() throws(SQLiteError) -> Transaction {
    try Transaction(immediateOn: handle)
  }
}
