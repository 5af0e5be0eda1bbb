/// Completions for fish.
enum FishCompletion {
  static func script(_ words: CompletionWords) -> String {
    let commands = words.commands.map { command in
      "complete -c acta -f -n __fish_use_subcommand -a \(command.name) -d \(quoted(command.help))\n"
        + lines(command, "-c acta -n \(quoted("__fish_seen_subcommand_from \(command.name)"))")
        + (command.launcher.map { lines(command, "-c \($0)") + lines(command, "-c \($0).sh") } ?? "")
    }
    return "# Completions of acta and its launchers for fish: acta completions fish | source\n"
      + commands.joined()
  }

  private static func lines(
    _ command: CompletionWords.CommandWords, _ condition: String
  ) -> String {
    let options = command.options.map { option in
      let name = "complete \(condition) -l \(option.name.dropFirst(2)) -d \(quoted(option.help))"
      if !option.takesValue { return "\(name) -f\n" }
      if option.isFile { return "\(name) -r -F\n" }
      return option.values.isEmpty
        ? "\(name) -x\n" : "\(name) -x -a \(quoted(option.values.joined(separator: " ")))\n"
    }
    let subcommands = command.subcommands.map { "complete \(condition) -f -a \($0)\n" }
    return (subcommands + options).joined()
  }

  private static func quoted(_ text: String) -> String {
    "'" + text.map { "'\\".contains($0) ? "\\\($0)" : String($0) }.joined() + "'"
  }
}
