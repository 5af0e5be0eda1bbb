import CSQLite

extension Statement {
  package func bind(double value: Double, at index: Int32) throws(SQLiteError) {
    try check(sqlite3_bind_double(handle, index, value))
  }

  package func double(_ column: Int32) -> Double { sqlite3_column_double(handle, column) }
}
