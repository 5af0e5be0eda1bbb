/// The type of a configuration key; the raw value is what DescribeConfigs sends.
package enum ConfigType: Int8, Sendable, CaseIterable {
  case boolean = 1
  case string = 2
  case int = 3
  case short = 4
  case long = 5
  case double = 6
  case list = 7
  case `class` = 8
  case password = 9
}

extension ConfigType {
  /// Reads a value as Kafka does: blanks around it are dropped, numbers are decimal with an optional
  /// sign, booleans ignore case, lists are separated by commas.
  package func parse(_ text: String, for name: String) throws(ConfigError) -> ConfigValue {
    let trimmed = text.trimmingBlanks()
    func refusal(_ reason: String) -> ConfigError {
      .invalidValue(trimmed, name: name, reason: reason)
    }
    switch self {
    case .boolean:
      switch trimmed.lowercased() {
      case "true": return .boolean(true)
      case "false": return .boolean(false)
      default: throw refusal("Expected value to be either true or false")
      }
    case .string, .class, .password:
      return .string(trimmed)
    case .int:
      guard let value = Int32(trimmed) else { throw refusal("Not a number of type INT") }
      return .integer(Int64(value))
    case .short:
      guard let value = Int16(trimmed) else { throw refusal("Not a number of type SHORT") }
      return .integer(Int64(value))
    case .long:
      guard let value = Int64(trimmed) else { throw refusal("Not a number of type LONG") }
      return .integer(value)
    case .double:
      guard let value = Self.double(trimmed) else { throw refusal("Not a number of type DOUBLE") }
      return .double(value)
    case .list:
      if trimmed.isEmpty { return .list([]) }
      let elements = trimmed.split(separator: ",", omittingEmptySubsequences: false)
      return .list(elements.map { String($0).trimmingBlanks() })
    }
  }

  /// Swift reads more than Java writes (`nan`, `inf`, hexadecimal); only decimal numbers pass.
  private static func double(_ text: String) -> Double? {
    guard text.utf8.allSatisfy({ "+-.0123456789eE".utf8.contains($0) }) else { return nil }
    return Double(text).flatMap { $0.isFinite ? $0 : nil }
  }
}

extension String {
  /// Without the blanks and control characters at both ends, as Java's `trim` understands them.
  func trimmingBlanks() -> String {
    let isBlank: (Unicode.Scalar) -> Bool = { $0.value <= 0x20 }
    let scalars = unicodeScalars.drop(while: isBlank)
    guard let last = scalars.lastIndex(where: { !isBlank($0) }) else { return "" }
    return String(scalars[...last])
  }
}
