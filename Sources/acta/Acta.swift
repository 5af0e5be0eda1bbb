import ActaCLI
import ArgumentParser

/// The program: Kafka in one SQLite file.
@main
struct Acta: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "acta",
    abstract: "Kafka in one SQLite file.",
    version: Version.current,
    subcommands: [Serve.self])
}
