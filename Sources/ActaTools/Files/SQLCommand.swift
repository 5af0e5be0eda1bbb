import FileTools

/// What can be said beside SQL, in the shell and in scripts.
enum SQLCommand: Equatable {
  case help
  case quit
  case tables
  /// How one of them is made, or all.
  case schema(String?)
  case output(RowFormat)

  private static let explanation = """
    SQL ends with a semicolon, on this line or a later one.
      .tables           tables and views
      .schema [NAME]    how one of them is made, or all
      .output FORMAT    text, json, csv or markdown
      .quit             or Ctrl-D

    """

  /// A line that is no command.
  struct Problem: Error, CustomStringConvertible {
    let description: String
  }

  init(_ line: String) throws(Problem) {
    let words = line.split(whereSeparator: \.isWhitespace).map { String($0) }
    switch (words[0], words.dropFirst().first) {
    case (".quit", nil), (".exit", nil): self = .quit
    case (".help", nil): self = .help
    case (".tables", nil): self = .tables
    case (".schema", let name) where words.count <= 2: self = .schema(name)
    case (".output", let name?) where words.count == 2:
      guard let format = RowFormat(rawValue: name) else {
        throw Problem(description: "There is no format \(name).")
      }
      self = .output(format)
    default:
      let line = words.joined(separator: " ")
      throw Problem(description: "\(line) is unknown; .help says what there is.")
    }
  }

  /// Does what one of them does that neither ends anything nor changes how rows look.
  func run(in session: SQLSession, _ format: RowFormat, into spool: Spool) throws {
    switch self {
    case .help: try spool.append(Array(Self.explanation.utf8))
    case .tables: try session.run(Array(Self.listing.utf8), format, into: spool)
    case .schema(let name): try session.list(Self.schema(name), into: spool)
    case .quit, .output: break
    }
  }

  private static let listing = """
    SELECT name, type FROM sqlite_schema
    WHERE type IN ('table', 'view') AND \(isShown)
    ORDER BY type DESC, name
    """

  /// The tables of records are all alike but for their numbers.
  private static let isShown = "name NOT GLOB 'records_[0-9]*' AND name NOT GLOB 'sqlite_*'"

  private static func schema(_ name: String?) -> String {
    guard let name else {
      return "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND tbl_\(isShown) ORDER BY rowid"
    }
    let literal =
      "'" + name.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
      + "' COLLATE NOCASE"
    return """
      SELECT sql FROM sqlite_schema
      WHERE sql IS NOT NULL AND (name = \(literal) OR tbl_name = \(literal))
      ORDER BY type = 'table' DESC, rowid
      """
  }
}
