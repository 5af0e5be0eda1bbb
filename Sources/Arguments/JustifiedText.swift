/// Lines as argparse4j fills them: all but the last as wide as they may be, with spaces put between words, from the
/// middle outwards where they do not go round.
enum JustifiedText {
  static func lines(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var current = ""
    let pieces = Array(
      text.split(separator: "\n", omittingEmptySubsequences: false)
        .map { JavaLineBreaks.pieces(String($0)) }.joined(separator: ["\n"]))
    for (index, piece) in pieces.enumerated() {
      if piece == "\n" {
        lines.append(current.withoutTrailingSpaces)
        current = ""
      } else {
        // The end of a line counts as a character of it.
        let end = index + 1 < pieces.count && pieces[index + 1] == "\n" ? 1 : 0
        let wide = current.count + piece.withoutTrailingSpaces.count + end
        if !current.isEmpty, wide > width {
          lines.append(justified(current.withoutTrailingSpaces, width: width))
          current = ""
        }
        current += piece
      }
    }
    return lines + [current.withoutTrailingSpaces]
  }

  private static func justified(_ line: String, width: Int) -> String {
    let words = line.split(separator: " ")
    let gaps = words.count - 1
    let missing = width - line.count
    guard gaps > 0, missing > 0 else { return line }
    let first = (gaps - missing % gaps + 1) / 2
    var result = String(words[0])
    for (gap, word) in words.dropFirst().enumerated() {
      let isWider = gap >= first && gap < first + missing % gaps
      let count = 1 + missing / gaps + (isWider ? 1 : 0)
      result += String(repeating: " ", count: count) + word
    }
    return result
  }
}
