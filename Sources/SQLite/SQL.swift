/// Names and literals as they stand in SQL text, for the statements that cannot bind them (table
/// names, the constants of a view).
package enum SQL {
  /// A quoted identifier: any text at all.
  package static func identifier(_ name: String) -> String { quote(name, "\"") }

  /// A text literal.
  package static func literal(_ text: String) -> String { quote(text, "'") }

  private static func quote(_ text: String, _ mark: Character) -> String {
    var quoted = String(mark)
    for character in text {
      if character == mark { quoted.append(mark) }
      quoted.append(character)
    }
    quoted.append(mark)
    return quoted
  }
}
