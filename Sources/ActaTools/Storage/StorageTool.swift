package import Arguments

/// `kafka-storage`: what is done before a broker's first start. Acta needs none of it, and makes its file when it is
/// started; tutorials and scripts begin with it, and choose the cluster's id.
package struct StorageTool: Tool {
  package static let name = "storage"

  private let invocation: Invocation

  package init(_ invocation: Invocation) throws { self.invocation = invocation }

  package func run(_ console: Console) async throws -> Int32 {
    switch invocation.path.command.name {
    case "random-uuid": console.output.write(RandomID.text() + "\n")
    case "format": try format(console)
    case "info": return try info(console)
    case "version-mapping": try FeatureTables.writeMapping(invocation[Self.release], console)
    default: try FeatureTables.writeDependencies(invocation[Self.features], console)
    }
    return 0
  }

  // MARK: Formatting

  private func format(_ console: Console) throws {
    let id = invocation[Self.clusterID]
    let isNamed =
      !id.isEmpty && id.utf8.count <= 255 && id.utf8.allSatisfy { $0 > 32 && $0 < 127 }
    guard isNamed else {
      throw ToolError("The cluster ID '\(id)' is not 1 to 255 letters, digits and signs.")
    }
    let directory = try StorageDirectory(configuredBy: invocation[Self.config], console)
    try checkVoters(directory)
    try checkFeatures()
    if try MetaProperties(in: directory.path) != nil || directory.hasLog {
      guard invocation[Self.ignoreFormatted] else {
        throw ToolError(
          "Log directory \(directory.path) is already formatted. Use --ignore-formatted to ignore "
            + "this directory and format the others.")
      }
      console.output.write("All of the log directories are already formatted.\n")
      return
    }
    try directory.format(clusterID: id)
    console.output.write(
      "Formatting \(kind) directory \(directory.path) with metadata.version "
        + "\(MetadataVersion.current.name).\n")
  }

  private var kind: String {
    if invocation[Self.noControllers] { return "dynamic metadata" }
    let isVoter = invocation[Self.standalone] || invocation[Self.controllers] != nil
    return isVoter ? "dynamic metadata voter" : "metadata"
  }

  private func checkVoters(_ directory: StorageDirectory) throws(ToolError) {
    let isVoter = invocation[Self.standalone] || invocation[Self.controllers] != nil
    if directory.hasVoters, isVoter {
      throw ToolError(
        "You cannot specify controller.quorum.voters and format the node with "
          + "--initial-controllers or --standalone. If you want to use dynamic quorum, please remove "
          + "controller.quorum.voters and specify controller.quorum.bootstrap.servers instead.")
    }
    if directory.isController, !directory.hasVoters, !isVoter, !invocation[Self.noControllers] {
      throw ToolError(
        "Because controller.quorum.voters is not set on this controller, you must specify one of "
          + "the following: --standalone, --initial-controllers, or --no-initial-controllers.")
    }
  }

  /// What the broker has it has; a name that there is not is a mistake all the same.
  private func checkFeatures() throws(ToolError) {
    if let release = invocation[Self.release] { _ = try FeatureTables.version(release) }
    for text in invocation[Self.features] {
      let name = try FeatureLevel(text).name
      guard FeatureTables.named(name) == nil else { continue }
      let names = FeatureTables.all.map(\.name).sorted().joined(separator: ", ")
      throw ToolError("Unsupported feature: \(name). Supported features are: \(names)")
    }
    if !invocation[Self.scram].isEmpty {
      throw ToolError(
        "Credentials are not kept before there is a broker: add them with kafka-configs --alter "
          + "--entity-type users.")
    }
  }

  // MARK: Looking

  private func info(_ console: Console) throws -> Int32 {
    let directory = try StorageDirectory(configuredBy: invocation[Self.config], console)
    let metadata = try MetaProperties(in: directory.path)
    if directory.exists { console.output.write("Found log directory:\n  \(directory.path)\n\n") }
    if let metadata { console.output.write("Found metadata: \(metadata.text)\n\n") }
    guard metadata == nil else { return 0 }
    let problem = directory.exists ? "is not formatted." : "does not exist"
    console.output.write("Found problem:\n  \(directory.path) \(problem)\n\n")
    return 1
  }
}

extension StorageTool {
  private static let config = Option(
    required: "config", short: "c", takes: .text, help: "The Kafka configuration file to use.")
  private static let clusterID = Option(
    required: "cluster-id", short: "t", takes: .text, help: "The cluster ID to use.")
  private static let scram = Option(
    repeatable: "add-scram", short: "S", takes: .text,
    help: "A credential for the first start. Not kept here: use kafka-configs.")
  private static let ignoreFormatted = Option(
    flag: "ignore-formatted", short: "g", help: "Whether a directory may be formatted already.")
  private static let release = Option(
    "release-version", short: "r", takes: .text,
    help: "A release of Kafka. Acta always has the features of its own.")
  private static let features = Option(
    repeatable: "feature", short: "f", takes: .text,
    help: "A feature's level, feature=level. Acta always has those of its release.")
  private static let standalone = Option(
    flag: "standalone", short: "s", help: "The node is the only controller, as Acta always is.")
  private static let noControllers = Option(
    flag: "no-initial-controllers", short: "N", help: "No controllers are named.")
  private static let controllers = Option(
    "initial-controllers", short: "I", takes: .text, help: "The controllers to begin with.")

  package static var command: Command {
    Command(
      name: "kafka-storage", abstract: "The Kafka storage tool.", dialect: .argparse,
      subcommands: [
        Command(
          name: "info", abstract: "Get information about the Kafka log directories on this node.",
          dialect: .argparse, options: [config], helpExitCode: 0),
        Command(
          name: "format", abstract: "Format the Kafka log directories on this node.",
          dialect: .argparse,
          options: [
            config, clusterID, scram, ignoreFormatted, release, features, standalone,
            noControllers, controllers,
          ], rules: [.oneOf([standalone, noControllers, controllers], isRequired: false)],
          helpExitCode: 0),
        Command(
          name: "version-mapping",
          abstract:
            "Look up the corresponding features for a given metadata version. Using the command with "
            + "no --release-version argument will return the mapping for the latest stable metadata "
            + "version", dialect: .argparse, options: [release], helpExitCode: 0),
        Command(
          name: "feature-dependencies",
          abstract:
            "Look up dependencies for a given feature version. If the feature is not known or the "
            + "version not yet defined, an error is thrown. Multiple features can be specified.",
          dialect: .argparse, options: [features], helpExitCode: 0),
        Command(
          name: "random-uuid", abstract: "Print a random UUID.", dialect: .argparse,
          helpExitCode: 0),
      ], helpExitCode: 0)
  }
}
