import CSQLite
import SQLite

/// Takes rows while SQLite walks them: an SQL function in the condition of a SELECT, in the place of a step and
/// five column calls for each row, which take SQLite a quarter of its time. It says 0, so that no row comes of it;
/// 1 makes the statement stop there.
///
/// It belongs to its connection's thread. Only statements that are prepared here can call it, no view and no trigger
/// (`SQLITE_DIRECTONLY`).
final class RowIntake {
  /// What takes the rows, while a statement runs.
  var assembly: BatchAssembly?

  private static let name = "acta_take"

  /// Of the rows between two offsets, in order.
  static func select(from table: String) -> String {
    """
    SELECT 1 FROM \(table)
    WHERE "offset" BETWEEN ? AND ? AND \(name)("offset", timestamp, key, value, headers)
    ORDER BY "offset"
    """
  }

  /// The connection keeps it.
  func install(on connection: borrowing Connection) throws(SQLiteError) {
    let code = sqlite3_create_function_v2(
      connection.handle, Self.name, 5, SQLITE_UTF8 | SQLITE_DIRECTONLY,
      Unmanaged.passRetained(self).toOpaque(),
      { context, _, values in
        // The connection's own reference keeps it alive, and SQLite gives as many values as were declared.
        let intake = Unmanaged<RowIntake>.fromOpaque(sqlite3_user_data(context))
          .takeUnretainedValue()
        let goesOn = values.map { intake.take($0) } ?? false
        sqlite3_result_int(context, goesOn ? 0 : 1)
      }, nil, nil, { Unmanaged<RowIntake>.fromOpaque($0!).release() })
    guard code == SQLITE_OK else {
      throw SQLiteError(
        extendedCode: code, message: String(cString: sqlite3_errstr(code)),
        operation: "sqlite3_create_function(\(Self.name))")
    }
  }

  /// False when there is no point in going on.
  private func take(_ values: UnsafeMutablePointer<OpaquePointer?>) -> Bool {
    assembly?.add(
      offset: sqlite3_value_int64(values[0]), timestamp: sqlite3_value_int64(values[1]),
      key: Self.bytes(values[2]), value: Self.bytes(values[3]), headers: Self.bytes(values[4]))
      ?? false
  }

  /// The bytes of a blob or text in place, valid until the function returns; `nil` for NULL.
  private static func bytes(_ value: OpaquePointer?) -> UnsafeRawBufferPointer? {
    if sqlite3_value_type(value) == SQLITE_NULL { return nil }
    guard let start = sqlite3_value_blob(value) else {
      // No bytes have an address, too: they must be told from NULL further on.
      return UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: 1), count: 0)
    }
    return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_value_bytes(value)))
  }
}
