/// A parsed value. Its description is the text that Kafka shows for it.
package enum ConfigValue: Hashable, Sendable {
  case boolean(Bool)
  /// Of an int, a short or a long.
  case integer(Int64)
  case double(Double)
  /// Of a string, a class name or a password.
  case string(String)
  case list([String])
}

extension ConfigValue: CustomStringConvertible {
  package var description: String {
    switch self {
    case .boolean(let value): String(value)
    case .integer(let value): String(value)
    case .double(let value): Self.text(of: value)
    case .string(let value): value
    case .list(let elements): elements.joined(separator: ",")
    }
  }

  /// As Java writes it: `1.0E10` where Swift has `1e+10`.
  private static func text(of number: Double) -> String {
    let text = String(number)
    guard let mark = text.firstIndex(of: "e") else { return text }
    let digits = text[..<mark]
    let exponent = text[text.index(after: mark)...].drop { $0 == "+" }
    return digits + (digits.contains(".") ? "" : ".0") + "E" + exponent
  }

  /// The text of the value inside an error sentence, where Kafka prints a list in brackets.
  var inSentence: String {
    if case .list(let elements) = self { return "[\(elements.joined(separator: ", "))]" }
    return description
  }
}

extension ConfigValue: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral
{
  package init(booleanLiteral value: Bool) { self = .boolean(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(floatLiteral value: Double) { self = .double(value) }
  package init(stringLiteral value: String) { self = .string(value) }
  package init(arrayLiteral elements: String...) { self = .list(elements) }
}
