import Arguments

/// What `kafka-features` can be told.
enum FeatureOptions {
  static let controller = Option(
    "bootstrap-controller", takes: .text,
    help: "Controllers to begin with, host:port, separated by commas.")
  static let connection = ConnectionOptions(
    bootstrapServer: Option(
      "bootstrap-server", takes: .text,
      help: "Brokers to begin with, host:port, separated by commas."),
    bootstrapController: controller,
    commandConfig: Option(
      "command-config", takes: .text, help: "A file with properties of the admin client."),
    oldCommandConfig: nil)

  static let nodeID = Option<Int32?>(
    "node-id", takes: .integer, help: "The node to ask; else any.")
  static let metadata = Option(
    "metadata", takes: .text, help: "DEPRECATED -- The level of the metadata, as 3.3-IV3.")
  static let release = Option(
    "release-version", takes: .text, help: "The release whose levels all features are to have.")
  static let features = Option(
    repeatable: "feature", takes: .text, help: "A feature's level, feature=level.")
  static let disabled = Option(
    repeatable: "feature", takes: .text, help: "A feature to disable.")
  static let lookedUp = Option(
    repeatable: "feature", takes: .text,
    help: "A feature and its level, feature=level.", isRequired: true)
  static let isUnsafe = Option(
    flag: "unsafe", help: "Even if metadata may be lost for good.")
  static let isDryRun = Option(flag: "dry-run", help: "Only see whether it could be done.")

  private static func subcommand(
    _ name: String, _ abstract: String, _ options: [any DeclaredOption]
  ) -> Command {
    Command(
      name: name, abstract: abstract, dialect: .argparse, options: options, helpExitCode: 0)
  }

  static var command: Command {
    Command(
      name: "kafka-features", abstract: "This tool manages feature flags in Kafka.",
      dialect: .argparse, options: connection.all,
      subcommands: [
        subcommand(
          "describe", "Describes the current active feature flags.",
          [nodeID, OutputFormat.unlisted]),
        subcommand(
          "upgrade", "Upgrade one or more feature flags.",
          [metadata, release, features, isDryRun]),
        subcommand(
          "downgrade", "Downgrade one or more feature flags.",
          [metadata, release, features, isUnsafe, isDryRun]),
        subcommand(
          "disable",
          "Disable one or more feature flags. This is the same as downgrading the version to zero.",
          [disabled, isUnsafe, isDryRun]),
        subcommand(
          "version-mapping",
          "Look up the corresponding features for a given metadata version. Using the command with "
            + "no --release-version argument will return the mapping for the latest stable metadata "
            + "version", [release]),
        subcommand(
          "feature-dependencies",
          "Look up dependencies for a given feature version. If the feature is not known or the "
            + "version not yet defined, an error is thrown. Multiple features can be specified.",
          [lookedUp]),
      ],
      rules: [.oneOf([connection.bootstrapServer, controller], isRequired: false)],
      helpExitCode: 0)
  }
}
