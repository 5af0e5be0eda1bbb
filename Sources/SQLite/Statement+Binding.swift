import CSQLite

/// Parameters count from 1, as in SQL.
extension Statement {
  package func bind(_ value: Int64, at index: Int32) throws(SQLiteError) {
    try check(sqlite3_bind_int64(handle, index, value))
  }

  package func bind(_ value: String, at index: Int32) throws(SQLiteError) {
    var value = value
    let code = value.withUTF8 { bytes in
      sqlite3_bind_text64(
        handle, index, UnsafeRawPointer(bytes.baseAddress)?.assumingMemoryBound(to: CChar.self),
        UInt64(bytes.count), acta_sqlite3_transient(), UInt8(SQLITE_UTF8))
    }
    try check(code)
  }

  /// `nil` is NULL.
  package func bind(_ value: Int64?, at index: Int32) throws(SQLiteError) {
    if let value { try bind(value, at: index) } else { try bindNull(at: index) }
  }

  /// `nil` is NULL.
  package func bind(_ value: String?, at index: Int32) throws(SQLiteError) {
    if let value { try bind(value, at: index) } else { try bindNull(at: index) }
  }

  package func bindNull(at index: Int32) throws(SQLiteError) {
    try check(sqlite3_bind_null(handle, index))
  }

  /// Copies the bytes into SQLite; an empty array is an empty blob, not NULL.
  package func bind(_ value: [UInt8], at index: Int32) throws(SQLiteError) {
    if value.isEmpty { return try check(sqlite3_bind_zeroblob(handle, index, 0)) }
    let code = value.withUnsafeBytes { bytes in
      sqlite3_bind_blob64(
        handle, index, bytes.baseAddress, UInt64(bytes.count), acta_sqlite3_transient())
    }
    try check(code)
  }

  /// Lends the bytes for as long as `body` runs; the statement must be stepped to its end inside.
  package func withBound<R>(
    _ value: UnsafeRawBufferPointer, at index: Int32, _ body: () throws(SQLiteError) -> R
  ) throws(SQLiteError) -> R {
    try check(sqlite3_bind_blob64(handle, index, value.baseAddress, UInt64(value.count), nil))
    defer { sqlite3_bind_null(handle, index) }
    return try body()
  }

  /// Binds integers from the first parameter on and runs the statement to its end.
  package func run(_ values: Int64...) throws(SQLiteError) {
    for (index, value) in values.enumerated() { try bind(value, at: Int32(index + 1)) }
    try run()
  }
}
