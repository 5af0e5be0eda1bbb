import CSQLite

/// Columns count from 0, as in C. Their bytes belong to SQLite and last until the next step.
extension Statement {
  package func isNull(_ column: Int32) -> Bool {
    sqlite3_column_type(handle, column) == SQLITE_NULL
  }

  package func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

  package func text(_ column: Int32) -> String {
    withBytes(column) { String(decoding: $0, as: UTF8.self) }
  }

  /// `nil` for NULL.
  package func nullableInteger(_ column: Int32) -> Int64? {
    isNull(column) ? nil : integer(column)
  }

  /// `nil` for NULL.
  package func nullableText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

  package func bytes(_ column: Int32) -> [UInt8] { withBytes(column) { [UInt8]($0) } }

  /// Lends the bytes of a blob or text in place; NULL reads as no bytes.
  package func withBytes<R, E: Error>(
    _ column: Int32, _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    try body(lentBytes(column))
  }

  /// The bytes of a blob or text in place, valid until the next step; `nil` for NULL. An empty
  /// blob has a base address too, so that it can be told from NULL further on.
  @inline(__always)
  package func nullableBytes(_ column: Int32) -> UnsafeRawBufferPointer? {
    isNull(column) ? nil : lentBytes(column)
  }

  @inline(__always)
  private func lentBytes(_ column: Int32) -> UnsafeRawBufferPointer {
    guard let start = sqlite3_column_blob(handle, column) else {
      return UnsafeRawBufferPointer(start: Self.nothing, count: 0)
    }
    return UnsafeRawBufferPointer(
      start: start, count: Int(sqlite3_column_bytes(handle, column)))
  }

  /// One byte that is never read, so that no bytes have an address; it lives as long as the
  /// process and is never written.
  private nonisolated(unsafe) static let nothing = UnsafeRawPointer(
    UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1))
}

extension Statement {
  package var columnCount: Int32 { sqlite3_column_count(handle) }
}
