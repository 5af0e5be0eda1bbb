import SQLite

/// `$.status=failed`, `$.retries!=0`, or `$.error` alone: what a value in JSON must have. Texts are compared
/// with or without their quotes, numbers and words as JSON writes them.
package struct JSONCondition: Equatable, Sendable {
  package enum Comparison: Equatable, Sendable {
    case exists
    case equal(String)
    case unequal(String)
  }

  package let path: String
  package let comparison: Comparison

  /// `nil` when it does not begin with `$`.
  package init?(_ text: String) {
    guard text.hasPrefix("$") else { return nil }
    guard let sign = text.firstIndex(of: "=") else {
      path = text
      comparison = .exists
      return
    }
    let value = String(text[text.index(after: sign)...])
    let left = text[..<sign]
    let isUnequal = left.hasSuffix("!")
    path = String(isUnequal ? left.dropLast() : left)
    comparison = isUnequal ? .unequal(value) : .equal(value)
  }

  /// - Parameters:
  ///   - value: The SQL of a text.
  ///   - path, operand: Numbers of parameters.
  func sql(value: String, _ path: Int32, _ operand: Int32) -> String {
    let isValid = "json_valid(\(value))"
    let isEqual = """
      (CAST(\(value) ->> ?\(path) AS TEXT) = ?\(operand) OR (\(value) -> ?\(path)) = ?\(operand))
      """
    return switch comparison {
    case .exists: "CASE WHEN \(isValid) THEN \(value) -> ?\(path) END IS NOT NULL"
    case .equal: "CASE WHEN \(isValid) THEN \(isEqual) END"
    case .unequal:
      "CASE WHEN \(isValid) THEN \(value) -> ?\(path) IS NOT NULL AND NOT \(isEqual) END"
    }
  }

  func bind(to statement: borrowing Statement, _ path: Int32, _ operand: Int32) throws(SQLiteError)
  {
    try statement.bind(self.path, at: path)
    switch comparison {
    case .exists: break
    case .equal(let value), .unequal(let value): try statement.bind(value, at: operand)
    }
  }
}
