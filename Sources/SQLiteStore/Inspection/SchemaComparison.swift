import Migrations
import SQLite

/// A table, index, view or trigger that is not in a file as the migrations make it.
package struct SchemaDifference: Equatable, Sendable {
  package enum Kind: String, Sendable {
    case table, index, view, trigger
  }

  package let kind: Kind
  package let name: String
  /// It is there, with another definition.
  package let isPresent: Bool
  /// What makes it; `nil` for the views over topics, which are made together.
  package let sql: String?
}

extension StoredLog {
  /// What is missing or otherwise than this program makes it. What an application has added is not looked at.
  package func schemaDifferences() throws -> [SchemaDifference] {
    let made = try SchemaText.made()
    let found = try SchemaText.read(database.connection)
    let differences = made.compactMap { key, sql -> SchemaDifference? in
      guard found[key] != sql else { return nil }
      return SchemaDifference(
        kind: key.kind, name: key.name, isPresent: found[key] != nil, sql: sql)
    }
    let views = try ViewUpgrade.differences(in: database).map { name in
      SchemaDifference(
        kind: .view, name: name,
        isPresent: found[SchemaText.Key(kind: .view, name: name)] != nil, sql: nil)
    }
    return differences.sorted { ($0.kind.rawValue, $0.name) < ($1.kind.rawValue, $1.name) } + views
  }
}

/// `sqlite_schema`, by kind and name.
private enum SchemaText {
  struct Key: Hashable {
    let kind: SchemaDifference.Kind
    let name: String
  }

  /// By the migrations, in a database of its own. Views over topics are made for what topics there are.
  static func made() throws -> [Key: String] {
    let connection = try Connection(path: ":memory:", mode: .readWriteCreate)
    try SchemaMigrator(migrations: Migration.all, nowMilliseconds: 0).migrate(connection)
    return try read(connection).filter { !overTopics.contains($0.key.name) }
  }

  private static let overTopics: Set<String> = [
    Views.messages, Views.raw, Views.uncommitted, Views.aborted,
  ]

  static func read(_ connection: borrowing Connection) throws -> [Key: String] {
    let rows = try connection.prepare(
      "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    var found: [Key: String] = [:]
    while try rows.step() {
      guard let kind = SchemaDifference.Kind(rawValue: rows.text(0)) else { continue }
      found[Key(kind: kind, name: rows.text(1))] = rows.text(2)
    }
    return found
  }
}
