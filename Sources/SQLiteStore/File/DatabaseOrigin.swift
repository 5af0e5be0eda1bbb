import SQLite

/// Whose a database is. The header of ours says so; one from before it did is known by its migrations.
enum DatabaseOrigin {
  /// "Acta", as `PRAGMA application_id` and `file(1)` show it.
  static let applicationID: Int64 = 0x4163_7461

  /// Throws when another application has made the database. Nothing is written for it.
  static func refuseForeign(_ connection: borrowing Connection, path: String) throws {
    let found = try connection.integer("PRAGMA application_id") ?? 0
    if found == applicationID { return }
    guard found == 0 else {
      throw OpeningError.otherApplication(
        path: path, found: UInt32(truncatingIfNeeded: found),
        ours: UInt32(truncatingIfNeeded: applicationID))
    }
    guard
      let stranger = try connection.text(
        "SELECT name FROM sqlite_schema WHERE name <> 'schema_migrations' ORDER BY rowid LIMIT 1")
    else { return }
    guard try hasOurMigrations(connection) else {
      throw OpeningError.otherTables(path: path, example: stranger)
    }
  }

  /// Many programs call a table `schema_migrations`; ours begins with "log".
  private static func hasOurMigrations(_ connection: borrowing Connection) throws -> Bool {
    let columns = try connection.integer(
      """
      SELECT count(*) FROM pragma_table_info('schema_migrations')
      WHERE name IN ('version', 'name', 'checksum', 'applied_at')
      """)
    guard columns == 4 else { return false }
    return try connection.text("SELECT name FROM schema_migrations WHERE version = 1") == "log"
  }

  /// Puts our name on a database that is new, or ours from before there was one.
  static func sign(_ connection: borrowing Connection) throws {
    guard try connection.integer("PRAGMA application_id") != applicationID else { return }
    try connection.execute("PRAGMA application_id = \(applicationID)")
  }
}
