/// Text from clients, made fit for a log line.
enum ClientText {
  static let maxBytes = 256

  /// Printable ASCII stays; everything else, and the backslash, is written as an escape, so that no
  /// client can begin a line of its own or move the cursor. At most 256 bytes come out.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      let isPlain = (0x20..<0x7f).contains(scalar.value) && scalar != "\\"
      let piece = isPlain ? String(scalar) : scalar.escaped(asASCII: true)
      if result.utf8.count + piece.utf8.count > maxBytes - 3 { return result + "..." }
      result += piece
    }
    return result
  }
}
