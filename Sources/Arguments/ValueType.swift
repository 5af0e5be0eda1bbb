/// How values of one type are written.
package struct ValueType<Value: Sendable>: Sendable {
  private let expectation: String
  private let range: String?
  private let choices: [String]
  private let mayBeginWithDash: Bool
  private let javaName: String
  private let read: @Sendable (String) -> Value?
  let text: @Sendable (Value) -> String

  /// - Parameters:
  ///   - expectation: Ends the sentence "the option takes …".
  ///   - range: The values there are, for help.
  ///   - choices: All of them, where they can be counted.
  ///   - mayBeginWithDash: Whether a word with one dash is the value of the option before it.
  ///   - javaName: What Java calls the type.
  ///   - read: `nil` if the text is no such value.
  ///   - text: What `read` would make the value of.
  package init(
    expectation: String, range: String? = nil, choices: [String] = [],
    mayBeginWithDash: Bool = false, javaName: String = "String",
    read: @escaping @Sendable (String) -> Value?,
    text: @escaping @Sendable (Value) -> String
  ) {
    self.expectation = expectation
    self.range = range
    self.choices = choices
    self.mayBeginWithDash = mayBeginWithDash
    self.javaName = javaName
    self.read = read
    self.text = text
  }

  func declaration(_ name: String) -> ValueDeclaration {
    ValueDeclaration(
      name: name, javaName: javaName, expectation: expectation, range: range, choices: choices,
      mayBeginWithDash: mayBeginWithDash, accepts: { [read] in read($0) != nil })
  }

  /// - Precondition: The text was accepted.
  func value(_ text: String) -> Value {
    guard let value = read(text) else {
      preconditionFailure("'\(text)' was taken for \(expectation)")
    }
    return value
  }
}

extension ValueType where Value == String {
  /// Any text, also none.
  package static var text: ValueType {
    ValueType(expectation: "a text", read: { $0 }, text: { $0 })
  }

  package static var fileName: ValueType {
    ValueType(
      expectation: "the name of a file", read: { $0.isEmpty ? nil : $0 }, text: { $0 })
  }
}

extension ValueType where Value == Int {
  package static func number(in range: ClosedRange<Int> = .min ... .max) -> ValueType {
    let bounds: String? =
      switch (range.lowerBound, range.upperBound) {
      case (.min, .max): nil
      case (let least, .max): "\(least) or more"
      case (.min, let most): "\(most) or less"
      case (let least, let most): "\(least) to \(most)"
      }
    return ValueType(
      expectation: bounds.map { "a whole number, \($0)" } ?? "a whole number", range: bounds,
      mayBeginWithDash: true, read: { Int($0).flatMap { range.contains($0) ? $0 : nil } },
      text: { "\($0)" })
  }
}

extension ValueType where Value: FixedWidthInteger & SendableMetatype {
  /// As Java reads its own numbers: `Int32` is its Integer, `Int64` its Long.
  package static var integer: ValueType {
    ValueType(
      expectation: "a whole number of \(Value.bitWidth) bits", mayBeginWithDash: true,
      javaName: javaNames[Value.bitWidth] ?? "BigInteger", read: { Value($0) }, text: { "\($0)" })
  }
}

private let javaNames = [16: "Short", 32: "Integer", 64: "Long"]

extension ValueType where Value == Double {
  package static var double: ValueType {
    ValueType(
      expectation: "a number", mayBeginWithDash: true, javaName: "Double", read: { Double($0) },
      text: { "\($0)" })
  }
}

extension ValueType where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  /// One of the cases, by its raw value.
  package static var choice: ValueType {
    let names = Value.allCases.map(\.rawValue)
    return ValueType(
      expectation: alternatives(names), range: names.joined(separator: ", "), choices: names,
      read: { Value(rawValue: $0) }, text: { $0.rawValue })
  }
}

extension ValueType where Value == KeyValue {
  package static var keyValue: ValueType {
    ValueType(expectation: "key=value", read: { KeyValue($0) }, text: { "\($0.key)=\($0.value)" })
  }
}

/// `a, b or c`.
func alternatives(_ names: [String]) -> String {
  guard let last = names.last, names.count > 1 else { return names.first ?? "" }
  return names.dropLast().joined(separator: ", ") + " or \(last)"
}
