import CSQLite
import SQLite

/// Whether triggers run on the writer's connection: only while there are any that have something to do
/// there. Ours never have, because they are about other processes' writes, and asking them a million times
/// a second who writes would cost.
///
/// At the start they are off, so that whatever triggers there are, every statement can be prepared; then,
/// and whenever another process has changed the schema, it looks. A trigger that fails then fails the
/// statement that runs it, and the request that this statement was for.
final class TriggerSwitch {
  /// In the text of each of ours.
  static let ours = "WHEN sqlite_source_id() <> 'acta'"

  private let database: Database
  private let schemaVersion: Statement
  private var seen: Int64?
  private var areOn = false

  init(_ database: Database) throws(SQLiteError) {
    self.database = database
    schemaVersion = try database.prepare("PRAGMA schema_version")
  }

  static func begin(_ connection: borrowing Connection) throws(SQLiteError) {
    try connection.configure(SQLITE_DBCONFIG_ENABLE_TRIGGER, false)
  }

  func look() throws(SQLiteError) {
    let version = try readSchemaVersion()
    if version == seen { return }
    let areWanted = try hasForeignTriggers()
    if areWanted != areOn {
      try database.connection.configure(SQLITE_DBCONFIG_ENABLE_TRIGGER, areWanted)
      areOn = areWanted
    }
    seen = version
  }

  private func readSchemaVersion() throws(SQLiteError) -> Int64 {
    guard try schemaVersion.step() else { return 0 }
    defer { schemaVersion.reset() }
    return schemaVersion.integer(0)
  }

  private func hasForeignTriggers() throws(SQLiteError) -> Bool {
    try database.integer(
      """
      SELECT 1 FROM sqlite_schema WHERE type = 'trigger' AND instr(sql, \(SQL.literal(Self.ours))) = 0
      LIMIT 1
      """) != nil
  }
}
