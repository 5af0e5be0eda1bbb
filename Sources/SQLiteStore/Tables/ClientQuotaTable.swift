import ActaModel
import LogStorage
import SQLite

/// `client_quotas`. They are asked for seldom: its statements are prepared when they are needed.
final class ClientQuotaTable {
  private let database: Database

  init(_ database: Database) { self.database = database }

  func all() throws -> [ClientQuota] {
    let rows = try database.kept(
      "SELECT user, client_id, ip, key, value, rowid FROM client_quotas")
    defer { rows.statement.reset() }
    var quotas: [ClientQuota] = []
    while try rows.statement.step() { quotas.append(try ClientQuota(row: rows.statement)) }
    return quotas
  }

  func count() throws(SQLiteError) -> Int {
    Int(try database.integer("SELECT count(*) FROM client_quotas") ?? 0)
  }

  func write(_ changes: [ClientQuotaChange], at now: Int64) throws(SQLiteError) {
    for change in changes {
      if let value = change.value {
        try set(value, for: change, at: now)
      } else {
        try remove(change)
      }
    }
  }

  private func set(
    _ value: Double, for change: ClientQuotaChange, at now: Int64
  ) throws(SQLiteError) {
    let insert = try database.kept(
      """
      INSERT INTO client_quotas(user, client_id, ip, key, value, updated_at)
      VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (
        coalesce('=' || user, ''), coalesce('=' || client_id, ''), coalesce('=' || ip, ''), key)
      DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
      """)
    try insert.statement.bind(change.entity.user?.column, at: 1)
    try insert.statement.bind(change.entity.clientID?.column, at: 2)
    try insert.statement.bind(change.entity.ip?.column, at: 3)
    try insert.statement.bind(change.key, at: 4)
    try insert.statement.bind(double: value, at: 5)
    try insert.statement.bind(now, at: 6)
    try insert.statement.run()
  }

  private func remove(_ change: ClientQuotaChange) throws(SQLiteError) {
    let delete = try database.kept(
      """
      DELETE FROM client_quotas WHERE coalesce('=' || user, '') = ?
        AND coalesce('=' || client_id, '') = ? AND coalesce('=' || ip, '') = ? AND key = ?
      """)
    try delete.statement.bind(change.entity.user.sign, at: 1)
    try delete.statement.bind(change.entity.clientID.sign, at: 2)
    try delete.statement.bind(change.entity.ip.sign, at: 3)
    try delete.statement.bind(change.key, at: 4)
    try delete.statement.run()
  }
}

extension ClientQuota {
  fileprivate init(row: borrowing Statement) throws(StoreError) {
    func name() -> RowName { RowName("client_quotas", row.literal(5)) }
    let entity = QuotaEntity(
      user: try row.nullableString(0, of: name()).map(QuotaEntity.Name.init(column:)),
      clientID: try row.nullableString(1, of: name()).map(QuotaEntity.Name.init(column:)),
      ip: try row.nullableString(2, of: name()).map(QuotaEntity.Name.init(column:)))
    self.init(entity: entity, key: try row.string(3, of: name()), value: row.double(4))
  }
}

extension QuotaEntity.Name {
  /// A name is never empty: that is how everybody else is written.
  fileprivate init(column: String) { self.init(column.isEmpty ? nil : column) }

  fileprivate var column: String { text ?? "" }
}

extension QuotaEntity.Name? {
  /// As the index has it.
  fileprivate var sign: String { map { "=" + $0.column } ?? "" }
}
