import CSQLite

/// A copy of a database that is made page by page, free pages among them, as SQLite's backup makes it.
///
/// While the source has a transaction open, all pages are of its snapshot, and whoever writes to the source
/// meanwhile does not have the copy begin anew.
package struct Backup: ~Copyable {
  private let handle: OpaquePointer

  /// `target` must be empty and in no transaction.
  package init(
    from source: borrowing Connection, to target: borrowing Connection
  ) throws(SQLiteError) {
    guard let handle = sqlite3_backup_init(target.handle, "main", source.handle, "main") else {
      throw SQLiteError.last(
        of: target.handle, code: sqlite3_errcode(target.handle), operation: "sqlite3_backup_init")
    }
    self.handle = handle
  }

  deinit { sqlite3_backup_finish(handle) }

  /// Copies so many more pages; false when there is none left.
  package func step(pages: Int32) throws(SQLiteError) -> Bool {
    let code = sqlite3_backup_step(handle, pages)
    if code == SQLITE_DONE { return false }
    guard code == SQLITE_OK else {
      throw SQLiteError(
        extendedCode: code, message: String(cString: sqlite3_errstr(code)),
        operation: "sqlite3_backup_step")
    }
    return true
  }

  /// Pages, as of the last step.
  package var remaining: Int64 { Int64(sqlite3_backup_remaining(handle)) }
  package var total: Int64 { Int64(sqlite3_backup_pagecount(handle)) }
}
