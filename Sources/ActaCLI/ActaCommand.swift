package import Arguments

/// What the words of `acta`'s command line ask for.
package enum ActaCommand: Sendable {
  case serve(ServeArguments)
  /// Text for standard output.
  case answer(String)
  /// Text for standard error; the process ends with `UsageError.exitCode`.
  case refusal(String)

  /// - Parameters:
  ///   - words: Without the program's name.
  ///   - columns: How wide help may be.
  ///   - tools: What else the program can do, for its help; it is chosen before it comes to this.
  package init(_ words: [String], columns: Int, tools: [Command] = []) {
    let layout = HelpLayout(columns: columns)
    switch Self.program(tools).parse(words) {
    case .run(let invocation): self = .serve(ServeArguments(invocation))
    case .help(let path): self = .answer(layout.help(for: path))
    case .version(let version): self = .answer(version + "\n")
    case .refused(let error): self = .refusal(layout.refusal(error))
    }
  }

  private static func program(_ tools: [Command]) -> Command {
    Command(
      name: "acta", abstract: "Kafka in one SQLite file.", version: Version.current,
      subcommands: [ServeArguments.command] + tools)
  }
}
