import ActaClient
package import Arguments

/// `kafka-cluster`: the cluster's id, its brokers, how they are reached and what they speak.
package struct ClusterTool: Tool {
  package static let name = "cluster"

  private let invocation: Invocation

  package init(_ invocation: Invocation) throws { self.invocation = invocation }

  package func run(_ console: Console) async throws -> Int32 {
    try checkFiles(console)
    let configuration = try Self.connection.adminConfiguration(invocation)
    try await Admin.with(configuration) { admin in
      switch invocation.path.command.name {
      case "cluster-id": try await writeID(admin, console)
      case "unregister": try await unregister(admin, console)
      case "unregister-controller": try await unregisterController(admin, console)
      case "api-versions":
        try await APIVersionsText.write(of: admin, as: invocation[OutputFormat.unlisted], console)
      default: try await listEndpoints(admin, console)
      }
    }
    return 0
  }

  /// The old name of an option still works, alone.
  private func checkFiles(_ console: Console) throws(ToolError) {
    guard let old = Self.connection.oldCommandConfig, invocation.given.contains(old) else { return }
    if invocation.given.contains(Self.connection.commandConfig) {
      throw ToolError("--config and --command-config cannot be specified together.")
    }
    console.output.write(
      "Option --config has been deprecated and will be removed in a future version. Use "
        + "--command-config instead.\n")
  }

  package static func report(_ error: any Error, to console: Console) -> Int32 {
    let isUnmade = error is ClientSetupFailure
    console.errors.write(
      (isUnmade ? FailureText.of(error) : FailureText.logged(error)) + "\n")
    return 1
  }

  private func writeID(_ admin: Admin, _ console: Console) async throws {
    if let id = try await admin.describeCluster().clusterID {
      console.output.write("Cluster ID: \(id)\n")
    } else {
      console.output.write("No cluster ID found. The Kafka version is probably too old.\n")
    }
  }

  private func unregister(_ admin: Admin, _ console: Console) async throws {
    let id = invocation[Self.id]
    try await admin.unregisterBroker(id)
    console.output.write("Broker \(id) is no longer registered.\n")
  }

  private func unregisterController(_ admin: Admin, _ console: Console) async throws {
    let id = invocation[Self.controllerID]
    try await admin.unregisterController(id)
    console.output.write("Controller \(id) is no longer registered.\n")
  }

  private func listEndpoints(_ admin: Admin, _ console: Console) async throws {
    let nodes = try await admin.describeCluster(includeFencedBrokers: invocation[Self.fenced]).nodes
    if invocation[OutputFormat.unlisted] == .json {
      return console.writeJSON(.array(nodes.map(\.json)))
    }
    var table = TextTable([
      .init("ID", minimumWidth: 10), .init("HOST", minimumWidth: 9),
      .init("PORT", minimumWidth: 10), .init("RACK", minimumWidth: 10),
      .init("STATE", minimumWidth: 10), .init("ENDPOINT_TYPE", minimumWidth: 15),
    ])
    for node in nodes {
      table.append([
        "\(node.id)", node.host, "\(node.port)", node.rack ?? "null",
        node.isFenced ? "fenced" : "unfenced", "broker",
      ])
    }
    console.output.write(table.lines.map { $0 + "\n" }.joined())
  }
}

extension Node {
  fileprivate var json: JSONValue {
    .object([
      ("id", .integer(id)), ("host", .string(host)), ("port", .integer(port)),
      ("rack", .text(rack)),
      ("state", .string(isFenced ? "fenced" : "unfenced")), ("endpointType", .string("broker")),
    ])
  }
}

extension ClusterTool {
  private static let connection = ConnectionOptions(
    bootstrapServer: Option(
      "bootstrap-server", short: "b", takes: .text,
      help: "Brokers to begin with, host:port, separated by commas."),
    bootstrapController: Option(
      "bootstrap-controller", short: "C", takes: .text,
      help: "Controllers to begin with, host:port, separated by commas."),
    commandConfig: Option(
      "command-config", short: "c", takes: .text,
      help: "A file with properties of the admin client."),
    oldCommandConfig: Option(
      "config", takes: .text,
      help: "(DEPRECATED) A file with properties of the admin client. Use --command-config instead."
    ))
  private static let id = Option<Int32>(
    required: "id", short: "i", takes: .integer, help: "The ID of the broker to unregister.")
  private static let controllerID = Option<Int32>(
    required: "id", short: "i", takes: .integer, help: "The ID of the controller to unregister.")
  private static let fenced = Option(
    flag: "include-fenced-brokers", help: "Whether to list brokers that clients are kept from.")

  private static func subcommand(
    _ name: String, _ abstract: String, _ options: [any DeclaredOption] = []
  ) -> Command {
    Command(
      name: name, abstract: abstract, dialect: .argparse, options: connection.all + options,
      rules: [
        .oneOf(
          [connection.bootstrapServer] + [connection.bootstrapController].compactMap { $0 },
          isRequired: true)
      ])
  }

  package static var command: Command {
    Command(
      name: "kafka-cluster", abstract: "The Kafka cluster tool.", dialect: .argparse,
      subcommands: [
        subcommand("cluster-id", "Get information about the ID of a cluster."),
        subcommand("unregister", "Unregister a broker.", [id]),
        subcommand("unregister-controller", "Unregister a controller.", [controllerID]),
        subcommand("list-endpoints", "List endpoints", [fenced, OutputFormat.unlisted]),
        subcommand(
          "api-versions", "Get information about the api versions of the brokers or controllers.",
          [OutputFormat.unlisted]),
      ])
  }
}
