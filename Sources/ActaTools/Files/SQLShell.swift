import FileTools

/// A prompt for SQL. Lines are edited as the terminal edits them; a statement ends with a semicolon.
struct SQLShell {
  private static let help = """
    SQL ends with a semicolon, on this line or a later one.
      .tables           tables and views
      .schema NAME      how one of them is made
      .output FORMAT    text, json, csv or markdown
      .quit             or Ctrl-D

    """

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
        guard try command(line.split(separator: " ").map { String($0) }) else { return 0 }
      } else {
        try take(line)
      }
    }
    console.output.write("\n")
    return 0
  }

  private mutating func take(_ line: String) throws {
    pending += line + "\n"
    guard SQLSession.isComplete(pending) else {
      if pending.allSatisfy(\.isWhitespace) { pending = "" }
      return
    }
    defer { pending = "" }
    _ = try answer.give(pending, format)
  }

  /// False to end.
  private mutating func command(_ words: [String]) throws -> Bool {
    switch words[0] {
    case ".quit", ".exit": return false
    case ".help": console.output.write(Self.help)
    case ".tables":
      _ = try answer.give(
        """
        SELECT name, type FROM sqlite_schema
        WHERE type IN ('table', 'view') AND name NOT GLOB 'records_[0-9]*' AND name NOT GLOB 'sqlite_*'
        ORDER BY type DESC, name
        """, .text)
    case ".schema" where words.count == 2:
      let name = words[1].split(separator: "'", omittingEmptySubsequences: false).joined(
        separator: "''")
      _ = try answer.give("SELECT sql FROM sqlite_schema WHERE name = '\(name)'", .csv)
    case ".output" where words.count == 2:
      if let format = RowFormat(rawValue: words[1]) {
        self.format = format
      } else {
        console.errors.write("There is no format \(words[1]).\n")
      }
    default:
      console.errors.write(
        "\(words.joined(separator: " ")) is unknown; .help says what there is.\n")
    }
    return true
  }
}
