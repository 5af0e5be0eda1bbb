package import Arguments
import FileTools
import SQLiteStore

/// `acta sql`: questions to a log's file.
package struct SQLTool: Tool {
  package static let name = "sql"

  package static var command: Command {
    Command(
      name: name, abstract: "Ask a log's file in SQL.",
      discussion: """
        One query, several from standard input, or a shell on a terminal; between statements commands as .tables, \
        of which .help tells. It reads only, unless --write is given, \
        and a broker may be running. What a query gives is put aside before it is shown, so that who reads slowly \
        keeps nobody from anything; a query that runs for longer than --timeout is stopped, because a broker cannot \
        empty its write-ahead log meanwhile. Bytes that are no text are x'…', in JSON {"base64":"…"}.

        Examples:
          acta sql "SELECT * FROM topic_sizes"
          acta sql "SELECT key, value FROM messages WHERE topic = 'orders' LIMIT 10" --output markdown
          acta sql --data acta.db --output csv < report.sql
        """,
      options: [writes, timeout, output, LogFile.option],
      operands: [
        Operand("query", help: "Statements; without, those of standard input.", isRequired: false)
      ])
  }

  private static let writes = Option(
    flag: "write",
    help: "Statements may write. Tables of your own are yours; the log's are read by the broker.")
  private static let timeout = Option(
    "timeout", takes: .number(in: 0...86_400), valueName: "seconds", default: 60,
    help: "How long a statement may run; 0 is for ever.")
  private static let output = Option<RowFormat>(
    "output", takes: .choice, default: .text, help: "text is a table.")

  private let invocation: Invocation

  package init(_ invocation: Invocation) throws { self.invocation = invocation }

  package func run(_ console: Console) async throws -> Int32 {
    let path = invocation[LogFile.option]
    let log =
      invocation[Self.writes] ? try StoredLog(writing: path) : try StoredLog(reading: path)
    let session = SQLSession(log, timeoutSeconds: invocation[Self.timeout])
    let format = invocation[Self.output]
    if invocation.operands.isEmpty, console.isInputTerminal {
      var shell = SQLShell(session, format, console)
      return try shell.run()
    }
    let text = try invocation.operands.first.map { Array($0.utf8) } ?? InputText.all(console)
    return try SQLAnswer(session, console).give(SQLScript(text), format) ? 0 : 1
  }
}

/// Runs a script and shows what comes of it, and what has come of it before it failed.
struct SQLAnswer {
  private let session: SQLSession
  private let console: Console

  init(_ session: SQLSession, _ console: Console) {
    self.session = session
    self.console = console
  }

  /// - Returns: False if a statement has failed.
  func give(_ script: SQLScript, _ format: RowFormat) throws -> Bool {
    let spool = Spool()
    var problem: (any Error)?
    do {
      try run(script, format, into: spool)
      try session.end()
    } catch let error as SQLSession.Problem {
      problem = error
    } catch let error as SQLCommand.Problem {
      // Who reads what there is may take his time, in which nobody else could write.
      session.giveUp()
      problem = error
    }
    try Pager(console).show(spool)
    guard let problem else { return true }
    console.errors.write("\(problem)\n")
    return false
  }

  private func run(_ script: SQLScript, _ format: RowFormat, into spool: Spool) throws {
    var format = format
    for piece in script.pieces {
      switch piece {
      case .statements(let text): try session.run(text, format, into: spool)
      case .command(let line):
        switch try SQLCommand(line) {
        case .quit: return
        case .output(let other): format = other
        case let command: try command.run(in: session, format, into: spool)
        }
      }
    }
  }
}
