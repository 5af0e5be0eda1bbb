import Migrations
import SQLite

/// Brings a database to the newest schema, each migration in a transaction of its own, or says why
/// it must not be touched.
struct SchemaMigrator {
  let migrations: [Migration]
  let nowMilliseconds: Int64

  func migrate(_ connection: borrowing Connection) throws {
    try connection.execute(
      """
      CREATE TABLE IF NOT EXISTS schema_migrations(
        version INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        checksum TEXT NOT NULL,      -- of the migration's text
        applied_at INTEGER NOT NULL  -- epoch milliseconds
      ) STRICT
      """)
    let applied = try recorded(in: connection)
    try verify(applied)
    for migration in migrations where applied[migration.version] == nil {
      try apply(migration, to: connection)
    }
  }

  private struct Recorded {
    let name: String
    let checksum: String
  }

  private func recorded(in connection: borrowing Connection) throws -> [Int64: Recorded] {
    var applied: [Int64: Recorded] = [:]
    let rows = try connection.prepare("SELECT version, name, checksum FROM schema_migrations")
    while try rows.step() {
      applied[rows.integer(0)] = Recorded(name: rows.text(1), checksum: rows.text(2))
    }
    return applied
  }

  private func verify(_ applied: [Int64: Recorded]) throws(OpeningError) {
    let newest = migrations.last?.version ?? 0
    if let found = applied.keys.max(), found > newest {
      throw .newerSchema(found: found, supported: newest)
    }
    for migration in migrations {
      guard let found = applied[migration.version] else { continue }
      guard found.checksum == migration.checksum else {
        throw .alteredMigration(
          version: migration.version, name: migration.name, recorded: found.checksum,
          embedded: migration.checksum)
      }
    }
  }

  private func apply(_ migration: Migration, to connection: borrowing Connection) throws {
    let transaction = try connection.beginImmediate()
    do throws(SQLiteError) {
      try connection.execute(migration.sql)
    } catch {
      guard error.isGeneric, error.message.hasSuffix(" already exists") else { throw error }
      throw OpeningError.nameTaken(migration: migration.name, reason: error.message)
    }
    let row = try connection.prepare(
      "INSERT INTO schema_migrations(version, name, checksum, applied_at) VALUES (?, ?, ?, ?)")
    try row.bind(migration.version, at: 1)
    try row.bind(migration.name, at: 2)
    try row.bind(migration.checksum, at: 3)
    try row.bind(nowMilliseconds, at: 4)
    try row.run()
    try transaction.commit()
  }
}
