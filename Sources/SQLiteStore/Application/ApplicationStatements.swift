import CSQLite
import LogStorage
import SQLite
import Threads

/// An application's statements on the writer's connection, in a turn: checked (`ApplicationAuthorizer`), bounded in
/// time and in what they return.
final class ApplicationStatements: ApplicationSQL {
  private static let keptStatements = 32
  private static let maxAnswerBytes = 64 << 20
  /// Instructions of SQLite's machine between two looks at the clock: some microseconds.
  private static let instructionsPerLook: Int32 = 1_000

  private let database: Database
  /// A trigger may have come or gone.
  private let schemaChanged: () throws(SQLiteError) -> Void
  private let authorizer = ApplicationAuthorizer()
  private let cache = StatementCache<String>(capacity: keptStatements)
  /// Monotonic milliseconds.
  private var deadline: Int64 = 0
  private(set) var turnFailure: StoreError?
  /// In this turn, by whoever it was.
  private(set) var hasChangedSchema = false

  init(
    _ database: Database, schemaChanged: @escaping () throws(SQLiteError) -> Void
  ) throws(SQLiteError) {
    self.database = database
    self.schemaChanged = schemaChanged
    try authorizer.watch(database.connection)
  }

  /// For another transaction of an application's.
  func begin(until deadline: Int64) {
    self.deadline = deadline
    turnFailure = nil
  }

  /// Another turn.
  func forget() { hasChangedSchema = false }

  func run(_ sql: String, with values: [ColumnValue]) throws(SQLRefusal) -> SQLAnswer {
    if let turnFailure { throw SQLRefusal(.failed(SQLITE_ABORT), turnFailure.description) }
    do {
      let entry = try authorizer.during { () throws(SQLiteError) in
        try cache.statement(for: sql) { () throws(SQLiteError) in
          try database.connection.prepareOne(sql)
        }
      }
      guard authorizer.changesSchema else { return try answer(entry.statement, with: values) }
      return try change(entry, sql, with: values)
    } catch {
      throw refusal(of: error)
    }
  }

  /// Runs it; SQLite may find that it has to prepare it once more.
  private func answer(
    _ statement: borrowing Statement, with values: [ColumnValue]
  ) throws(SQLiteError) -> SQLAnswer {
    defer {
      statement.reset()
      statement.clearBindings()
    }
    try bind(values, to: statement)
    let before = database.connection.totalChanges
    beginTime()
    defer { endTime() }
    let rows = try authorizer.during { () throws(SQLiteError) in try self.rows(of: statement) }
    let hasChanged = database.connection.totalChanges != before
    return SQLAnswer(
      columns: (0..<statement.columnCount).map { statement.columnName($0) }, rows: rows,
      changes: hasChanged ? database.connection.changes : 0,
      lastInsertedRowID: database.connection.lastInsertedRowID)
  }

  /// ALTER TABLE does not say beforehand what a table will be called.
  private func change(
    _ entry: StatementCache<String>.Entry, _ sql: String, with values: [ColumnValue]
  ) throws(SQLiteError) -> SQLAnswer {
    // It is not run again.
    defer { cache.forget(sql) }
    let before = authorizer.renames ? try partitionTables() : nil
    hasChangedSchema = true
    let answer = try answer(entry.statement, with: values)
    if let before, try partitionTables() != before {
      turnFailure = .refused("a table was given a name that is kept for the log's own")
      throw SQLiteError(
        extendedCode: SQLITE_AUTH, message: "the name is kept for the log's own tables",
        operation: sql)
    }
    try schemaChanged()
    return answer
  }

  private func partitionTables() throws(SQLiteError) -> Int64? {
    try database.integer(
      """
      SELECT count(*) FROM sqlite_schema
      WHERE type = 'table' AND lower(name) GLOB 'records_[0-9]*'
      """)
  }

  private func bind(
    _ values: [ColumnValue], to statement: borrowing Statement
  ) throws(SQLiteError) {
    guard values.count == statement.parameterCount else {
      throw SQLiteError(
        extendedCode: SQLITE_RANGE,
        message: "the statement has \(statement.parameterCount) parameters, and there are"
          + " \(values.count) values", operation: statement.sql)
    }
    for (index, value) in values.enumerated() {
      let index = Int32(index + 1)
      switch value {
      case .null: try statement.bindNull(at: index)
      case .integer(let value): try statement.bind(value, at: index)
      case .real(let value): try statement.bind(double: value, at: index)
      case .text(let value): try statement.bind(value, at: index)
      case .blob(let value): try statement.bind(value, at: index)
      }
    }
  }

  private func rows(
    of statement: borrowing Statement
  ) throws(SQLiteError) -> [[ColumnValue]] {
    var rows: [[ColumnValue]] = []
    var bytes = 0
    while try statement.step() {
      let row = (0..<statement.columnCount).map { ColumnValue(statement, $0) }
      bytes += row.reduce(0) { $0 + $1.size }
      guard bytes <= Self.maxAnswerBytes else {
        throw SQLiteError(
          extendedCode: SQLITE_TOOBIG,
          message: "the answer is larger than \(Self.maxAnswerBytes >> 20) MiB",
          operation: statement.sql)
      }
      rows.append(row)
    }
    return rows
  }

  // MARK: Time

  private func beginTime() {
    sqlite3_progress_handler(
      database.connection.handle, Self.instructionsPerLook,
      { context in
        guard let context else { return 0 }
        // Sound: it is taken away by `endTime`, before this object can go.
        let statements = Unmanaged<ApplicationStatements>.fromOpaque(context).takeUnretainedValue()
        return statements.isOverdue ? 1 : 0
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  private func endTime() { sqlite3_progress_handler(database.connection.handle, 0, nil, nil) }

  private var isOverdue: Bool { Clock.monotonicMilliseconds() >= deadline }

  // MARK: Failures

  private func refusal(of error: SQLiteError) -> SQLRefusal {
    // An interrupted write, `OR ROLLBACK`, want of room or memory: SQLite has ended all that shares the turn.
    if error.isFull || error.isStorageFailure {
      turnFailure = StoreError(error)
    } else if !database.connection.isInTransaction {
      turnFailure = .refused("what was written is gone: \(error)")
    }
    if error.code == SQLITE_AUTH {
      let objection = authorizer.refusal ?? error.message
      return SQLRefusal(.notAllowed, "\(objection) (\(error.operation.prefix(200)))")
    }
    if error.code == SQLITE_INTERRUPT {
      return SQLRefusal(
        .tooLong,
        "the transaction's time was up before the statement's end: \(error.operation.prefix(200))")
    }
    return SQLRefusal(.failed(error.extendedCode), error.description)
  }
}

extension ColumnValue {
  fileprivate init(_ row: borrowing Statement, _ column: Int32) {
    if row.isNull(column) {
      self = .null
    } else if row.isInteger(column) {
      self = .integer(row.integer(column))
    } else if row.isText(column) {
      self = .text(row.text(column))
    } else if row.isBlob(column) {
      self = .blob(row.bytes(column))
    } else {
      self = .real(row.double(column))
    }
  }

  /// What it takes of memory, roughly.
  fileprivate var size: Int {
    switch self {
    case .null, .integer, .real: MemoryLayout<ColumnValue>.stride
    case .text(let text): MemoryLayout<ColumnValue>.stride + text.utf8.count
    case .blob(let bytes): MemoryLayout<ColumnValue>.stride + bytes.count
    }
  }
}
