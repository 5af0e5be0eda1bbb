import FileTools

/// A prompt for SQL. Lines are edited as the terminal edits them; a statement ends with a semicolon.
struct SQLShell {
  private let answer: SQLAnswer
  private let console: Console
  private var format: RowFormat
  private var pending = ""

  init(_ session: SQLSession, _ format: RowFormat, _ console: Console) {
    answer = SQLAnswer(session, console)
    self.format = format
    self.console = console
  }

  mutating func run() throws -> Int32 {
    console.output.write("Enter .help for help.\n")
    var lines = InputText.Lines(console)
    while true {
      console.output.write(pending.isEmpty ? "acta> " : "   -> ")
      console.output.flush()
      guard let line = try lines.next() else { break }
      if pending.isEmpty, line.hasPrefix(".") {
        guard try command(line) else { return 0 }
      } else {
        try take(line)
      }
    }
    console.output.write("\n")
    return 0
  }

  private mutating func take(_ line: String) throws {
    pending += line + "\n"
    let script = SQLScript(Array(pending.utf8))
    if script.isBlank { pending = "" }
    guard SQLSession.isComplete(pending) else { return }
    defer { pending = "" }
    _ = try answer.give(script, format)
  }

  /// False to end.
  private mutating func command(_ line: String) throws -> Bool {
    do {
      switch try SQLCommand(line) {
      case .quit: return false
      case .output(let format): self.format = format
      case .help, .tables, .schema: _ = try answer.give(SQLScript(Array(line.utf8)), format)
      }
    } catch let problem as SQLCommand.Problem {
      console.errors.write("\(problem)\n")
    }
    return true
  }
}
