import CSQLite
import Glibc
import SQLite

/// A function that an application has put into an index or a trigger on one of our tables, and that exists
/// on its own connections only.
///
/// Without it no statement about that table could be prepared, and the broker would not even start. With
/// something of its name in its place, the statement fails when it has to compute it: that costs the
/// request that the statement is for, and says why.
enum StandInFunction {
  /// Puts one in the place of what `error` says is missing; false if that is something else.
  static func supply(
    for error: SQLiteError, on connection: borrowing Connection
  ) throws(SQLiteError) -> Bool {
    guard let name = missing(error.message) else { return false }
    let code = sqlite3_create_function_v2(
      connection.handle, name, -1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
      strdup(sentence(name)),
      { context, _, _ in
        let sentence = sqlite3_user_data(context).assumingMemoryBound(to: CChar.self)
        sqlite3_result_error(context, sentence, -1)
      }, nil, nil, { free($0) })
    guard code == SQLITE_OK else {
      throw SQLiteError(
        extendedCode: code, message: String(cString: sqlite3_errstr(code)),
        operation: "sqlite3_create_function(\(name))")
    }
    return true
  }

  private static func sentence(_ name: String) -> String {
    "an index or a trigger needs the function \(name), which only the application has that made it"
  }

  /// SQLite says so while it resolves names, or where an index is written to.
  static func missing(_ message: String) -> String? {
    for (beginning, end) in [("no such function: ", ""), ("unknown function: ", "()")]
    where message.hasPrefix(beginning) && message.hasSuffix(end) {
      return String(message.dropFirst(beginning.count).dropLast(end.count))
    }
    return nil
  }
}
