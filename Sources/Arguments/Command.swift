// The command line. What may stand on it is declared once, as values; reading the words, checking
// them and help come from the declaration. This module prints nothing and ends no process: it turns
// words into an `Outcome`, and a layout turns declarations into text. There is one for each dialect.

/// A program or one of its subcommands.
package struct Command: Sendable {
  package let name: String
  /// One line.
  package let abstract: String
  /// Paragraphs, each a line; lines that begin with a space are examples and printed as they are.
  package let discussion: String
  /// What `--version` says; without one there is no such option.
  package let version: String?
  package let dialect: Dialect
  /// Without `--version` and `--help`.
  package let options: [OptionDeclaration]
  package let operands: [Operand]
  package let subcommands: [Command]
  /// What stands for one of them in argparse4j's usage; `nil` is their list.
  package let subcommandName: String?
  /// Which options go together, beyond what each says of itself; the first that is broken counts.
  package let rules: [Rule]
  /// What a process ends with that was asked for help.
  package let helpExitCode: Int32
  /// Whether nothing behind its name asks for help, and is no mistake.
  package let helpsWithoutWords: Bool

  /// - Parameter helpExitCode: `nil` is what the dialect has.
  /// - Precondition: No name is there twice; an operand that may be missing or repeated is the last
  ///   one; a command has operands or subcommands, not both.
  package init(
    name: String, abstract: String, discussion: String = "", version: String? = nil,
    dialect: Dialect = .acta, options: [any DeclaredOption] = [], operands: [Operand] = [],
    subcommands: [Command] = [], subcommandName: String? = nil, rules: [Rule] = [],
    helpExitCode: Int32? = nil, helpsWithoutWords: Bool = false
  ) {
    self.name = name
    self.abstract = abstract
    self.discussion = discussion
    self.version = version
    self.dialect = dialect
    self.options = options.map(\.declaration)
    self.operands = operands
    self.subcommands = subcommands
    self.subcommandName = subcommandName
    self.rules = rules
    self.helpExitCode = helpExitCode ?? dialect.helpExitCode
    self.helpsWithoutWords = helpsWithoutWords
    checkDeclaration()
  }

  /// The options that every command has, behind its own.
  package var standardOptions: [OptionDeclaration] {
    version == nil ? [dialect.help] : [dialect.version, dialect.help]
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
