import ActaCLI
import Arguments

/// What can be typed behind `acta`, from the declarations of its commands; each shell has its own way of saying it.
struct CompletionWords: Sendable {
  struct Word: Sendable {
    /// With its dashes.
    let name: String
    let help: String
    /// Whether something stands behind it.
    let takesValue: Bool
    /// All that may, where they can be counted.
    let values: [String]
    /// Whether that is the name of a file.
    let isFile: Bool
  }

  struct CommandWords: Sendable {
    let name: String
    let help: String
    let options: [Word]
    let subcommands: [String]
    /// Kafka's name for it, which a launcher has; `nil` for our own.
    let launcher: String?
  }

  let commands: [CommandWords]

  /// All that `acta` has.
  static var all: CompletionWords {
    let serve = CommandWords(ServeArguments.command, name: ServeArguments.command.name)
    return CompletionWords(
      commands: [serve] + Tools.all.map { CommandWords($0.command, name: $0.name) })
  }
}

extension CompletionWords.CommandWords {
  init(_ command: Command, name: String) {
    self.name = name
    help = command.abstract
    // Those of subcommands are offered beside the command's own: none of them means two things.
    var seen: Set<String> = []
    let commands = [command] + command.subcommands
    options = commands.flatMap { $0.options + $0.standardOptions }.filter {
      !$0.isHidden && seen.insert($0.name).inserted
    }.map { CompletionWords.Word($0) }
    subcommands = command.subcommands.map(\.name)
    launcher = command.dialect == .acta ? nil : "kafka-\(name)"
  }
}

extension CompletionWords.Word {
  init(_ option: OptionDeclaration) {
    name = "--\(option.name)"
    help = String(option.help.prefix { $0 != "\n" })
    takesValue = option.value != nil
    values = option.value?.choices ?? []
    let value = option.value?.name.lowercased() ?? ""
    isFile = value.hasSuffix("file")
  }
}
