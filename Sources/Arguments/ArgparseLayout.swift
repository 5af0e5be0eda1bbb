/// Help and refusals as Kafka's tools have them from argparse4j.
package struct ArgparseLayout: Sendable {
  /// The library's own, whatever the terminal.
  private static let width = 75
  /// Where the second column begins.
  private static let indent = 25

  package init() {}

  package func help(for path: CommandPath) -> String {
    let command = path.command
    var sections = [usage(path)]
    let isRoot = path.commands.count == 1
    let introduction = command.discussion.isEmpty && isRoot ? command.abstract : command.discussion
    if !introduction.isEmpty { sections.append(fill(introduction)) }
    let options = section("optional arguments", optionEntries(command))
    guard !command.subcommands.isEmpty else {
      return (sections + [options]).joined(separator: "\n\n") + "\n"
    }
    let title = command.subcommandName == nil ? "positional arguments" : "commands"
    let subcommands = section(
      title,
      [("  \(subcommandLabel(command))", "")]
        + command.subcommands.map { ("    \($0.name)", $0.abstract) })
    sections += command.subcommandName == nil ? [subcommands, options] : [options, subcommands]
    return sections.joined(separator: "\n\n") + "\n"
  }

  package func refusal(_ error: UsageError) -> String {
    let program = error.path.commands[0].name
    return usage(error.path) + "\n"
      + fill("\(program): error: \(Self.sentence(error))\n")
  }

  private func fill(_ text: String) -> String {
    JustifiedText.lines(text, width: Self.width).joined(separator: "\n")
  }

  // MARK: Options

  private func optionEntries(_ command: Command) -> [(String, String)] {
    let own = command.options.filter { !$0.isHidden }.map { option in
      let names = ["--\(option.name)"] + (option.short.map { ["-\($0)"] } ?? [])
      return (names.map { $0 + values(option) }.joined(separator: ", "), description(option))
    }
    let standard = ([command.dialect.help] + command.standardOptions.dropLast()).map { option in
      ("-\(option.short ?? "?"), --\(option.name)", option.help)
    }
    return (standard + own).map { ("  \($0)", $1) }
  }

  /// With a space before it; nothing for a flag.
  private func values(_ option: OptionDeclaration) -> String {
    guard let value = option.value else { return "" }
    let name = metavariable(option, value)
    return option.takesSeveralWords ? " \(name) [\(name) ...]" : " \(name)"
  }

  private func metavariable(_ option: OptionDeclaration, _ value: ValueDeclaration) -> String {
    guard value.name == option.name else { return value.name }
    return String(value.name.uppercased().map { $0 == "-" ? "_" : $0 })
  }

  private func description(_ option: OptionDeclaration) -> String {
    option.defaultText.map { "\(option.help) (default: \($0))" } ?? option.help
  }

  private func section(_ title: String, _ entries: [(label: String, text: String)]) -> String {
    let margin = String(repeating: " ", count: Self.indent)
    let lines = entries.flatMap { label, text -> [String] in
      if text.isEmpty { return [label] }
      var lines = JustifiedText.lines(text, width: Self.width - Self.indent).map { margin + $0 }
      guard label.count + 2 <= Self.indent else { return [label] + lines }
      lines[0] = label.padded(to: Self.indent) + lines[0].dropFirst(Self.indent)
      return lines
    }
    return ([title + ":"] + lines).joined(separator: "\n")
  }

  // MARK: Usage

  private func usage(_ path: CommandPath) -> String {
    let title = "usage: "
    let program = title + path.commands[0].name
    // A name that leaves too little room stands in a line of its own.
    let hanging = program.count + 1 > Self.width * 2 / 5 ? title.count : program.count + 1
    var lines = [program]
    for (number, piece) in pieces(path).enumerated() {
      let isBroken = number == 0 && hanging == title.count
      if !isBroken, lines[lines.count - 1].count + 1 + piece.count <= Self.width {
        lines[lines.count - 1] += " " + piece
      } else {
        lines.append(String(repeating: " ", count: hanging) + piece)
      }
    }
    return lines.joined(separator: "\n")
  }

  /// What stays in one line each.
  private func pieces(_ path: CommandPath) -> [String] {
    var pieces: [String] = []
    for (above, next) in zip(path.commands, path.commands.dropFirst()) {
      pieces += above.options.filter(\.isRequired).map { usage($0) } + [next.name]
    }
    let command = path.command
    pieces += command.version == nil ? ["[-h]"] : ["[-h]", "[-v]"]
    let grouped = Set(command.rules.flatMap(\.alternatives).map(\.name))
    pieces += command.options.filter { !$0.isHidden && !grouped.contains($0.name) }
      .map { $0.isRequired ? usage($0) : "[\(usage($0))]" }
    for rule in command.rules where !rule.alternatives.isEmpty {
      var group = rule.alternatives.map { usage($0) }
      for place in group.indices.dropLast() { group[place] += " |" }
      group[0] = (rule.isChoiceRequired ? "(" : "[") + group[0]
      group[group.count - 1] += rule.isChoiceRequired ? ")" : "]"
      pieces += group
    }
    return command.subcommands.isEmpty ? pieces : pieces + [subcommandLabel(command), "..."]
  }

  private func usage(_ option: OptionDeclaration) -> String {
    "--\(option.name)" + values(option)
  }

  private func subcommandLabel(_ command: Command) -> String {
    command.subcommandName ?? "{\(command.subcommands.map(\.name).joined(separator: ","))}"
  }
}
