import ActaClient
package import Arguments

/// `kafka-verifiable-consumer`: consumes, and tells what happens.
package struct VerifiableConsumerTool: Tool {
  package static let name = "verifiable-consumer"

  private typealias Options = VerifiableConsumerOptions
  private typealias Client = Consumer<String, String>

  private let invocation: Invocation
  private let topic: String

  package init(_ invocation: Invocation) throws {
    self.invocation = invocation
    topic = invocation[Options.topic]
  }

  package func run(_ console: Console) async throws -> Int32 {
    let configuration = try properties().consumer(console)
    let lines = EventLines(console: console)
    let consumer = try Consumer(
      configuration, key: StringDeserializer(), value: StringDeserializer())
    try consumer.start()
    lines.write("startup_complete")
    do {
      try await consumer.subscribe(to: [topic], listener: TellingListener(lines: lines))
      try await consumeAll(consumer, lines)
    } catch {
      await consumer.close()
      throw error
    }
    if Task.isCancelled { lines.write("shutdown_requested") }
    await consumer.close()
    lines.write("shutdown_complete")
    return 0
  }

  package static func report(_ error: any Error, to console: Console) -> Int32 {
    console.errors.write(FailureText.logged(error) + "\n")
    return 1
  }

  private func properties() throws -> ClientProperties {
    var properties = try ClientProperties(
      file: Options.commandConfig.value(invocation), given: [])
    let groupProtocol = invocation[Options.groupProtocol].lowercased()
    properties["group.protocol"] = groupProtocol
    if groupProtocol == "consumer" {
      properties["group.remote.assignor"] = invocation[Options.remoteAssignor]
    } else {
      properties["partition.assignment.strategy"] = invocation[Options.assignmentStrategy]
      if let timeout = invocation[Options.sessionTimeout] {
        properties["session.timeout.ms"] = "\(timeout)"
      }
    }
    properties["group.id"] = invocation[Options.group]
    if let instance = invocation[Options.instance] { properties["group.instance.id"] = instance }
    properties["bootstrap.servers"] = invocation[Options.bootstrapServer]
    properties["auto.offset.reset"] = invocation[Options.resetPolicy]
    properties["enable.auto.commit"] = "\(invocation[Options.commitsByItself])"
    return properties
  }

  private func consumeAll(_ consumer: Client, _ lines: EventLines) async throws {
    let limit = Int(invocation[Options.maxMessages])
    var count = 0
    while !Task.isCancelled, limit < 0 || count < limit {
      let all = try await consumer.poll(withinMilliseconds: .max)
      let records = limit < 0 ? all[...] : all.prefix(limit - count)
      guard let first = records.first, let last = records.last else { continue }
      count += records.count
      if records.count < all.count {
        try await consumer.seek(TopicPartition(first.topic, first.partition), to: last.offset + 1)
      }
      tell(lines, records, first: first, last: last)
      if !invocation[Options.commitsByItself] { await commit(consumer, behind: last, lines) }
    }
  }

  /// All are of one partition.
  private func tell(
    _ lines: EventLines, _ records: ArraySlice<ConsumerRecord<String, String>>,
    first: ConsumerRecord<String, String>, last: ConsumerRecord<String, String>
  ) {
    for record in invocation[Options.isVerbose] ? records : [] {
      lines.write(
        "record_data",
        [
          ("key", .text(record.key)), ("value", .text(record.value)),
          ("topic", .string(record.topic)), ("partition", .integer(record.partition)),
          ("offset", .integer(record.offset)),
        ])
    }
    lines.write(
      "records_consumed",
      [
        ("count", .integer(records.count)),
        (
          "partitions",
          .array([
            .object([
              ("topic", .string(first.topic)), ("partition", .integer(first.partition)),
              ("count", .integer(records.count)), ("minOffset", .integer(first.offset)),
              ("maxOffset", .integer(last.offset)),
            ])
          ])
        ),
      ])
  }

  private func commit(
    _ consumer: Client, behind record: ConsumerRecord<String, String>, _ lines: EventLines
  ) async {
    var facts: EventLines.Facts = [
      (
        "offsets",
        .array([
          .object([
            ("topic", .string(record.topic)), ("partition", .integer(record.partition)),
            ("offset", .integer(record.offset + 1)),
          ])
        ])
      )
    ]
    do throws(KafkaError) {
      try await consumer.commit(record)
      facts.append(("success", .bool(true)))
    } catch {
      facts.append(("success", .bool(false)))
      facts.append(("error", .string(error.message)))
    }
    lines.write("offsets_committed", facts)
  }
}

/// Tells of partitions that come and go.
private struct TellingListener: RebalanceListener {
  let lines: EventLines

  func partitionsAssigned(_ partitions: [TopicPartition]) async {
    tell("partitions_assigned", partitions)
  }

  func partitionsRevoked(_ partitions: [TopicPartition]) async {
    tell("partitions_revoked", partitions)
  }

  func partitionsLost(_ partitions: [TopicPartition]) async {
    tell("partitions_revoked", partitions)
  }

  private func tell(_ name: String, _ partitions: [TopicPartition]) {
    let all = partitions.sorted().map { partition in
      JSONValue.object([
        ("topic", .string(partition.topic)), ("partition", .integer(partition.partition)),
      ])
    }
    lines.write(name, [("partitions", .array(all))])
  }
}
