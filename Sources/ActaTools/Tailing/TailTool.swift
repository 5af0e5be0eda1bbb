import ActaClient
package import Arguments

/// `acta tail`: what is in a topic, and what comes.
package struct TailTool: Tool {
  package static let name = "tail"

  private typealias Options = TailOptions

  private let invocation: Invocation
  private let topic: String

  package init(_ invocation: Invocation) throws {
    self.invocation = invocation
    topic = invocation.operands[0]
  }

  package func run(_ console: Console) async throws -> Int32 {
    let properties = try properties()
    let leaders = try await leaders(properties)
    let formatter = try formatter(leaders)
    let consumer = try Consumer(
      try properties.consumer(console), key: BytesDeserializer(), value: BytesDeserializer())
    try consumer.start()
    let source = TailSource(
      partitions: Array(leaders.keys), start: invocation[Options.offset],
      ends: invocation[Options.exits])
    let printing = RecordPrinting(
      formatter: formatter, limit: invocation[Options.count], timeoutMilliseconds: nil,
      skipsErrors: false, console: console, kafkaLogger: nil)
    try await printing.run(consumer, from: source)
    return 0
  }

  private func properties() throws -> ClientProperties {
    var properties = try ClientProperties(
      file: invocation[Options.commandConfig], given: invocation[Options.property])
    properties.merge("bootstrap.servers", Options.bootstrapServer, of: invocation)
    for (name, value) in [
      ("client.id", "acta-tail"), ("max.poll.records", "5000"), ("enable.auto.commit", "false"),
      ("auto.offset.reset", "latest"), ("default.api.timeout.ms", "10000"),
    ] { properties[name] = properties[name] ?? value }
    return properties
  }

  /// Of the partitions that are to be read.
  private func leaders(_ properties: ClientProperties) async throws -> [TopicPartition: Int32] {
    let configuration = try ClientSetupFailure.checking(for: .admin) { () throws(KafkaError) in
      try AdminConfiguration(properties: properties.values, unknown: .ignored)
    }
    try ClientSetupFailure.check(configuration.bootstrapServers, for: .admin)
    let described = try await Admin.with(configuration) { try await $0.describeTopics([topic]) }
    let partitions: [TopicDescription.Partition]
    switch described[topic] {
    case .success(let found)?: partitions = found.partitions
    case .failure(let error)? where error.code == Self.unknownTopic:
      throw ToolError("There is no topic \(topic).")
    case .failure(let error)?: throw error
    case nil: throw ToolError("The broker says nothing of topic \(topic).")
    }
    var leaders: [TopicPartition: Int32] = [:]
    for partition in partitions {
      leaders[TopicPartition(topic, partition.partition)] = partition.leader ?? -1
    }
    guard let wanted = invocation[Options.partition] else { return leaders }
    let one = leaders.filter { Int($0.key.partition) == wanted }
    if one.isEmpty { throw ToolError("Topic \(topic) has no partition \(wanted).") }
    return one
  }

  private static let unknownTopic: Int16 = 3

  private func formatter(_ leaders: [TopicPartition: Int32]) throws -> any RecordFormatter {
    if invocation[Options.envelope] { return EnvelopeFormatter(leaders: leaders) }
    return try TailFormat(
      invocation[Options.format], null: invocation[Options.null] ? "NULL" : "")
  }
}

/// Partitions of a topic, from where the command line says.
private struct TailSource: RecordSource {
  let partitions: [TopicPartition]
  let start: TailStart
  /// Whether it ends with what is there when it begins.
  let ends: Bool

  func begin(_ consumer: Consumer<[UInt8], [UInt8]>) async throws -> [TopicPartition: Int64]? {
    let first = try await consumer.beginningOffsets(partitions)
    let end = try await consumer.endOffsets(partitions)
    var atTime: [TopicPartition: Int64] = [:]
    if case .time(let time) = start {
      let times = Dictionary(uniqueKeysWithValues: partitions.map { ($0, time) })
      atTime = try await consumer.offsetsForTimes(times).mapValues(\.offset)
    }
    try await consumer.assign(partitions)
    for partition in partitions {
      let offset = start.offset(
        first: first[partition] ?? 0, end: end[partition] ?? 0, atTime: atTime[partition])
      try await consumer.seek(partition, to: offset)
    }
    return ends ? end : nil
  }
}
