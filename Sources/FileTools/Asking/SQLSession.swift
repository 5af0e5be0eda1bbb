import SQLite
package import SQLiteStore

/// Runs SQL on a log's file. What it gives waits in a spool, so that a statement ends when SQLite has found its
/// last row and not when somebody has read it; one that runs for too long is stopped.
package final class SQLSession {
  package enum Problem: Error, CustomStringConvertible {
    case tooLong(seconds: Int)
    case readOnly
    case busy
    case denied
    case sql(String)
    /// A script or a line has ended inside a transaction, which was rolled back.
    case openTransaction

    package var description: String {
      switch self {
      case .tooLong(let seconds):
        "The query was stopped after \(seconds) s: while it runs, a broker cannot empty its write-ahead log."
          + " --timeout says how long it may take."
      case .readOnly: "Nothing is written without --write."
      case .busy:
        "The file is locked by another process that writes to it and does not end its transaction."
      case .denied:
        "This is not authorized: what the log consists of is neither dropped nor altered nor are its names taken, and"
          + " the file is not checkpointed but by its broker."
      case .sql(let message): message
      case .openTransaction:
        "The transaction was not ended, and was rolled back: while it is open, nobody else can write."
      }
    }
  }

  private let log: StoredLog
  private let seconds: Int

  /// - Parameter timeoutSeconds: For each statement; 0: for ever.
  package init(_ log: StoredLog, timeoutSeconds: Int) {
    self.log = log
    seconds = timeoutSeconds
  }

  /// Whether a text ends with a whole statement, so that no more of it need be waited for.
  package static func isComplete(_ text: String) -> Bool { Script.isComplete(text) }

  /// Every statement of a script. Those before one that fails have run.
  ///
  /// A transaction that it begins is open when it has ended well: more of the same script may follow.
  ///
  /// - Parameter script: It need not be UTF-8, but has no 0.
  package func run(_ script: [UInt8], _ format: RowFormat, into spool: Spool) throws {
    try each(Script(bytes: script)) { statement in
      guard statement.columnCount > 0 else { return try statement.run() }
      var rows = try RowWriter(format, statement, spool)
      while try statement.step() { try rows.append(statement) }
      try rows.finish()
    }
  }

  /// The first column of each row of a query, as it is, with a semicolon behind it.
  package func list(_ query: String, into spool: Spool) throws {
    try each(Script(query)) { statement in
      while try statement.step() { try spool.append(statement.bytes(0) + Array(";\n".utf8)) }
    }
  }

  /// To be called when all of a text has run.
  ///
  /// - Throws: `Problem.openTransaction`, if it has left one open, which is rolled back.
  package func end() throws(Problem) {
    if log.rollBack() { throw .openTransaction }
  }

  /// The text has ended before its end: a transaction that it has begun is rolled back.
  package func giveUp() { _ = log.rollBack() }

  private func each(
    _ script: consuming Script, _ body: (borrowing Statement) throws -> Void
  ) throws {
    do throws(any Error) {
      try log.run(script) { statement in
        guard log.isWritable || statement.isReadOnly else {
          _ = log.rollBack()
          throw Problem.readOnly
        }
        log.limit(statementsToMilliseconds: seconds == 0 ? Self.forEver : Int64(seconds) * 1_000)
        try body(statement)
      }
    } catch let error as SQLiteError {
      let problem = problem(error)
      // Whoever has interrupted it knows why it ends.
      if error.isInterrupted { try Task.checkCancellation() }
      throw problem
    }
  }

  /// A century, so that Ctrl-C still ends it.
  private static let forEver: Int64 = 36_525 * 86_400_000

  private func problem(_ error: SQLiteError) -> Problem {
    _ = log.rollBack()
    if error.isInterrupted { return .tooLong(seconds: seconds) }
    if error.isBusy { return .busy }
    if error.isReadOnly { return .readOnly }
    if error.isDenied { return .denied }
    return .sql("\(error.message) (SQLite code \(error.extendedCode))")
  }
}
