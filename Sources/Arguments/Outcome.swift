/// What the words of a command line ask for.
package enum Outcome: Sendable {
  case run(Invocation)
  case help(CommandPath)
  case version(String)
  case refused(UsageError)
}

/// A command that is to run, with what it was given.
package struct Invocation: Sendable {
  package let path: CommandPath
  /// All that stood behind the program's name.
  package let words: [String]
  package let operands: [String]
  /// The names of the options that were given, as often as they were, in order.
  package let order: [String]
  /// By the option's name; they have been found to be right.
  private let texts: [String: [String]]

  init(
    path: CommandPath, words: [String], operands: [String], order: [String],
    texts: [String: [String]]
  ) {
    self.path = path
    self.words = words
    self.order = order
    self.operands = operands
    self.texts = texts
  }

  /// - Precondition: The command, or one above it, declares the option.
  package subscript<Value>(option: Option<Value>) -> Value {
    let name = option.declaration.name
    precondition(
      path.commands.contains { $0.options.contains { $0.name == name } },
      "\(path.name) has no option --\(name)")
    return option.read(texts[name])
  }

  /// What was given for an option, or holds without it; `nil` if that is nothing.
  package func text(of option: any DeclaredOption) -> String? {
    texts[option.declaration.name]?.last ?? option.declaration.defaultText
  }

  /// What is said if values that were given do not go together, which no `Rule` sees.
  ///
  /// - Parameter showsOptions: Whether they are listed behind it, where the dialect does that.
  package func refusal(_ sentence: String, showsOptions: Bool = true) -> UsageError {
    UsageError(problem: .rule(sentence, showsOptions: showsOptions), path: path)
  }

  /// Which options were given, those of commands above included.
  package var given: GivenOptions { GivenOptions(texts) }
}
