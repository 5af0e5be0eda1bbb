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

/// What a column holds, whatever was declared of it.
extension Statement {
  package func isInteger(_ column: Int32) -> Bool {
    sqlite3_column_type(handle, column) == SQLITE_INTEGER
  }

  package func isText(_ column: Int32) -> Bool {
    sqlite3_column_type(handle, column) == SQLITE_TEXT
  }

  package func isBlob(_ column: Int32) -> Bool {
    sqlite3_column_type(handle, column) == SQLITE_BLOB
  }

  package func columnName(_ column: Int32) -> String {
    sqlite3_column_name(handle, column).map { String(cString: $0) } ?? "column \(column)"
  }

  private static var longestLiteral: Int { 100 }

  /// The value as SQL would write it, cut where it is long.
  package func literal(_ column: Int32) -> String {
    switch sqlite3_column_type(handle, column) {
    case SQLITE_NULL: "NULL"
    case SQLITE_INTEGER: String(integer(column))
    case SQLITE_FLOAT: String(sqlite3_column_double(handle, column))
    case SQLITE_TEXT:
      withBytes(column) { bytes in
        "'" + String(decoding: bytes.prefix(Self.longestLiteral), as: UTF8.self)
          + (bytes.count > Self.longestLiteral ? "…" : "") + "'"
      }
    default:
      withBytes(column) { bytes in
        "x'" + bytes.prefix(Self.longestLiteral / 2).map { Self.hexadecimal($0) }.joined()
          + (bytes.count > Self.longestLiteral / 2 ? "…" : "") + "'"
      }
    }
  }

  private static func hexadecimal(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }
}
