import ActaClient
package import Arguments

/// `kafka-console-producer`: each line of standard input becomes a record.
package struct ConsoleProducerTool: Tool {
  package static let name = "console-producer"

  private typealias Options = ConsoleProducerOptions

  private let invocation: Invocation
  private let topic: String
  private let servers: String

  package init(_ invocation: Invocation) throws {
    self.invocation = invocation
    topic = invocation[Options.topic] ?? ""
    servers = try BootstrapServers.checked(
      invocation[Options.bootstrapServer] ?? invocation[Options.brokerList], invocation)
  }

  package func run(_ console: Console) async throws -> Int32 {
    notify(console)
    let reader = invocation[Options.lineReader]
    guard reader == Options.defaultLineReader else {
      throw ToolError("java.lang.ClassNotFoundException: \(reader)")
    }
    let line = try recordLine()
    let configuration = try properties().producer(console)
    let sending = LineSending(
      topic: topic, line: line, isSync: invocation[Options.sync],
      maxLength: configuration.maxRequestSize, console: console)
    try await Producer.with(configuration, key: BytesSerializer(), value: BytesSerializer()) {
      try await sending.run($0)
    }
    return 0
  }

  /// Kafka's come with the stack of an exception; its first line is this.
  package static func report(_ error: any Error, to console: Console) -> Int32 {
    console.errors.write(FailureText.logged(error) + "\n")
    return 1
  }

  package static func answer(to error: UsageError, columns: Int) -> Answer {
    answerListingOptions(to: error, columns: columns)
  }

  private func notify(_ console: Console) {
    Options.commandProperty.notify(invocation, console, as: "Warning:")
    Options.commandConfig.notify(invocation, console, as: "Warning:")
    Options.readerProperty.notify(invocation, console, as: "Warning:")
    if invocation.given.contains(Options.maxPartitionMemory) {
      console.output.write(
        "Warning: --max-partition-memory-bytes is deprecated and will be removed in Apache Kafka 5.0. "
          + "Use --batch-size instead.\n")
    }
  }

  private func recordLine() throws -> RecordLine {
    let properties = try ClientProperties(
      file: invocation[Options.readerConfig],
      given: Options.readerProperty.value(invocation))
    return try RecordLine(properties.values)
  }

  private func properties() throws -> ClientProperties {
    var properties = try ClientProperties(
      file: Options.commandConfig.value(invocation),
      given: Options.commandProperty.value(invocation))
    properties["bootstrap.servers"] = servers
    properties["compression.type"] = compression
    properties["client.id"] = properties["client.id"] ?? "console-producer"
    let isLingerGiven =
      properties["linger.ms"] != nil || invocation.given.contains(Options.timeout)
    for (name, option) in Self.settings {
      properties.merge(name, option, of: invocation)
    }
    // Each record is waited for, and none would come to share its batch.
    if invocation[Options.sync], !isLingerGiven { properties["linger.ms"] = "0" }
    return properties
  }

  private var compression: String {
    switch invocation[Options.compressionCodec] {
    case .absent: "none"
    case .withoutValue: "gzip"
    case .value(let codec): codec.isEmpty ? "gzip" : codec
    }
  }

  /// In Kafka's order: of two for one property the last one that was given counts.
  private static let settings: [(String, any DeclaredOption)] = [
    ("linger.ms", Options.timeout), ("acks", Options.requiredAcks),
    ("request.timeout.ms", Options.requestTimeout), ("retries", Options.retries),
    ("retry.backoff.ms", Options.retryBackoff), ("send.buffer.bytes", Options.socketBuffer),
    ("buffer.memory", Options.maxMemory), ("batch.size", Options.batchSize),
    ("batch.size", Options.maxPartitionMemory), ("metadata.max.age.ms", Options.metadataExpiry),
    ("max.block.ms", Options.maxBlock),
  ]
}
