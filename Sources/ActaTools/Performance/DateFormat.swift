import ActaCLI

/// Moments in local time, by the letters that Java's `SimpleDateFormat` has for years down to milliseconds.
struct DateFormat: Sendable {
  private enum Part: Sendable {
    case text(String)
    case number(LogTime.Field, width: Int)
  }

  private let parts: [Part]

  private static let fields: [Character: LogTime.Field] = [
    "y": .year, "M": .month, "d": .day, "H": .hour, "m": .minute, "s": .second, "S": .millisecond,
  ]

  /// - Throws: `ToolError` for a letter that is not known.
  init(_ pattern: String) throws(ToolError) {
    var parts: [Part] = []
    var rest = pattern[...]
    while let letter = rest.first {
      if letter == "'" {
        rest.removeFirst()
        let text = rest.prefix { $0 != "'" }
        rest = rest.dropFirst(text.count + 1)
        parts.append(.text(text.isEmpty ? "'" : String(text)))
        continue
      }
      let count = rest.prefix { $0 == letter }.count
      rest = rest.dropFirst(count)
      if let field = Self.fields[letter] {
        parts.append(.number(field, width: count))
      } else if letter.isASCII, letter.isLetter {
        throw ToolError("java.lang.IllegalArgumentException: Illegal pattern character '\(letter)'")
      } else {
        parts.append(.text(String(repeating: letter, count: count)))
      }
    }
    self.parts = parts
  }

  /// - Parameter milliseconds: Since the epoch.
  func text(_ milliseconds: Int64) -> String {
    let offset = Int64(LogOutput.utcOffsetSeconds(milliseconds)) * 1_000
    return text(LogTime(milliseconds: milliseconds + offset))
  }

  func text(_ time: LogTime) -> String {
    parts.map { part in
      switch part {
      case .text(let text): return text
      case .number(.year, width: 2): return padded(time.value(of: .year) % 100, 2)
      case .number(let field, let width): return padded(time.value(of: field), width)
      }
    }.joined()
  }

  private func padded(_ number: Int64, _ width: Int) -> String {
    let digits = "\(number)"
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
