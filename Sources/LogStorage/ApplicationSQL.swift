/// SQL inside a turn, of an application that has the log in its program: on tables of its own in the same database.
/// What it writes is kept with the turn, or not at all. Belongs to the writing thread, and is valid as long as the
/// turn.
package protocol ApplicationSQL: AnyObject {
  /// Runs the one statement to its end. One that is refused or fails has changed nothing.
  ///
  /// - Parameter values: One for each parameter of the statement.
  func run(_ statement: String, with values: [ColumnValue]) throws(SQLRefusal) -> SQLAnswer

  /// What ends the whole turn: what was written in it is gone, or the database has failed.
  var turnFailure: StoreError? { get }
}

/// What stands in a column.
package enum ColumnValue: Hashable, Sendable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
  case blob([UInt8])
}

/// What came of a statement.
package struct SQLAnswer: Sendable {
  package let columns: [String]
  package let rows: [[ColumnValue]]
  /// Rows that were inserted, updated or deleted.
  package let changes: Int
  /// The rowid that the last INSERT has given.
  package let lastInsertedRowID: Int64

  package init(
    columns: [String], rows: [[ColumnValue]], changes: Int, lastInsertedRowID: Int64
  ) {
    self.columns = columns
    self.rows = rows
    self.changes = changes
    self.lastInsertedRowID = lastInsertedRowID
  }
}

/// Why a statement was not run, or not to its end.
package struct SQLRefusal: Error, Hashable, Sendable {
  package enum Reason: Hashable, Sendable {
    /// It concerns what is not the application's.
    case notAllowed
    /// The turn's time is up.
    case tooLong
    /// The database does not take it: SQLite's extended code.
    case failed(Int32)
  }

  package let reason: Reason
  package let sentence: String

  package init(_ reason: Reason, _ sentence: String) {
    self.reason = reason
    self.sentence = sentence
  }
}
