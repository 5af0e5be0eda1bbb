package import ActaClient
package import Arguments

/// How a tool is told of its cluster.
package struct ConnectionOptions: Sendable {
  package let bootstrapServer: Option<String?>
  /// Treated like brokers: with one node the controller is the broker.
  package let bootstrapController: Option<String?>?
  package let commandConfig: Option<String?>
  /// Old names of `commandConfig`.
  package let oldCommandConfig: Option<String?>?

  /// For a command's list.
  package var all: [any DeclaredOption] {
    [bootstrapServer, bootstrapController, oldCommandConfig, commandConfig].compactMap { $0 }
  }

  /// `--bootstrap-server` and `--command-config`, as Kafka's older tools have them.
  package static let jopt = ConnectionOptions(
    bootstrapServer: Option(
      "bootstrap-server", takes: .text, valueName: "server to connect to",
      help: "REQUIRED: Brokers to begin with, host:port, separated by commas."),
    bootstrapController: nil,
    commandConfig: Option(
      "command-config", takes: .text, valueName: "command config property file",
      help: "A file with properties of the admin client."),
    oldCommandConfig: nil)

  /// The same for those that may begin with controllers; one of the two is given.
  static let joptWithControllers = ConnectionOptions(
    bootstrapServer: Option(
      "bootstrap-server", takes: .text, valueName: "server to connect to",
      help: "Brokers to begin with, host:port, separated by commas."),
    bootstrapController: Option(
      "bootstrap-controller", takes: .text, valueName: "controller to connect to",
      help: "Controllers to begin with; here the broker is its own."),
    commandConfig: jopt.commandConfig, oldCommandConfig: nil)

  // MARK: What was given

  /// The configuration of an administrator; what it does not know of the file is passed over, as Kafka does.
  ///
  /// - Throws: `ClientSetupFailure`
  package func adminConfiguration(
    _ invocation: Invocation, properties given: [KeyValue] = []
  ) throws -> AdminConfiguration {
    let servers = invocation[bootstrapServer] ?? bootstrapController.flatMap { invocation[$0] }
    return try Self.adminConfiguration(
      servers: servers, file: file(invocation), properties: given)
  }

  /// The same where a tool declares its options otherwise.
  package static func adminConfiguration(
    servers: String?, file: String?, properties given: [KeyValue] = []
  ) throws -> AdminConfiguration {
    var properties = try ClientSetupFailure.properties(of: file)
    for property in given { properties[property.key] = property.value }
    if let servers { properties["bootstrap.servers"] = servers }
    let used = properties
    let configuration = try ClientSetupFailure.checking(for: .admin) { () throws(KafkaError) in
      try AdminConfiguration(properties: used, unknown: .ignored)
    }
    try ClientSetupFailure.check(configuration.bootstrapServers, for: .admin)
    return configuration
  }

  private func file(_ invocation: Invocation) -> String? {
    invocation[commandConfig] ?? oldCommandConfig.flatMap { invocation[$0] }
  }
}
