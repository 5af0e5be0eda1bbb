/// Text for a log line. Part of it comes from clients, who shall neither begin lines of their own
/// nor move a terminal's cursor.
enum LogText {
  /// The most that a piece of metadata takes up, where names and texts from clients stand.
  static let maximumBytes = 256

  /// With control characters, line separators and marks of writing direction as `\u{…}`.
  static func escaped(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: mustBeEscaped) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      result += mustBeEscaped(scalar) ? scalar.escaped(asASCII: true) : String(scalar)
    }
    return result
  }

  /// Escaped, and cut where it gets too long.
  static func piece(_ text: String) -> String {
    // Escaping only makes text longer, so no more than this much of it can be needed.
    let start = text.unicodeScalars.prefix(maximumBytes + 1)
    let escaped = escaped(String(start))
    if escaped.utf8.count <= maximumBytes { return escaped }
    var result = ""
    for scalar in escaped.unicodeScalars {
      if result.utf8.count + UTF8.width(scalar) > maximumBytes - 3 { break }
      result.unicodeScalars.append(scalar)
    }
    return result + "..."
  }

  private static func mustBeEscaped(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}
