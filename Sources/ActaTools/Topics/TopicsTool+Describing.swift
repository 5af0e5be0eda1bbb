import ActaClient
import Arguments

extension TopicsTool {
  func describe(_ admin: Admin, _ console: Console) async throws {
    let topics = try await described(admin)
    let settings = try await settings(admin, of: topics)
    let filter = PartitionFilter(invocation)
    let live = filter.needsLiveBrokers ? try await liveBrokers(admin) : nil
    var text = ""
    var objects: [JSONValue] = []
    for topic in topics {
      let entries = settings[topic.name] ?? []
      let shown = ShownTopic(
        topic, settings: entries, partitions: filter.partitions(of: topic, entries, live: live))
      let isOverridden = !shown.settings.isEmpty
      if filter.showsTopics, !filter.isOverriddenOnly || isOverridden { text += shown.header }
      text += filter.isOverriddenOnly ? "" : shown.lines
      objects.append(shown.json)
    }
    switch invocation[OutputFormat.option] {
    case .text: console.output.write(text)
    case .json: console.writeJSON(.array(objects))
    }
  }

  private func settings(
    _ admin: Admin, of topics: [TopicDescription]
  ) async throws -> [String: [ConfigEntry]] {
    let results = try await admin.describeConfigs(topics.map { .topic($0.name) })
    var settings: [String: [ConfigEntry]] = [:]
    for (resource, result) in results { settings[resource.name] = try result.get() }
    return settings
  }

  /// By name.
  private func described(_ admin: Admin) async throws -> [TopicDescription] {
    if let id = invocation[TopicOptions.topicID], id != Self.noID {
      return try await described(admin, id: id)
    }
    let mayBeMissing = invocation[TopicOptions.ifExists]
    let names = try await topics(admin, mayBeMissing: mayBeMissing)
    let limit = invocation[TopicOptions.pageSize]
    return try await admin.describeTopics(names, partitionsPerResponse: limit).values().sorted {
      $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
    }
  }

  private func described(_ admin: Admin, id: String) async throws -> [TopicDescription] {
    let results = try await admin.describeTopics(ids: [id])
    if case .failure(let error)? = results[id], error.code == Self.unknownTopicID {
      if invocation[TopicOptions.ifExists] { return [] }
      throw ToolError("TopicId '\(id)' does not exist as expected")
    }
    return try results.values.map { try $0.get() }
  }

  private func liveBrokers(_ admin: Admin) async throws -> Set<Int32> {
    Set(
      try await admin.describeCluster().nodes.map(\.id))
  }

  private static let unknownTopicID: Int16 = 100
  /// Kafka's id of no topic.
  private static let noID = "AAAAAAAAAAAAAAAAAAAAAA"
}

/// Which partitions are described, and whether their topics are.
struct PartitionFilter: Sendable {
  let isOverriddenOnly: Bool
  private let isUnderReplicated: Bool
  private let isUnavailable: Bool
  private let isUnderMinISR: Bool
  private let isAtMinISR: Bool

  init(_ invocation: Invocation) {
    isOverriddenOnly = invocation[TopicOptions.withOverrides]
    isUnderReplicated = invocation[TopicOptions.underReplicated]
    isUnavailable = invocation[TopicOptions.unavailable]
    isUnderMinISR = invocation[TopicOptions.underMinISR]
    isAtMinISR = invocation[TopicOptions.atMinISR]
  }

  var showsTopics: Bool { !isUnderReplicated && !isUnavailable && !isUnderMinISR && !isAtMinISR }

  var needsLiveBrokers: Bool { isUnavailable }

  /// - Parameter live: The brokers that there are, where that matters.
  func partitions(
    of topic: TopicDescription, _ settings: [ConfigEntry], live: Set<Int32>?
  ) -> [TopicDescription.Partition] {
    if showsTopics { return topic.partitions }
    let least = settings.first { $0.name == "min.insync.replicas" }?.value.flatMap { Int($0) } ?? 1
    return topic.partitions.filter { partition in
      let inSync = partition.inSyncReplicas.count
      return isUnderReplicated && inSync < partition.replicas.count
        || isUnavailable && partition.leader.map { live?.contains($0) == true } != true
        || isUnderMinISR && inSync < least || isAtMinISR && inSync == least
    }
  }
}

/// A topic as it is printed.
private struct ShownTopic {
  let topic: TopicDescription
  /// Those that are not the default.
  let settings: [ConfigEntry]
  let partitions: [TopicDescription.Partition]

  init(
    _ topic: TopicDescription, settings: [ConfigEntry], partitions: [TopicDescription.Partition]
  ) {
    self.topic = topic
    self.settings = settings.filter { !$0.isDefault }
    self.partitions = partitions
  }

  private var replicationFactor: Int { topic.partitions.first?.replicas.count ?? 0 }

  var header: String {
    let configs = settings.map { "\($0.name)=\($0.value ?? "null")" }.joined(separator: ",")
    let columns =
      ["Topic: \(topic.name)"] + (topic.topicID.map { ["TopicId: \($0)"] } ?? [])
      + [
        "PartitionCount: \(topic.partitions.count)", "ReplicationFactor: \(replicationFactor)",
        "Configs: \(configs)",
      ]
    return columns.joined(separator: "\t") + "\n"
  }

  var lines: String {
    partitions.map { partition in
      let columns = [
        "Topic: \(topic.name)", "Partition: \(partition.partition)",
        "Leader: \(partition.leader.map { "\($0)" } ?? "none")",
        "Replicas: \(list(partition.replicas))", "Isr: \(list(partition.inSyncReplicas))",
        "Elr: \(partition.eligibleLeaderReplicas.map(list) ?? "N/A")",
        "LastKnownElr: \(partition.lastKnownEligibleLeaderReplicas.map(list) ?? "N/A")",
      ]
      return "\t" + columns.joined(separator: "\t") + "\n"
    }.joined()
  }

  private func list(_ brokers: [Int32]) -> String {
    brokers.map { "\($0)" }.joined(separator: ",")
  }

  var json: JSONValue {
    .object([
      ("topic", .string(topic.name)), ("topicId", topic.topicID.map { .string($0) } ?? .null),
      ("partitionCount", .number("\(topic.partitions.count)")),
      ("replicationFactor", .number("\(replicationFactor)")),
      (
        "configs",
        .object(settings.map { ($0.name, $0.value.map { .string($0) } ?? .null) })
      ),
      ("partitions", .array(partitions.map { json($0) })),
    ])
  }

  private func json(_ partition: TopicDescription.Partition) -> JSONValue {
    let brokers = { (ids: [Int32]) in JSONValue.array(ids.map { .number("\($0)") }) }
    return .object([
      ("partition", .number("\(partition.partition)")),
      ("leader", partition.leader.map { .number("\($0)") } ?? .null),
      ("replicas", brokers(partition.replicas)), ("isr", brokers(partition.inSyncReplicas)),
      ("elr", partition.eligibleLeaderReplicas.map(brokers) ?? .null),
      ("lastKnownElr", partition.lastKnownEligibleLeaderReplicas.map(brokers) ?? .null),
    ])
  }
}
