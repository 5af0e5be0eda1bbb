extension ArgparseLayout {
  /// As the library says it.
  package static func sentence(_ error: UsageError) -> String {
    switch error.problem {
    case .unknownOption(let written, _): "unrecognized arguments: '\(written)'"
    case .unexpectedOperand(let given): "unrecognized arguments: '\(given)'"
    case .ambiguousOption(let written, let candidates):
      "ambiguous option: \(written) could match "
        + candidates.sorted().joined(separator: ", ")
    case .missingValue(let option, _):
      "argument \(names(option)): expected "
        + (option.takesSeveralWords ? "at least one argument" : "one argument")
    case .wrongValue(let option, let value, let given):
      "argument \(names(option)): " + unconvertible(given, value)
    case .unexpectedValue(let option, let given):
      "argument \(names(option)): ignored explicit argument '\(given)'"
    case .missingOption(let option): "argument \(names(option)) is required"
    case .excluded(let option, let other):
      "argument \(names(option)): not allowed with argument \(names(other))"
    case .missingOneOf(let options):
      "one of the arguments \(options.map(names).joined(separator: " ")) is required"
    case .unknownSubcommand(let name, _):
      "invalid choice: '\(name)' (choose from "
        + error.path.command.subcommands.map { "'\($0.name)'" }.joined(separator: ", ") + ")"
    case .nothingGiven, .missingOperand: "too few arguments"
    case .repeatedOption, .rule: error.description
    }
  }

  private static func unconvertible(_ given: String, _ value: ValueDeclaration) -> String {
    value.choices.isEmpty
      ? "could not convert '\(given)' to \(value.javaName) (For input string: \"\(given)\")"
      : "invalid choice: '\(given)' (choose from {\(value.choices.joined(separator: ","))})"
  }

  private static func names(_ option: OptionDeclaration) -> String {
    "--\(option.name)" + (option.short.map { "/-\($0)" } ?? "")
  }
}
