/// A command with those above it: `acta serve`.
package struct CommandPath: Sendable {
  /// From the program down; never empty.
  package let commands: [Command]

  package init(_ program: Command) {
    commands = [program]
  }

  private init(commands: [Command]) {
    self.commands = commands
  }

  package var command: Command { commands[commands.count - 1] }

  /// As it is typed.
  package var name: String { commands.map(\.name).joined(separator: " ") }

  package func appending(_ subcommand: Command) -> CommandPath {
    CommandPath(commands: commands + [subcommand])
  }
}
