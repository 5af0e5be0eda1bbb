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
  package let operands: [String]
  /// By the option's name; they have been found to be right.
  private let texts: [String: [String]]

  init(path: CommandPath, operands: [String], texts: [String: [String]]) {
    self.path = path
    self.operands = operands
    self.texts = texts
  }

  /// - Precondition: The command, or one above it, declares the option.
  package subscript<Value>(option: Option<Value>) -> Value {
    let name = option.declaration.name
    precondition(
      path.commands.contains { $0.options.contains { $0.name == name } },
      "\(path.name) has no option --\(name)")
    return option.read(texts[name] ?? [])
  }
}
