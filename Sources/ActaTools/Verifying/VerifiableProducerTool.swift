import ActaClient
package import Arguments
import Synchronization
import Threads

/// `kafka-verifiable-producer`: sends numbers, and tells what became of each.
package struct VerifiableProducerTool: Tool {
  package static let name = "verifiable-producer"

  private typealias Options = VerifiableProducerOptions

  private let invocation: Invocation
  private let topic: String

  package init(_ invocation: Invocation) throws {
    self.invocation = invocation
    topic = invocation[Options.topic]
  }

  package func run(_ console: Console) async throws -> Int32 {
    let configuration = try properties().producer(console)
    let lines = EventLines(console: console)
    let acked = Atomic(Int64(0))
    let start = Clock.monotonicMilliseconds()
    let producer = try Producer(
      configuration, key: StringSerializer(), value: StringSerializer())
    try producer.start()
    lines.write("startup_complete")
    let sent = await sendAll(producer, lines) { acked.add(1, ordering: .relaxed) }
    await producer.close()
    lines.write("shutdown_complete")
    let count = acked.load(ordering: .relaxed)
    let elapsed = Clock.monotonicMilliseconds() - start
    lines.write(
      "tool_data",
      [
        ("sent", .integer(sent)), ("acked", .integer(count)),
        ("target_throughput", .integer(invocation[Options.throughput])),
        (
          "avg_throughput",
          .number(JavaNumber.text(1_000 * Double(count) / Double(max(1, elapsed))))
        ),
      ])
    return 0
  }

  package static func report(_ error: any Error, to console: Console) -> Int32 {
    console.errors.write(FailureText.logged(error) + "\n")
    return 1
  }

  /// The file has the last word.
  private func properties() throws -> ClientProperties {
    var properties = try ClientProperties(
      file: Options.commandConfig.value(invocation), given: [])
    for (name, value) in [
      ("bootstrap.servers", invocation[Options.bootstrapServer]),
      ("acks", invocation[Options.acks].rawValue), ("retries", "0"),
    ] { properties[name] = properties[name] ?? value }
    return properties
  }

  /// - Returns: How many were sent, or tried.
  private func sendAll(
    _ producer: Producer<String, String>, _ lines: EventLines,
    acknowledged: @escaping @Sendable () -> Void
  ) async -> Int64 {
    let limit = Int64(invocation[Options.maxMessages])
    let pace = Pace(
      perSecond: Double(invocation[Options.throughput]), now: Clock.monotonicMicroseconds())
    let start = Clock.epochMilliseconds()
    var number: Int64 = 0
    while !Task.isCancelled, limit < 0 || number < limit {
      let record = record(number, start: start)
      let told: @Sendable (Result<RecordMetadata, KafkaError>) -> Void = { result in
        if case .success = result { acknowledged() }
        tell(lines, record, result)
      }
      number += 1
      do {
        try await producer.enqueue(record, completion: told)
      } catch let error as KafkaError {
        told(.failure(error))
      } catch {
        // The task was cancelled while the record waited for room.
        break
      }
      await pace.keep(after: number)
    }
    return number
  }

  private func record(_ number: Int64, start: Int64) -> ProducerRecord<String, String> {
    let value = invocation[Options.valuePrefix].map { "\($0).\(number)" } ?? "\(number)"
    let key = invocation[Options.repeatingKeys].flatMap { $0 > 0 ? "\(number % Int64($0))" : nil }
    let createTime = invocation[Options.createTime]
    let timestamp = createTime < 0 ? nil : createTime + Clock.epochMilliseconds() - start
    return ProducerRecord(topic: topic, key: key, value: value, timestamp: timestamp)
  }

  private func tell(
    _ lines: EventLines, _ record: ProducerRecord<String, String>,
    _ result: Result<RecordMetadata, KafkaError>
  ) {
    let facts: EventLines.Facts = [
      ("key", .text(record.key)), ("value", .text(record.value)), ("topic", .string(topic)),
    ]
    switch result {
    case .success(let metadata):
      let place: EventLines.Facts = [
        ("partition", .integer(metadata.partition)), ("offset", .integer(metadata.offset ?? -1)),
      ]
      lines.write("producer_send_success", facts + place)
    case .failure(let error):
      let reason: EventLines.Facts = [
        ("exception", .string("class \(error.exception)")), ("message", .string(error.message)),
      ]
      lines.write("producer_send_error", facts + reason)
    }
  }
}
