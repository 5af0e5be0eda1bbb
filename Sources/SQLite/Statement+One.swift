import CSQLite

extension Connection {
  /// Prepares `sql` if it is one statement, with nothing behind it that would be passed over unseen.
  package borrowing func prepareOne(_ sql: String) throws(SQLiteError) -> Statement {
    guard !sql.utf8.contains(0) else {
      throw Self.misuse("a statement holds no byte 0", sql)
    }
    var script = Script(sql, isKept: true)
    guard let statement = try script.next(on: self) else {
      throw Self.misuse("there is no statement", sql)
    }
    if try script.next(on: self) != nil {
      throw Self.misuse("there is more than one statement", sql)
    }
    return statement
  }

  /// Rows that were inserted, updated or deleted since the connection was opened, by triggers too.
  package var totalChanges: Int64 { sqlite3_total_changes64(handle) }

  private static func misuse(_ message: String, _ sql: String) -> SQLiteError {
    SQLiteError(extendedCode: SQLITE_MISUSE, message: message, operation: sql)
  }
}

extension Statement {
  /// How many values it wants.
  package var parameterCount: Int { Int(sqlite3_bind_parameter_count(handle)) }
}
