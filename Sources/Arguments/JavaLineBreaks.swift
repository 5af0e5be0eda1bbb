/// Where Java's BreakIterator would let a line end, which is how both of its libraries for command lines fill
/// lines: behind spaces, dashes and most punctuation, and before an opening bracket.
enum JavaLineBreaks {
  /// The pieces that stay whole, with the spaces behind them.
  static func pieces(_ line: String) -> [String] {
    let characters = Array(line)
    var pieces: [String] = []
    var start = 0
    while start < characters.count {
      let end = endOfPiece(characters, from: start)
      pieces.append(String(characters[start..<end]))
      start = end
    }
    return pieces
  }

  /// Always at least one character further: what begins no word is a piece by itself.
  private static func endOfPiece(_ text: [Character], from start: Int) -> Int {
    if text[start] == "\t" { return start + 1 }
    var words = start
    while words < text.count, isPrefix(text[words]) { words += 1 }
    let word = behind(text, from: words) { isWord($0) }
    let number = endOfNumber(text, from: words) ?? word
    let core = max(
      behindSuffix(text, from: word), behindSuffix(text, from: number))
    return max(start + 1, behind(text, from: core) { $0 == " " })
  }

  /// Dashes and digits, with points and commas between them.
  private static func endOfNumber(_ text: [Character], from start: Int) -> Int? {
    var end = behind(text, from: start) { isPrefix($0) || $0 == "-" }
    guard end < text.count, text[end].isNumber else { return nil }
    while true {
      end = behind(text, from: end) { $0.isNumber }
      guard end + 1 < text.count, text[end] == "." || text[end] == ",", text[end + 1].isNumber
      else { return end }
      end += 1
    }
  }

  private static func behindSuffix(_ text: [Character], from start: Int) -> Int {
    let dashes = behind(text, from: start) { $0 == "-" }
    return dashes > start ? dashes : behind(text, from: start) { isSuffix($0) }
  }

  private static func behind(
    _ text: [Character], from start: Int, _ isIncluded: (Character) -> Bool
  ) -> Int {
    var end = start
    while end < text.count, isIncluded(text[end]) { end += 1 }
    return end
  }

  private static func isPrefix(_ character: Character) -> Bool { "([{$\"".contains(character) }

  private static func isSuffix(_ character: Character) -> Bool {
    ")]}!%.,:;?\"".contains(character)
  }

  private static func isWord(_ character: Character) -> Bool {
    character != " " && character != "\t" && character != "-" && !isPrefix(character)
      && !isSuffix(character)
  }
}
