/// All that can be said of an option without knowing the type of its value.
package struct OptionDeclaration: Sendable {
  /// Without its dashes.
  package let name: String
  /// A letter or digit that means the same behind one dash.
  package let short: Character?
  /// `nil` for a flag, which is given or not.
  package let value: ValueDeclaration?
  package let help: String
  /// What holds when the option is not given, as help says it.
  package let defaultText: String?
  /// Whether every value counts; otherwise the last one does, so that a script's own options can
  /// stand before those of its caller. Jopt-simple refuses a second one.
  package let isRepeatable: Bool
  package let isRequired: Bool
  /// Understood, and in no help.
  package let isHidden: Bool
  /// Whether the value may be left out.
  package let isValueOptional: Bool
  /// Whether the words behind its value that are no options are values too.
  package let takesSeveralWords: Bool

  init(
    name: String, short: Character?, value: ValueDeclaration?, help: String, defaultText: String?,
    isRepeatable: Bool = false, isRequired: Bool = false, isHidden: Bool,
    isValueOptional: Bool = false, takesSeveralWords: Bool = false
  ) {
    precondition(
      !name.isEmpty && name.utf8.allSatisfy { $0 != UInt8(ascii: "=") },
      "an option cannot be called '\(name)'")
    precondition(
      short.map { $0.isASCII && ($0.isLetter || $0.isNumber) } ?? true,
      "--\(name) cannot have the short name '\(short.map(String.init) ?? "")'")
    self.name = name
    self.short = short
    self.value = value
    self.help = help
    self.defaultText = defaultText
    self.isRepeatable = isRepeatable
    self.isRequired = isRequired
    self.isHidden = isHidden
    self.isValueOptional = isValueOptional
    self.takesSeveralWords = takesSeveralWords
  }
}

/// The value of an option, as far as reading and describing a command line needs to know it.
package struct ValueDeclaration: Sendable {
  package let name: String
  /// What Java calls the type, as jopt-simple's help and argparse4j's refusals have it.
  package let javaName: String
  /// Ends the sentence "the option takes …".
  package let expectation: String
  /// The values there are, as help says it; `nil` if there is nothing to say.
  package let range: String?
  /// The values there are, where they can be counted.
  package let choices: [String]
  let mayBeginWithDash: Bool
  let accepts: @Sendable (String) -> Bool

  /// Whether the word behind an option is its value, and not an option that stands where a value
  /// was forgotten. A value that looks like an option is given as `--name=-value`.
  func isValue(_ word: String) -> Bool {
    let bytes = word.utf8
    guard bytes.first == UInt8(ascii: "-"), bytes.count > 1 else { return true }
    return mayBeginWithDash && !bytes.starts(with: "--".utf8)
  }
}
