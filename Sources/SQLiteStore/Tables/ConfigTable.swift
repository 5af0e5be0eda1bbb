import ActaModel
import LogStorage
import SQLite

/// `config_overrides` and `config_history`: what is set on topics, brokers and groups, and who set it.
final class ConfigTable {
  /// Rows that cannot be read of which the log has been told.
  private static let maxTold = 1_000

  private let database: Database
  private let log: @Sendable (LogLevel, String) -> Void
  private var told: Set<String> = []

  init(_ database: Database, log: @escaping @Sendable (LogLevel, String) -> Void) {
    self.database = database
    self.log = log
  }

  // MARK: Reading

  /// A row that is no text, or is about nothing there can be, is passed over: it costs what it sets, and
  /// nothing else.
  func overrides() throws -> [ConfigEntity: [String: String]] {
    var overrides: [ConfigEntity: [String: String]] = [:]
    let rows = try database.prepare(
      "SELECT entity_type, entity_name, name, value FROM config_overrides")
    while try rows.step() {
      guard let entity = Self.entity(rows), let name = rows.legible(2),
        let value = rows.legible(3)
      else {
        tell(of: rows)
        continue
      }
      overrides[entity, default: [:]][name] = value
    }
    return overrides
  }

  private static func entity(_ row: borrowing Statement) -> ConfigEntity? {
    guard let kind = row.legible(0).flatMap(ConfigEntityKind.init(rawValue:)),
      let name = row.legible(1), !name.isEmpty
    else { return nil }
    return ConfigEntity(kind, name)
  }

  private func tell(of row: borrowing Statement) {
    let words = (0..<4).map { row.literal($0) }.joined(separator: ", ")
    if told.count >= Self.maxTold { told = [] }
    guard told.insert(words).inserted else { return }
    log(.error, "config_overrides: row \(words) cannot be read, and is not in force")
  }

  // MARK: Writing

  func write(
    _ changes: [ConfigChange], of entity: ConfigEntity, by author: ConfigAuthor, at now: Int64
  ) throws(SQLiteError) {
    for change in changes {
      if let value = change.after {
        try put(change.name, value, of: entity, at: now)
      } else {
        try remove(change.name, of: entity)
      }
      try record(change, of: entity, by: author, at: now)
    }
  }

  private func put(
    _ name: String, _ value: String, of entity: ConfigEntity, at now: Int64
  ) throws(SQLiteError) {
    let row = try database.kept(
      """
      INSERT OR REPLACE INTO config_overrides(entity_type, entity_name, name, value, updated_at)
      VALUES (?, ?, ?, ?, ?)
      """)
    try row.statement.bind(entity.kind.rawValue, at: 1)
    try row.statement.bind(entity.name, at: 2)
    try row.statement.bind(name, at: 3)
    try row.statement.bind(value, at: 4)
    try row.statement.bind(now, at: 5)
    try row.statement.run()
  }

  private func remove(_ name: String, of entity: ConfigEntity) throws(SQLiteError) {
    let row = try database.kept(
      "DELETE FROM config_overrides WHERE entity_type = ? AND entity_name = ? AND name = ?")
    try row.statement.bind(entity.kind.rawValue, at: 1)
    try row.statement.bind(entity.name, at: 2)
    try row.statement.bind(name, at: 3)
    try row.statement.run()
  }

  private func record(
    _ change: ConfigChange, of entity: ConfigEntity, by author: ConfigAuthor, at now: Int64
  ) throws(SQLiteError) {
    let row = try database.kept(
      """
      INSERT INTO config_history(changed_at, entity_type, entity_name, name, value_before,
        value_after, source, client_id, client_host, principal, client_software,
        client_software_version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    try row.statement.bind(now, at: 1)
    try row.statement.bind(entity.kind.rawValue, at: 2)
    try row.statement.bind(entity.name, at: 3)
    try row.statement.bind(change.name, at: 4)
    try row.statement.bind(change.before, at: 5)
    try row.statement.bind(change.after, at: 6)
    try row.statement.bind(author.source.rawValue, at: 7)
    try row.statement.bind(author.clientID, at: 8)
    try row.statement.bind(author.clientHost, at: 9)
    try author.attribution.bind(to: row.statement, from: 10)
    try row.statement.run()
  }
}

extension Statement {
  /// The column's text; `nil` where it is none, or not UTF-8.
  fileprivate func legible(_ column: Int32) -> String? {
    isText(column) ? withBytes(column) { String(validating: $0, as: UTF8.self) } : nil
  }
}
