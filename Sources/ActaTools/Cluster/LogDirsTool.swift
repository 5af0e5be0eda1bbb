import ActaClient
package import Arguments

/// `kafka-log-dirs`: where brokers keep partitions, and how large these are.
package struct LogDirsTool: Tool {
  package static let name = "log-dirs"

  private let invocation: Invocation

  package init(_ invocation: Invocation) throws { self.invocation = invocation }

  package func run(_ console: Console) async throws -> Int32 {
    let configuration = try Self.connection.adminConfiguration(invocation)
    let wanted = try Self.brokers(invocation[Self.brokerList])
    let topics = Self.words(invocation[Self.topicList])
    return try await Admin.with(configuration) { admin in
      let known = Set(try await admin.describeCluster().nodes.map(\.id))
      let missing = wanted.subtracting(known)
      if !missing.isEmpty {
        console.errors.write(
          "ERROR: The given brokers do not exist from --broker-list: \(Self.list(missing)). Current "
            + "existent brokers: \(Self.list(known))\n")
        return 1
      }
      let brokers = wanted.isEmpty ? known : wanted
      console.output.write("Querying brokers for log directories information\n")
      let results = try await admin.describeLogDirs(of: brokers)
      console.output.write(
        "Received log directory information from brokers \(Self.list(brokers))\n")
      let described = try results.sorted { $0.key < $1.key }.map { broker, result in
        try Self.json(broker, result.get(), topics)
      }
      console.writeJSON(
        .object([("brokers", .array(described)), ("version", .number("1"))]))
      return 0
    }
  }

  // MARK: What was given

  private static func words(_ text: String?) -> Set<String> {
    Set((text ?? "").split(separator: ",").map(String.init))
  }

  private static func brokers(_ text: String?) throws(ToolError) -> Set<Int32> {
    var ids: Set<Int32> = []
    for word in words(text).sorted() {
      guard let id = Int32(word) else { throw ToolError("For input string: \"\(word)\"") }
      ids.insert(id)
    }
    return ids
  }

  private static func list(_ ids: Set<Int32>) -> String {
    ids.sorted().map { "\($0)" }.joined(separator: ",")
  }

  // MARK: What is printed

  /// - Parameter topics: Which are wanted; empty is all.
  private static func json(
    _ broker: Int32, _ directories: [LogDirDescription], _ topics: Set<String>
  ) -> JSONValue {
    let described = directories.map { directory -> JSONValue in
      let partitions = directory.replicas
        .filter { topics.isEmpty || topics.contains($0.key.topic) }
        .map { (name: "\($0.key.topic)-\($0.key.partition)", replica: $0.value) }
        .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
      return .object([
        ("partitions", .array(partitions.map { json($0.name, $0.replica) })),
        ("error", directory.error.map { .string(FailureText.logged($0)) } ?? .null),
        ("logDir", .string(directory.path)),
      ])
    }
    return .object([("broker", .number("\(broker)")), ("logDirs", .array(described))])
  }

  private static func json(_ name: String, _ replica: LogDirDescription.Replica) -> JSONValue {
    .object([
      ("partition", .string(name)), ("size", .number("\(replica.size)")),
      ("offsetLag", .number("\(replica.offsetLag)")), ("isFuture", .bool(replica.isFuture)),
    ])
  }
}

extension LogDirsTool {
  private static let connection = ConnectionOptions(
    bootstrapServer: Option(
      "bootstrap-server", takes: .text, valueName: "The server(s) to use for bootstrapping",
      help: "REQUIRED: Brokers to begin with, separated by commas."),
    bootstrapController: nil,
    commandConfig: Option(
      "command-config", takes: .text, valueName: "Admin client property file",
      help: "A file with properties of the admin client."),
    oldCommandConfig: nil)
  private static let describe = Option(flag: "describe", help: "Describe directories of brokers.")
  private static let topicList = Option(
    "topic-list", takes: .text, valueName: "Topic list",
    help: "Only these topics, separated by commas: topic1,topic2.")
  private static let brokerList = Option(
    "broker-list", takes: .text, valueName: "Broker list",
    help: "Only these brokers, by id, separated by commas: 0,1,2.")

  package static var command: Command {
    Command(
      name: "kafka-log-dirs",
      abstract: "This tool helps to query log directory usage on the specified brokers.",
      version: KafkaVersion.current, dialect: .jopt,
      options: connection.all + [describe, topicList, brokerList],
      rules: [.requires([connection.bootstrapServer, describe])])
  }
}
