import CSQLite
import LogStorage
import SQLite

/// Tells what other processes have changed of our tables.
///
/// Triggers on those tables count in `change_marks`, but not what the writer itself does
/// (`migrations/v0004_change_marks.sql` says how they tell). So an application that writes its own tables
/// into the same file costs one look at the marks for each change of `data_version`, and what was really
/// changed is all that is read again.
final class ChangeMarks {
  private struct Seen {
    var dataVersion: Int64
    var marks: [String: Int64]
  }

  private let dataVersion: Statement
  private let marks: Statement
  private var seen: Seen
  /// What the turn has found, which counts as seen when it is committed.
  private var found: Seen?

  init(_ database: Database) throws(SQLiteError) {
    dataVersion = try database.prepare("PRAGMA data_version")
    marks = try database.prepare("SELECT name, changes FROM change_marks")
    seen = Seen(dataVersion: 0, marks: [:])
    seen = try look()
  }

  /// On the writer's connection SQLite's own answer to `sqlite_source_id()` is replaced: that is how the
  /// triggers know whose change it is. To be called before the first statement is prepared.
  static func signIn(_ connection: borrowing Connection) throws(SQLiteError) {
    let code = sqlite3_create_function_v2(
      connection.handle, "sqlite_source_id", 0,
      SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, nil,
      { context, _, _ in
        sqlite3_result_text(context, "acta", -1, acta_sqlite3_transient())
      }, nil, nil, nil)
    guard code == SQLITE_OK else {
      throw SQLiteError(
        extendedCode: code, message: String(cString: sqlite3_errstr(code)),
        operation: "sqlite3_create_function(sqlite_source_id)")
    }
  }

  /// Whether another process has written anything into the file.
  func othersHaveWritten() throws(SQLiteError) -> Bool {
    try readDataVersion() != seen.dataVersion
  }

  /// With the right to write, so that nothing can change behind the comparison; `nil` when no other process has
  /// written anything.
  func changes() throws(SQLiteError) -> StoreChanges? {
    guard try othersHaveWritten() else { return nil }
    let now = try look()
    found = now
    var changes = StoreChanges()
    for (name, mark) in Self.names where now.marks[name] != seen.marks[name] {
      changes.insert(mark)
    }
    return changes
  }

  /// Whether nobody else has written since the last turn, as this one has found.
  var isAlone: Bool { found == nil }

  func committed() {
    if let found { seen = found }
    found = nil
  }

  func rolledBack() { found = nil }

  private static let names: [String: StoreChanges] = [
    "topics": .topics, "partitions": .partitions, "producers": .producers, "groups": .groups,
    "configs": .configs, "transactions": .transactions,
  ]

  private func readDataVersion() throws(SQLiteError) -> Int64 {
    guard try dataVersion.step() else { return 0 }
    defer { dataVersion.reset() }
    return dataVersion.integer(0)
  }

  private func look() throws(SQLiteError) -> Seen {
    var now = Seen(dataVersion: try readDataVersion(), marks: [:])
    while try marks.step() { now.marks[marks.text(0)] = marks.integer(1) }
    return now
  }
}
