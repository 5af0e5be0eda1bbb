import ActaClient
package import Arguments
import Threads

/// `kafka-consumer-perf-test`: how many records a second.
package struct ConsumerPerfTool: Tool {
  package static let name = "consumer-perf-test"

  private typealias Options = ConsumerPerfOptions

  private let invocation: Invocation

  package init(_ invocation: Invocation) throws {
    self.invocation = invocation
    if invocation[Options.interval] <= 0 {
      throw ToolError("Reporting interval must be greater than 0.")
    }
  }

  package func run(_ console: Console) async throws -> Int32 {
    notify(console)
    let date = try DateFormat(invocation[Options.dateFormat])
    var configuration = try properties().consumer(console)
    let metrics = invocation[Options.printsMetrics] ? MetricTable() : nil
    configuration.instruments.meter = metrics
    let consumer = try Consumer(
      configuration, key: BytesDeserializer(), value: BytesDeserializer())
    try consumer.start()
    do {
      try await measure(consumer, date, console)
    } catch {
      await consumer.close()
      throw error
    }
    await consumer.close()
    if let metrics { console.output.write(metrics.text) }
    return 0
  }

  package static func report(_ error: any Error, to console: Console) -> Int32 {
    let isUnmade = error is ClientSetupFailure
    console.errors.write(
      (isUnmade ? FailureText.of(error) : FailureText.logged(error)) + "\n")
    return 1
  }

  package static func answer(to error: UsageError, columns: Int) -> Answer {
    answerListingOptions(to: error, columns: columns)
  }

  private func notify(_ console: Console) {
    for (old, new) in [("messages", "num-records"), ("consumer.config", "command-config")]
    where invocation.given.contains(name: old) {
      console.output.write("Warning: --\(old) is deprecated. Use --\(new) instead.\n")
    }
  }

  private func properties() throws -> ClientProperties {
    var properties = try ClientProperties(
      file: Options.commandConfig.value(invocation), given: invocation[Options.commandProperty])
    properties["bootstrap.servers"] =
      invocation[Options.bootstrapServer] ?? invocation[Options.brokerList]
    properties["group.id"] =
      invocation[Options.group] ?? "perf-consumer-\(Int.random(in: 0..<100_000))"
    properties["client.id"] = properties["client.id"] ?? "perf-consumer-client"
    properties["auto.offset.reset"] = invocation[Options.isFromLatest] ? "latest" : "earliest"
    properties["max.partition.fetch.bytes"] = "\(invocation[Options.fetchSize])"
    properties["check.crcs"] = "false"
    // As many as are wanted, and no more than are worth taking at once.
    let wanted = Options.count.value(invocation) ?? 0
    properties["max.poll.records"] =
      properties["max.poll.records"] ?? "\(min(5_000, max(1, wanted)))"
    return properties
  }

  private func measure(
    _ consumer: Consumer<[UInt8], [UInt8]>, _ date: DateFormat, _ console: Console
  ) async throws {
    let isDetailed = invocation[Options.isDetailed]
    if !invocation[Options.hidesHeader] {
      console.output.write(ConsumptionStatistics.header(isDetailed: isDetailed))
      console.output.flush()
    }
    let joining = JoinTime()
    let began = Clock.epochMilliseconds()
    var statistics = ConsumptionStatistics(
      intervalMilliseconds: invocation[Options.interval], joining: joining,
      now: Clock.monotonicMilliseconds())
    try await subscribe(consumer, joining)
    let wanted = Options.count.value(invocation) ?? 0
    let timeout = invocation[Options.timeout]
    while statistics.count < wanted, !Task.isCancelled {
      let records = try await consumer.poll(withinMilliseconds: timeout)
      if records.isEmpty { break }
      statistics.note(
        records.count,
        bytes: records.reduce(0) { $0 + ($1.key?.count ?? 0) + ($1.value?.count ?? 0) })
      guard isDetailed else { continue }
      let line = statistics.lineIfDue(
        Clock.monotonicMilliseconds(), date, epoch: Clock.epochMilliseconds())
      if let line {
        console.output.write(line)
        console.output.flush()
      }
    }
    let (now, ended) = (Clock.monotonicMilliseconds(), Clock.epochMilliseconds())
    if statistics.count < wanted, !Task.isCancelled {
      console.output.write(
        "WARNING: Exiting before consuming the expected number of records: timeout (\(timeout) ms) "
          + "exceeded. You can use the --timeout option to increase the timeout.\n")
    }
    if !isDetailed {
      console.output.write(
        statistics.total(now, from: date.text(began), to: date.text(ended)))
    }
  }

  private func subscribe(
    _ consumer: Consumer<[UInt8], [UInt8]>, _ listener: JoinTime
  ) async throws {
    if let pattern = invocation[Options.include] {
      try await consumer.subscribe(matching: pattern, listener: listener)
    } else {
      try await consumer.subscribe(to: [invocation[Options.topic] ?? ""], listener: listener)
    }
  }
}
