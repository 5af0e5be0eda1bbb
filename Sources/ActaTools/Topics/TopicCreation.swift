import ActaClient
import Arguments

/// `kafka-topics --create`
struct TopicCreation: Sendable {
  private let topic: NewTopic
  private let mayExist: Bool

  /// - Throws: `ToolError` in Kafka's words for numbers and settings that cannot be.
  init(_ invocation: Invocation) throws(ToolError) {
    if invocation[TopicOptions.topic] == "" {
      throw ToolError("The given topic name '' cannot be represented in a request.")
    }
    let partitions = invocation[TopicOptions.partitions]
    let factor = invocation[TopicOptions.replicationFactor]
    if let partitions, partitions < 1 {
      throw ToolError("The partitions must be greater than 0")
    }
    if let factor, factor < 1 || factor > Int16.max {
      throw ToolError("The replication factor must be between 1 and 32767 inclusive")
    }
    var topic = NewTopic(
      invocation[TopicOptions.topic] ?? "", partitions: partitions,
      replicationFactor: factor.map { Int16($0) })
    topic.configs = try Self.configs(invocation[TopicOptions.config])
    if let text = invocation[TopicOptions.replicaAssignment] {
      topic.assignments = try ReplicaAssignment(text).brokers
    }
    self.topic = topic
    mayExist = invocation[TopicOptions.ifNotExists]
  }

  func run(_ admin: Admin, _ console: Console) async throws {
    if topic.name.utf8.contains(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") }) {
      console.output.write(Self.collisionNotice)
    }
    let results = try await admin.createTopics([topic])
    if case .failure(let error)? = results[topic.name] {
      if mayExist, error.code == Self.topicExists { return }
      throw error
    }
    console.output.write("Created topic \(topic.name).\n")
  }

  private static let topicExists: Int16 = 36

  private static let collisionNotice = """
    WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could \
    collide. To avoid issues it is best to use either, but not both.

    """

  /// Each is split at every equals sign, and must have one, and a value.
  private static func configs(_ texts: [String]) throws(ToolError) -> [String: String] {
    var configs: [String: String] = [:]
    for text in texts {
      let parts = text.utf8.split(separator: UInt8(ascii: "="), omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[1].isEmpty else {
        throw ToolError(
          "requirement failed: Invalid topic config: all configs to be added must be in the format "
            + "\"key=val\".")
      }
      configs[String(parts[0])?.trimmingBlanks ?? ""] = String(parts[1])?.trimmingBlanks
    }
    return configs
  }
}

/// `1:2,2:1`: the brokers of each partition.
struct ReplicaAssignment: Sendable {
  let brokers: [[Int32]]

  /// - Throws: `ToolError` in Kafka's words.
  init(_ text: String) throws(ToolError) {
    var brokers: [[Int32]] = []
    for (partition, part) in text.split(separator: ",").enumerated() {
      var replicas: [Int32] = []
      for number in part.split(separator: ":") {
        guard let broker = Int32(String(number).trimmingBlanks) else {
          throw ToolError("For input string: \"\(number)\"")
        }
        replicas.append(broker)
      }
      guard Set(replicas).count == replicas.count else {
        let twice = Set(replicas.filter { one in replicas.count { $0 == one } > 1 }).sorted()
        throw ToolError(
          "Partition replica lists may not contain duplicate entries: "
            + twice.map { "\($0)" }.joined(separator: ","))
      }
      if let first = brokers.first, first.count != replicas.count {
        throw ToolError("Partition \(partition) has different replication factor: \(replicas)")
      }
      brokers.append(replicas)
    }
    self.brokers = brokers
  }
}

extension String {
  var trimmingBlanks: String {
    let kept = drop { $0 == " " || $0 == "\t" }
    guard let last = kept.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
    return String(kept[...last])
  }
}
