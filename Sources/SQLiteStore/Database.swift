import SQLite

/// The connection that writes, shared by the tables that write through it. It belongs to the writer's
/// thread.
final class Database {
  private static let keptStatements = 64
  /// Functions that one statement may lack.
  private static let maxStandIns = 16

  // Before the connection that they belong to.
  private let cache = StatementCache<String>(capacity: keptStatements)
  let connection: Connection

  init(_ connection: consuming Connection) { self.connection = connection }

  func prepare(_ sql: String) throws(SQLiteError) -> Statement {
    for _ in 0..<Self.maxStandIns {
      do throws(SQLiteError) {
        return try connection.prepare(sql)
      } catch {
        guard try StandInFunction.supply(for: error, on: connection) else { throw error }
      }
    }
    return try connection.prepare(sql)
  }

  func execute(_ sql: String) throws(SQLiteError) { try connection.execute(sql) }

  /// A statement that is run now and then: prepared once and kept.
  func kept(_ sql: String) throws(SQLiteError) -> StatementCache<String>.Entry {
    try cache.statement(for: sql) { () throws(SQLiteError) in try prepare(sql) }
  }

  /// Runs a kept statement with integers; the result is how many rows it touched.
  @discardableResult
  func run(_ sql: String, _ values: Int64...) throws(SQLiteError) -> Int {
    let entry = try kept(sql)
    for (index, value) in values.enumerated() {
      try entry.statement.bind(value, at: Int32(index + 1))
    }
    try entry.statement.run()
    return connection.changes
  }

  /// The first column of the first row; `nil` if there is no row or it is NULL.
  func integer(_ sql: String) throws(SQLiteError) -> Int64? {
    let entry = try kept(sql)
    guard try entry.statement.step() else { return nil }
    defer { entry.statement.reset() }
    return entry.statement.nullableInteger(0)
  }

  /// The first column of the first row; `nil` if there is no row or it is NULL.
  func text(_ sql: String) throws(SQLiteError) -> String? {
    let entry = try kept(sql)
    guard try entry.statement.step() else { return nil }
    defer { entry.statement.reset() }
    return entry.statement.nullableText(0)
  }
}
