extension Command {
  /// What `words` ask for; the program's name is not one of them.
  ///
  /// Options stand before, behind and between operands; those of a command stand before the name
  /// of its subcommand. `--` ends them. Help wins over anything that is wrong beside it.
  package func parse(_ words: [String]) -> Outcome {
    CommandPath(self).parse(words)
  }
}

extension CommandPath {
  /// What words ask for that stand behind this command's name.
  package func parse(_ words: [String]) -> Outcome { parse(words, texts: [:]) }

  /// - Parameter texts: What was given to the commands above.
  fileprivate func parse(_ words: [String], texts: [String: [String]]) -> Outcome {
    if command.dialect == .jopt, words.isEmpty, !command.options.contains(where: \.isRequired) {
      return refused(.nothingGiven)
    }
    if command.helpsWithoutWords, words.isEmpty { return refused(.nothingGiven) }
    let scan = OptionScan.scan(words, of: command)
    if scan.texts[command.dialect.help.name] != nil { return .help(self) }
    if let version = command.version, scan.texts[command.dialect.version.name] != nil {
      return .version(version)
    }
    if let problem = scan.problem { return refused(problem) }
    // argparse4j looks for the subcommand before it misses anything else.
    let lacksSubcommand =
      command.dialect == .argparse && !command.subcommands.isEmpty && scan.operands.isEmpty
    if lacksSubcommand { return refused(.nothingGiven) }
    if let problem = missing(in: scan.texts) { return refused(problem) }
    let texts = texts.merging(scan.texts) { $1 }
    if let problem = brokenRule(texts) ?? scan.problemOfValues { return refused(problem) }
    if !command.subcommands.isEmpty { return parseSubcommand(scan.operands[...], texts: texts) }
    if let problem = wrongNumber(of: scan.operands) { return refused(problem) }
    return .run(
      Invocation(
        path: self, words: words, operands: scan.operands, order: scan.order, texts: texts))
  }

  private func parseSubcommand(_ words: ArraySlice<String>, texts: [String: [String]]) -> Outcome {
    guard let name = words.first else { return .help(self) }
    if command.dialect == .acta, name == helpCommand.name {
      return parseHelp(Array(words.dropFirst()))
    }
    guard let subcommand = command.subcommands.first(where: { $0.name == name }) else {
      return refused(unknownSubcommand(name))
    }
    return appending(subcommand).parse(Array(words.dropFirst()), texts: texts)
  }

  /// `help serve`, which is `serve --help`.
  private func parseHelp(_ words: [String]) -> Outcome {
    let outcome = appending(helpCommand).parse(words, texts: [:])
    guard case .run(let invocation) = outcome else { return outcome }
    var path = self
    for name in invocation.operands {
      if path.command.subcommands.isEmpty { return path.refused(.unexpectedOperand(name)) }
      guard let next = path.subcommands.first(where: { $0.name == name }) else {
        return path.refused(path.unknownSubcommand(name))
      }
      path = path.appending(next)
    }
    return .help(path)
  }

  private var helpCommand: Command {
    Command(
      name: "help", abstract: "Show help of a subcommand.", version: command.version,
      operands: [Operand("subcommand", isRequired: false, isRepeatable: true)])
  }

  /// With the one that every command has that has any.
  private var subcommands: [Command] { command.subcommands + [helpCommand] }

  private func missing(in texts: [String: [String]]) -> UsageProblem? {
    command.options.first { $0.isRequired && texts[$0.name] == nil }.map { .missingOption($0) }
  }

  private func brokenRule(_ texts: [String: [String]]) -> UsageProblem? {
    let given = GivenOptions(texts)
    return command.rules.lazy.compactMap { $0.problem(given) }.first
  }

  private func wrongNumber(of given: [String]) -> UsageProblem? {
    // Jopt-simple's words beside options mean nothing, unless the command says so.
    if command.dialect == .jopt, command.operands.isEmpty { return nil }
    if command.operands.last?.isRepeatable != true, given.count > command.operands.count {
      return .unexpectedOperand(given[command.operands.count])
    }
    return command.operands.dropFirst(given.count).first { $0.isRequired }
      .map { .missingOperand($0) }
  }

  private func unknownSubcommand(_ name: String) -> UsageProblem {
    .unknownSubcommand(name, nearest: NearestName.to(name, among: subcommands.map(\.name)))
  }

  private func refused(_ problem: UsageProblem) -> Outcome {
    .refused(UsageError(problem: problem, path: self))
  }
}
