// The command line. What may stand on it is declared once, as values; reading the words, checking
// them and help come from the declaration. This module prints nothing and ends no process: it turns
// words into an `Outcome`, and a layout turns declarations into text. The one here is `HelpLayout`;
// another one needs no more than the declarations.

/// A program or one of its subcommands.
package struct Command: Sendable {
  package let name: String
  /// One line.
  package let abstract: String
  /// Paragraphs, each a line; lines that begin with a space are examples and printed as they are.
  package let discussion: String
  /// What `--version` says; without one there is no such option.
  package let version: String?
  /// Without `--version` and `--help`.
  package let options: [OptionDeclaration]
  package let operands: [Operand]
  package let subcommands: [Command]

  /// - Precondition: No name is there twice; an operand that may be missing or repeated is the last
  ///   one; a command has operands or subcommands, not both.
  package init(
    name: String, abstract: String, discussion: String = "", version: String? = nil,
    options: [any DeclaredOption] = [], operands: [Operand] = [], subcommands: [Command] = []
  ) {
    self.name = name
    self.abstract = abstract
    self.discussion = discussion
    self.version = version
    self.options = options.map(\.declaration)
    self.operands = operands
    self.subcommands = subcommands
    checkDeclaration()
  }

  /// The options that every command has, behind its own.
  package var standardOptions: [OptionDeclaration] {
    version == nil ? [.help] : [.version, .help]
  }

  var allOptions: [OptionDeclaration] { options + standardOptions }

  private func checkDeclaration() {
    let names = allOptions.map(\.name)
    let shorts = allOptions.compactMap(\.short)
    precondition(Set(names).count == names.count, "\(name) has two options of one name: \(names)")
    precondition(Set(shorts).count == shorts.count, "\(name) has one letter twice: \(shorts)")
    let subnames = subcommands.map(\.name) + ["help"]
    precondition(
      Set(subnames).count == subnames.count, "\(name) has two subcommands of one name: \(subnames)")
    precondition(
      operands.dropLast().allSatisfy { $0.isRequired && !$0.isRepeatable },
      "only the last operand of \(name) may be missing or repeated")
    precondition(
      operands.isEmpty || subcommands.isEmpty, "\(name) has both operands and subcommands")
  }
}
