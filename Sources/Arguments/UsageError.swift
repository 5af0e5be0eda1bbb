/// Why the words of a command line are not understood.
package struct UsageError: Error, CustomStringConvertible {
  package let problem: UsageProblem
  /// The command that does not understand them.
  package let path: CommandPath

  package init(problem: UsageProblem, path: CommandPath) {
    self.problem = problem
    self.path = path
  }

  package var description: String { problem.description }

  /// The same with the options listed behind it, for commands that list them whatever is wrong.
  package var showingOptions: UsageError {
    UsageError(problem: .rule(JoptLayout.sentence(problem), showsOptions: true), path: path)
  }

  /// What a process ends with that was called the wrong way, as <sysexits.h> has it.
  package static let exitCode: Int32 = 64
}

/// What is wrong, as data: another program may have to say it in other words.
package enum UsageProblem: Sendable, CustomStringConvertible {
  /// As it was written; the nearest one with its dashes.
  case unknownOption(String, nearest: String?)
  /// The beginning of several names.
  case ambiguousOption(String, candidates: [String])
  /// Nothing stands behind the option, or what looks like the next option.
  case missingValue(OptionDeclaration, next: String?)
  case wrongValue(OptionDeclaration, ValueDeclaration, given: String)
  /// A flag was given a value.
  case unexpectedValue(OptionDeclaration, given: String)
  case missingOption(OptionDeclaration)
  case unknownSubcommand(String, nearest: String?)
  case missingOperand(Operand)
  case unexpectedOperand(String)
  /// Given more than once where that has no meaning.
  case repeatedOption(OptionDeclaration)
  /// The first stands beside the second, and must not.
  case excluded(OptionDeclaration, by: OptionDeclaration)
  case missingOneOf([OptionDeclaration])
  /// The command's own sentence, and whether the options are shown beside it.
  case rule(String, showsOptions: Bool)
  /// Not a word was given where some are needed.
  case nothingGiven

  /// One sentence; what was given stands in quotation marks, what there is without.
  package var description: String {
    switch self {
    case .unknownOption(let written, let nearest):
      "Unknown option '\(written)'" + Self.hint(nearest)
    case .ambiguousOption(let written, let candidates):
      "Ambiguous option '\(written)'; did you mean \(alternatives(candidates))?"
    case .missingValue(let option, let next):
      "Missing value for \(option.label)"
        + (next.map { "; if it is '\($0)', write --\(option.name)=\($0)." } ?? ".")
    case .wrongValue(let option, let value, let given):
      "--\(option.name) takes \(value.expectation)"
        + (given.isEmpty ? "." : ", but was given '\(given)'")
        + (given.isEmpty ? "" : Self.hint(NearestName.to(given, among: value.choices)))
    case .unexpectedValue(let option, let given):
      "--\(option.name) takes no value, but was given '\(given)'."
    case .missingOption(let option): "Missing option \(option.label)."
    case .unknownSubcommand(let name, let nearest):
      "Unknown subcommand '\(name)'" + Self.hint(nearest)
    case .missingOperand(let operand): "Missing argument <\(operand.name)>."
    case .unexpectedOperand(let given): "Unexpected argument '\(given)'."
    case .repeatedOption(let option): "--\(option.name) was given more than once."
    case .excluded(let option, let other):
      "--\(option.name) cannot be given together with --\(other.name)."
    case .missingOneOf(let options):
      "One of the options \(alternatives(options.map { "--\($0.name)" })) is needed."
    case .rule(let sentence, _): sentence
    case .nothingGiven: "Nothing was given."
    }
  }

  private static func hint(_ nearest: String?) -> String {
    nearest.map { "; did you mean \($0)?" } ?? "."
  }
}

extension OptionDeclaration {
  /// `--data <file>`.
  package var label: String { value.map { "--\(name) <\($0.name)>" } ?? "--\(name)" }
}
