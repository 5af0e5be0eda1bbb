import Broker
import LogStorage

/// SQL in a transaction: on the application's own tables, which are in the log's file. What was written before in the
/// transaction is seen.
///
/// The log's tables and views may be read (`SELECT … FROM topic_orders`) and not written. There is no PRAGMA, no
/// BEGIN, COMMIT or SAVEPOINT, nothing temporary and no virtual table; names that begin with `topic_`, and those of
/// the log's tables, are kept. Foreign keys are not enforced on this connection.
///
/// Valid inside of the closure that is given it.
public final class TransactionSQL {
  private let turn: ApplicationTurn

  init(_ turn: ApplicationTurn) { self.turn = turn }

  /// Runs one statement.
  ///
  /// - Parameters:
  ///   - statement: One, with `?` for values; there is nothing behind it.
  ///   - values: One for each parameter.
  /// - Returns: How many rows it has inserted, updated or deleted.
  /// - Throws: `TransactionFailure`. A statement that fails has changed nothing; who catches the error goes on with
  ///   the transaction, unless it had to be given up (want of room, time that is up while something was written).
  @discardableResult
  public func execute(
    _ statement: String, _ values: any SQLConvertible...
  ) throws(TransactionFailure) -> Int {
    try run(statement, values).changes
  }

  /// Runs one statement and returns its rows, of at most 64 MiB.
  ///
  /// - Throws: As `execute`.
  public func query(
    _ statement: String, _ values: any SQLConvertible...
  ) throws(TransactionFailure) -> [SQLRow] {
    let answer = try run(statement, values)
    return answer.rows.map { SQLRow(columns: answer.columns, values: $0.map { SQLValue($0) }) }
  }

  private func run(
    _ statement: String, _ values: [any SQLConvertible]
  ) throws(TransactionFailure) -> SQLAnswer {
    try TransactionFailure.translating { () throws(ApplicationRefusal) in
      try turn.run(statement, with: values.map(\.sqlValue.stored))
    }
  }
}

/// A row of an answer.
public struct SQLRow: Hashable, Sendable {
  /// Names, in the order of the statement.
  public let columns: [String]
  /// As many as there are columns.
  public let values: [SQLValue]

  /// A column by its place, from 0; one that there is not ends the program.
  public subscript(_ column: Int) -> SQLValue { values[column] }

  /// The first column of the name; NULL if there is none.
  public subscript(_ name: String) -> SQLValue {
    columns.firstIndex(of: name).map { values[$0] } ?? .null
  }
}
