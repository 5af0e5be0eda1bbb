import ActaClient
package import Arguments

/// `kafka-broker-api-versions`: which APIs each broker speaks, in which versions.
package struct BrokerAPIVersionsTool: Tool {
  package static let name = "broker-api-versions"

  private let invocation: Invocation

  package init(_ invocation: Invocation) throws { self.invocation = invocation }

  package func run(_ console: Console) async throws -> Int32 {
    var configuration = try Self.connection.adminConfiguration(invocation)
    // Kafka's has the same patience, and health checks wait for it.
    configuration.requestTimeoutMilliseconds = 5_000
    configuration.defaultAPITimeoutMilliseconds = 5_000
    let servers = configuration.bootstrapServers
    try await Admin.with(configuration) { admin in
      let nodes: [Node]
      do {
        nodes = try await admin.describeCluster().nodes
      } catch let error as KafkaError where error.code == nil && !error.isInterruption {
        let names = servers.map { "\($0) (id: -1 rack: null isFenced: false)" }
        throw ToolError(
          "Request METADATA failed on brokers [\(names.joined(separator: ", "))]")
      }
      try await APIVersionsText.write(
        of: admin, nodes, as: invocation[OutputFormat.option], console)
    }
    return 0
  }

  package static func report(_ error: any Error, to console: Console) -> Int32 {
    let text = (error as? ClientSetupFailure)?.cause ?? FailureText.of(error)
    console.errors.write(text + "\n")
    return 1
  }
}

extension BrokerAPIVersionsTool {
  private static let connection = ConnectionOptions(
    bootstrapServer: Option(
      "bootstrap-server", takes: .text, valueName: "server(s) to use for bootstrapping",
      help: "REQUIRED: Brokers to begin with, separated by commas."),
    bootstrapController: nil,
    commandConfig: Option(
      "command-config", takes: .text, valueName: "command config property file",
      help: "A file with properties of the admin client."),
    oldCommandConfig: nil)

  package static var command: Command {
    Command(
      name: "kafka-broker-api-versions",
      abstract: "This tool helps to retrieve broker version information.",
      version: KafkaVersion.current, dialect: .jopt,
      options: connection.all + [OutputFormat.option],
      rules: [.requires([connection.bootstrapServer])])
  }
}
