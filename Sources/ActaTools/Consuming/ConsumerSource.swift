import ActaClient
import Arguments

/// What a console consumer reads, and as whom.
struct ConsumerSource: RecordSource {
  private typealias Options = ConsoleConsumerOptions

  /// Where to begin in the one partition that is read.
  private enum Start {
    case beginning, end
    case offset(Int64)
  }

  let properties: ClientProperties
  private let topic: String?
  private let pattern: String?
  private let partition: Int32?
  private let start: Start

  /// - Throws: `UsageError` and `ToolError` in Kafka's words for what cannot be, and does not go together.
  init(_ invocation: Invocation) throws {
    topic = invocation[Options.topic]
    pattern = invocation[Options.include] ?? invocation[Options.whitelist]
    partition = invocation[Options.partition]
    var properties = try ClientProperties(
      file: Options.commandConfig.value(invocation),
      given: Options.commandProperty.value(invocation))
    try Self.checkGroup(invocation)
    try Self.setReset(&properties, invocation)
    properties["bootstrap.servers"] = invocation[Options.bootstrapServer]
    properties["client.id"] = properties["client.id"] ?? "console-consumer"
    properties.merge("isolation.level", Options.isolationLevel, of: invocation)
    // Records are taken by the hundred, and printed as fast as they come.
    properties["max.poll.records"] = properties["max.poll.records"] ?? "5000"
    properties["group.id"] = invocation[Options.group] ?? properties["group.id"]
    if properties["group.id"] == nil {
      // Of a partition that was asked for by its number, no group knows.
      if partition == nil {
        properties["group.id"] = "console-consumer-\(Int.random(in: 0..<100_000))"
      }
      properties["enable.auto.commit"] = properties["enable.auto.commit"] ?? "false"
    }
    self.properties = properties
    start = try Self.start(invocation)
  }

  /// One group, whichever way it is named; and none for a single partition.
  private static func checkGroup(_ invocation: Invocation) throws {
    let file = try ClientProperties(file: Options.commandConfig.value(invocation), given: [])
    let given = try ClientProperties(
      file: nil, given: Options.commandProperty.value(invocation))
    let named = [invocation[Options.group], given["group.id"], file["group.id"]].compactMap { $0 }
    let groups = named.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    if groups.count > 1 {
      throw invocation.refusal(
        "The group ids provided in different places (directly using '--group', via "
          + "'--consumer-property', or via '--consumer.config') do not match. Detected group ids: "
          + groups.map { "'\($0)'" }.joined(separator: ", "))
    }
    if !groups.isEmpty, invocation.given.contains(Options.partition) {
      throw invocation.refusal("Options group and partition cannot be specified together.")
    }
  }

  private static func setReset(
    _ properties: inout ClientProperties, _ invocation: Invocation
  ) throws {
    let isFromBeginning = invocation[Options.fromBeginning]
    if let reset = properties["auto.offset.reset"] {
      guard !isFromBeginning || reset == "earliest" else {
        throw ToolError(
          "Can't simultaneously specify --from-beginning and 'auto.offset.reset=\(reset)', please "
            + "remove one option")
      }
    } else {
      properties["auto.offset.reset"] = isFromBeginning ? "earliest" : "latest"
    }
  }

  private static func start(_ invocation: Invocation) throws -> Start {
    guard invocation.given.contains(Options.offset) else {
      return invocation[Options.fromBeginning] ? .beginning : .end
    }
    let text = invocation[Options.offset]
    switch text.lowercased() {
    case "earliest": return .beginning
    case "latest": return .end
    default:
      if let offset = Int64(text), offset >= 0 { return .offset(offset) }
      throw invocation.refusal(
        "The provided offset value '\(text)' is incorrect. Valid values are 'earliest', 'latest', "
          + "or a non-negative long.")
    }
  }

  func begin(_ consumer: Consumer<[UInt8], [UInt8]>) async throws -> [TopicPartition: Int64]? {
    try await subscribe(consumer)
    return nil
  }

  private func subscribe(_ consumer: Consumer<[UInt8], [UInt8]>) async throws {
    if let pattern { return try await consumer.subscribe(matching: pattern) }
    let topic = topic ?? ""
    guard let partition else { return try await consumer.subscribe(to: [topic]) }
    let wanted = [TopicPartition(topic, partition)]
    try await consumer.assign(wanted)
    switch start {
    case .beginning: try await consumer.seekToBeginning(wanted)
    case .end: try await consumer.seekToEnd(wanted)
    case .offset(let offset): try await consumer.seek(wanted[0], to: offset)
    }
  }
}
