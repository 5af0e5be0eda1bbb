import ActaClient
package import Arguments
import Synchronization
import Threads

/// `kafka-producer-perf-test`: how many records a second, and how long each takes.
package struct ProducerPerfTool: Tool {
  package static let name = "producer-perf-test"

  private typealias Options = ProducerPerfOptions

  private let invocation: Invocation
  private let count: Int64
  private let warmup: Int64

  package init(_ invocation: Invocation) throws {
    self.invocation = invocation
    count = invocation[Options.count]
    warmup = invocation[Options.warmup]
    if let sentence = objection() { throw invocation.refusal(sentence) }
  }

  private func objection() -> String? {
    let duration = invocation[Options.transactionDuration]
    let (range, distribution) = (invocation[Options.keyRange], invocation[Options.keyDistribution])
    let objections: [(Bool, String)] = [
      (count <= 0, "--num-records should be greater than zero."),
      (
        warmup >= count,
        "The value for --warmup-records must be strictly fewer than the number of records in the "
          + "test, --num-records."
      ),
      (
        invocation[Options.recordSize].map { $0 <= 0 } ?? false,
        "--record-size should be greater than zero."
      ),
      (
        invocation.given.count(of: Options.connecting) == 0,
        "At least one of --bootstrap-server, --command-property, --producer-props, "
          + "--producer.config or --command-config must be specified."
      ),
      (
        invocation.given.count(of: Options.commandProperty.both) == 2,
        "--command-property and --producer-props cannot be specified together."
      ),
      (
        invocation.given.count(of: Options.commandConfig.both) == 2,
        "--command-config and --producer.config cannot be specified together."
      ),
      (duration.map { $0 <= 0 } ?? false, "--transaction-duration-ms should be greater than zero."),
      (
        invocation[Options.interval] <= 0, "--reporting-interval should be greater than zero."
      ),
      (range.map { $0 <= 0 } ?? false, "--record-key-range should be greater than zero."),
      (
        distribution != .none && range == nil,
        "--record-key-range is required when --key-distribution is 'range' or 'random'."
      ),
      (
        distribution == .none && range != nil,
        "--key-distribution must be 'range' or 'random' when --record-key-range is specified."
      ),
    ]
    return objections.first { $0.0 }?.1
  }

  package func run(_ console: Console) async throws -> Int32 {
    for (old, new) in [
      ("producer-props", "command-property"), ("producer.config", "command-config"),
    ]
    where invocation.given.contains(name: old) {
      console.output.write(
        "Option --\(old) has been deprecated and will be removed in a future version. "
          + "Use --\(new) instead.\n")
    }
    let properties = try properties()
    var configuration = try properties.producer(console)
    let metrics = invocation[Options.printsMetrics] ? MetricTable() : nil
    configuration.instruments.meter = metrics
    let payloads = try Payloads(invocation, console)
    let producer = try Producer(configuration, key: BytesSerializer(), value: BytesSerializer())
    try producer.start()
    do {
      let test = PerfSending(
        topic: invocation[Options.topic], count: count, warmup: warmup,
        perSecond: invocation[Options.throughput],
        transactionMilliseconds: transactionMilliseconds(configuration),
        intervalMilliseconds: invocation[Options.interval], console: console)
      try await test.run(producer, payloads)
    } catch {
      await producer.close()
      throw error
    }
    await producer.close()
    if let metrics { console.output.write(metrics.text) }
    return 0
  }

  package static func report(_ error: any Error, to console: Console) -> Int32 {
    console.errors.write(FailureText.logged(error) + "\n")
    return 1
  }

  private func properties() throws -> ClientProperties {
    let given = Options.commandProperty.value(invocation)
    // Kafka's refuses values with an equals sign as well, which those of sasl.jaas.config have.
    if let invalid = given.first(where: { !$0.utf8.contains(UInt8(ascii: "=")) }) {
      throw ToolError("java.lang.IllegalArgumentException: Invalid property: \(invalid)")
    }
    var properties = try ClientProperties(
      file: Options.commandConfig.value(invocation), given: given)
    if let servers = invocation[Options.bootstrapServer] {
      properties["bootstrap.servers"] = servers
    }
    properties["client.id"] = properties["client.id"] ?? "perf-producer-client"
    if let id = invocation[Options.transactionalID] { properties["transactional.id"] = id }
    if invocation[Options.transactionDuration] != nil, properties["transactional.id"] == nil {
      properties["transactional.id"] = "performance-producer-\(UniqueID.random())"
    }
    return properties
  }

  private func transactionMilliseconds(_ configuration: ProducerConfiguration) -> Int64? {
    guard configuration.transactionalID != nil else { return nil }
    return invocation[Options.transactionDuration] ?? 3_000
  }
}

extension ProducerPerfOptions {
  /// Any of which may name the cluster.
  static let connecting: [any DeclaredOption] =
    [bootstrapServer] + commandProperty.both + commandConfig.both
}
