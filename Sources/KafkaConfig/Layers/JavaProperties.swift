/// The text of a `.properties` file, read as Java reads it.
///
/// `#` or `!` starts a comment line; a key ends at the first unescaped `=`, `:` or blank; blanks
/// around the separator are dropped; a trailing `\` joins the next line, whose leading blanks are
/// dropped. `\t \n \r \f` and `\uXXXX` are escapes; before any other character a backslash only
/// takes away its meaning. Unlike Java, which reads Latin-1, the text is UTF-8.
package enum JavaProperties {
  package struct Property: Hashable, Sendable {
    package let key: String
    package let value: String
    /// The line on which the key stands, counted from 1.
    package let line: Int
  }

  /// All properties in the order of the file; when a key occurs again, the later one is meant.
  package static func parse(_ text: String) throws(ConfigError) -> [Property] {
    var lines = LogicalLines(text)
    var properties: [Property] = []
    while let line = lines.next() {
      properties.append(try property(line))
    }
    return properties
  }

  private static func property(_ line: LogicalLines.Line) throws(ConfigError) -> Property {
    let units = line.units
    let keyEnd = endOfKey(units)
    var valueStart = units[keyEnd...].firstIndex { !isBlank($0) } ?? units.endIndex
    if valueStart < units.endIndex, isSeparator(units[valueStart]) {
      valueStart = units[(valueStart + 1)...].firstIndex { !isBlank($0) } ?? units.endIndex
    }
    return Property(
      key: try unescaped(units[..<keyEnd], line: line.number),
      value: try unescaped(units[valueStart...], line: line.number), line: line.number)
  }

  private static func endOfKey(_ units: [UInt16]) -> Int {
    var index = 0
    while index < units.count {
      if units[index] == backslash {
        index += 2
        continue
      }
      if isSeparator(units[index]) || isBlank(units[index]) { return index }
      index += 1
    }
    return units.count
  }

  /// In UTF-16, because `\u` escapes are code units: two of them can make one character.
  private static func unescaped(
    _ units: ArraySlice<UInt16>, line: Int
  ) throws(ConfigError) -> String {
    var result: [UInt16] = []
    var rest = units
    while let unit = rest.popFirst() {
      guard unit == backslash else {
        result.append(unit)
        continue
      }
      guard let escaped = rest.popFirst() else { break }
      switch escaped {
      case unit16("t"): result.append(0x09)
      case unit16("n"): result.append(0x0a)
      case unit16("r"): result.append(0x0d)
      case unit16("f"): result.append(0x0c)
      case unit16("u"):
        let digits = String(decoding: rest.prefix(4), as: UTF16.self)
        guard digits.utf16.count == 4, digits.allSatisfy(\.isHexDigit),
          let code = UInt16(digits, radix: 16)
        else { throw .malformedFile(line: line, reason: "Malformed \\uxxxx encoding.") }
        result.append(code)
        rest = rest.dropFirst(4)
      default: result.append(escaped)
      }
    }
    return String(decoding: result, as: UTF16.self)
  }

  fileprivate static let backslash = unit16("\\")

  fileprivate static func unit16(_ scalar: Unicode.Scalar) -> UInt16 { UInt16(scalar.value) }

  fileprivate static func isBlank(_ unit: UInt16) -> Bool {
    unit == 0x20 || unit == 0x09 || unit == 0x0c
  }

  private static func isSeparator(_ unit: UInt16) -> Bool {
    unit == unit16("=") || unit == unit16(":")
  }
}

/// Lines as a properties file means them: without comments and empty lines, continuations joined.
private struct LogicalLines {
  struct Line {
    var units: [UInt16]
    let number: Int
  }

  private var rest: ArraySlice<UInt16>
  private var number = 0

  init(_ text: String) { rest = Array(text.utf16)[...] }

  mutating func next() -> Line? {
    while let start = natural() {
      guard let first = start.first, first != JavaProperties.unit16("#"),
        first != JavaProperties.unit16("!")
      else { continue }
      var line = Line(units: Array(start), number: number)
      while Self.isContinued(line.units) {
        line.units.removeLast()
        guard let more = natural() else { break }
        line.units += more
      }
      return line
    }
    return nil
  }

  /// The next line of the text without its leading blanks; lines end in LF, CR or both.
  private mutating func natural() -> ArraySlice<UInt16>? {
    guard !rest.isEmpty else { return nil }
    number += 1
    let end = rest.firstIndex { $0 == 0x0a || $0 == 0x0d } ?? rest.endIndex
    let line = rest[..<end]
    rest = rest[end...]
    if rest.popFirst() == 0x0d, rest.first == 0x0a { rest.removeFirst() }
    return line.drop(while: JavaProperties.isBlank)
  }

  /// An even number of backslashes at the end are escaped backslashes.
  private static func isContinued(_ units: [UInt16]) -> Bool {
    !units.reversed().prefix { $0 == JavaProperties.backslash }.count.isMultiple(of: 2)
  }
}
