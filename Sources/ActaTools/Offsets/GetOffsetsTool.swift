import ActaClient
package import Arguments

/// `kafka-get-offsets`: where partitions end, begin, or were at a time.
package struct GetOffsetsTool: Tool {
  package static let name = "get-offsets"

  private let invocation: Invocation

  package init(_ invocation: Invocation) throws { self.invocation = invocation }

  package func run(_ console: Console) async throws -> Int32 {
    let servers = try BootstrapServers.checked(
      invocation[Self.connection.bootstrapServer] ?? invocation[Self.brokerList], invocation)
    let isMixed =
      invocation.given.contains(Self.topicPartitions)
      && invocation.given.count(of: [Self.topic, Self.partitions]) > 0
    if isMixed {
      throw ToolError("--topic-partitions cannot be used with --topic or --partitions")
    }
    let spec = try Self.spec(invocation[Self.time])
    let filter = try filter()
    let configuration = try ConnectionOptions.adminConfiguration(
      servers: servers, file: invocation[Self.connection.commandConfig])
    try await Admin.with(configuration) { admin in
      let partitions = try await selected(admin, filter)
      let offsets = try await admin.listOffsets(
        Dictionary(uniqueKeysWithValues: partitions.map { ($0, spec) }))
      write(offsets, console)
    }
    return 0
  }

  package static func report(_ error: any Error, to console: Console) -> Int32 {
    // Of its own words Java's tool tells no class.
    let isKafkas = error is KafkaError
    let text = isKafkas ? FailureText.logged(error) : FailureText.of(error)
    console.errors.write("Error occurred: \(text)\n")
    return 1
  }

  /// Words that cannot be read are an error like any other here.
  package static func answer(to error: UsageError, columns: Int) -> Answer {
    switch error.problem {
    case .unknownOption, .missingValue:
      let text = JoptLayout.sentence(error.problem)
      return Answer("Error occurred: \(text)\n", isComplaint: true, exitCode: 1)
    default: return Answer(error, columns: columns)
    }
  }

  // MARK: Which partitions

  private func filter() throws -> PartitionSelection {
    if let text = invocation[Self.topicPartitions] { return try PartitionSelection(list: text) }
    return try PartitionSelection(
      topic: invocation[Self.topic], partitions: invocation[Self.partitions])
  }

  /// In order of their names as they are printed.
  private func selected(
    _ admin: Admin, _ filter: PartitionSelection
  ) async throws -> [TopicPartition] {
    let hasInternal = !invocation[Self.excludeInternal]
    let names = try await admin.listTopics(includeInternal: hasInternal).map(\.name)
    let topics = try await admin.describeTopics(filter.topics(names)).values()
    let partitions = topics.flatMap { topic in
      topic.partitions.map { TopicPartition(topic.name, $0.partition) }
    }.filter { filter.includes($0) }
    if partitions.isEmpty {
      throw ToolError("Could not match any topic-partitions with the specified filters")
    }
    return partitions
  }

  private func write(
    _ offsets: [TopicPartition: Result<ListedOffset?, KafkaError>], _ console: Console
  ) {
    let sorted = offsets.map { (name: "\($0.key.topic)-\($0.key.partition)", $0.key, $0.value) }
      .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    var objects: [JSONValue] = []
    for (name, partition, result) in sorted {
      switch result {
      case .failure(let error):
        console.errors.write(
          "Skip getting offsets for topic-partition \(name) due to error: "
            + "\(FailureText.logged(error))\n")
      case .success(nil): continue
      case .success(let listed?):
        objects.append(
          .object([
            ("topic", .string(partition.topic)), ("partition", .number("\(partition.partition)")),
            ("offset", .number("\(listed.offset)")),
          ]))
        if invocation[OutputFormat.option] == .text {
          console.output.write("\(partition.topic):\(partition.partition):\(listed.offset)\n")
        }
      }
    }
    if invocation[OutputFormat.option] == .json { console.writeJSON(.array(objects)) }
  }

  // MARK: When

  private static func spec(_ text: String) throws(ToolError) -> OffsetSpec {
    switch text {
    case "earliest", "-2": return .earliest
    case "latest", "-1": return .latest
    case "max-timestamp", "-3": return .maxTimestamp
    case "earliest-local", "-4": return .earliestLocal
    case "latest-tiered", "-5": return .latestTiered
    case "earliest-pending-upload", "-6": return .earliestPendingUpload
    default:
      guard let timestamp = Int64(text), timestamp >= 0 else {
        throw ToolError(
          "Malformed time argument \(text). Please use -1 or latest / -2 or earliest / -3 or "
            + "max-timestamp / -4 or earliest-local / -5 or latest-tiered / -6 or "
            + "earliest-pending-upload, or a specified long format timestamp")
      }
      return .timestamp(timestamp)
    }
  }
}

extension GetOffsetsTool {
  private static let connection = ConnectionOptions(
    bootstrapServer: Option(
      "bootstrap-server", takes: .text, valueName: "HOST1:PORT1,...,HOST3:PORT3",
      help: "REQUIRED: Brokers to begin with, separated by commas."),
    bootstrapController: nil,
    commandConfig: Option(
      "command-config", takes: .text, valueName: "config file",
      help: "A file with properties of the admin client."),
    oldCommandConfig: nil)
  private static let brokerList = Option(
    "broker-list", takes: .text, valueName: "HOST1:PORT1,...,HOST3:PORT3",
    help: "The old name of --bootstrap-server.", isHidden: true)
  private static let topic = Option(
    "topic", takes: .text, valueName: "topic",
    help: "The topic, also as a regular expression that the whole name matches; all topics if not "
      + "given.")
  private static let partitions = Option(
    "partitions", takes: .text, valueName: "partition ids",
    help: "Numbers of partitions, separated by commas; all if not given.")
  private static let topicPartitions = Option(
    "topic-partitions", takes: .text, valueName: "topic1:1,topic2:0-3,topic3,topic4:5-,topic5:-3",
    help: "Topics with partitions, separated by commas, in place of --topic and --partitions. A "
      + "topic is a regular expression, none is all; behind the colon stands a number, a range "
      + "without its end, or one that is open.")
  private static let time = Option<String>(
    "time", takes: .text,
    valueName: "<timestamp> / -1 or latest / -2 or earliest / -3 or max-timestamp / -4 or "
      + "earliest-local / -5 or latest-tiered / -6 or earliest-pending-upload",
    default: "latest",
    help: "Which offset: an end, or that of the first record at or behind a time in milliseconds "
      + "since 1970. A partition without such a record is left out.")
  private static let excludeInternal = Option(
    flag: "exclude-internal-topics", help: "Leave the cluster's own topics out.")

  package static var command: Command {
    Command(
      name: "kafka-get-offsets",
      abstract: "An interactive shell for getting topic-partition offsets.",
      version: KafkaVersion.current, dialect: .jopt,
      options: connection.all + [
        brokerList, topic, partitions, topicPartitions, time, excludeInternal, OutputFormat.option,
      ],
      rules: [
        .that { given in
          given.count(of: [connection.bootstrapServer, brokerList]) > 0
            ? nil : "Missing required argument \"[bootstrap-server]\""
        }
      ])
  }
}
