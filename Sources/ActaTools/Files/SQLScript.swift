/// A text of SQL with commands between its statements: lines that begin with a dot, as in SQLite's own shell.
///
/// Behind a semicolon no SQL begins with a dot; inside of a statement (`2\n.5`), of a literal or of a comment such a
/// line is what it is there.
struct SQLScript {
  enum Piece: Equatable {
    /// Whole statements, but perhaps for the last one of the text. They need not be UTF-8.
    case statements([UInt8])
    /// All of its line.
    case command(String)
  }

  private(set) var pieces: [Piece] = []
  /// Whether there is nothing in it but blanks, comments that have ended, and semicolons.
  private(set) var isBlank = true

  init(_ text: [UInt8]) {
    var position = text.starts(with: Self.byteOrderMark) ? Self.byteOrderMark.count : 0
    var start = position
    var isBetweenStatements = true
    while position < text.count {
      switch text[position] {
      case UInt8(ascii: ".") where isBetweenStatements && Self.isLineStart(position, start, text):
        add(text[start..<position])
        start = Self.end(of: "\n", in: text, from: position)
        pieces.append(.command(String(decoding: text[position..<start], as: UTF8.self)))
        isBlank = false
        position = start
        continue
      case UInt8(ascii: ";"): isBetweenStatements = true
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): break
      case UInt8(ascii: "-") where text[position...].starts(with: "--".utf8):
        position = Self.end(of: "\n", in: text, from: position)
        continue
      case UInt8(ascii: "/") where text[position...].starts(with: "/*".utf8):
        let end = Self.end(of: "*/", in: text, from: position + 2)
        if !text[(position + 2)..<end].reversed().starts(with: "/*".utf8) { isBlank = false }
        position = end
        continue
      case let byte:
        isBetweenStatements = false
        isBlank = false
        if let quote = Self.closing[byte] {
          position = Self.end(of: quote, in: text, from: position + 1)
          continue
        }
      }
      position += 1
    }
    add(text[start...])
  }

  private mutating func add(_ statements: ArraySlice<UInt8>) {
    if !statements.isEmpty { pieces.append(.statements(Array(statements))) }
  }

  private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

  /// What ends a literal or a name, by what begins it. One that is doubled begins another.
  private static let closing: [UInt8: String] = [
    UInt8(ascii: "'"): "'", UInt8(ascii: "\""): "\"", UInt8(ascii: "`"): "`",
    UInt8(ascii: "["): "]",
  ]

  private static func isLineStart(_ position: Int, _ start: Int, _ text: [UInt8]) -> Bool {
    position == start || text[position - 1] == UInt8(ascii: "\n")
  }

  /// Behind the next such mark, or behind all of the text.
  private static func end(of mark: String, in text: [UInt8], from position: Int) -> Int {
    let mark = Array(mark.utf8)
    var position = position
    while position < text.count {
      if text[position...].starts(with: mark) { return position + mark.count }
      position += 1
    }
    return text.count
  }
}
