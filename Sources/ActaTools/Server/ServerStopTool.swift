package import Arguments

/// `kafka-server-stop`: tells brokers of this user's to stop.
package struct ServerStopTool: Tool {
  package static let name = "server-stop"

  private static let role = Option(
    "process-role", takes: .text, help: "Only those with this role: broker or controller.")
  private static let nodeID = Option<Int32?>(
    "node-id", takes: .integer, help: "Only the one whose node.id it is.")

  package static var command: Command {
    Command(
      name: "kafka-server-stop",
      abstract: "This tool tells the Kafka servers of this user to stop.", dialect: .jopt,
      options: [role, nodeID])
  }

  private let invocation: Invocation

  package init(_ invocation: Invocation) throws { self.invocation = invocation }

  package func run(_ console: Console) async throws -> Int32 {
    let servers = try wanted()
    if servers.isEmpty {
      console.output.write("No kafka server to stop\n")
      return 1
    }
    for server in servers { try server.terminate() }
    return 0
  }

  /// Each of them has both roles.
  private func wanted() throws -> [ServerProcess] {
    if let role = invocation[Self.role], role != "broker", role != "controller" {
      throw ToolError("Unknown process role '\(role)': there are broker and controller.")
    }
    guard let nodeID = invocation[Self.nodeID] else { return ServerProcess.all() }
    return ServerProcess.all().filter { $0.nodeID == nodeID }
  }
}
