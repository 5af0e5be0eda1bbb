import ActaClient
import Logging

/// Lines on their way into a topic.
struct LineSending: Sendable {
  private let topic: String
  private let line: RecordLine
  private let isSync: Bool
  private let maxLength: Int
  private let console: Console
  private let failures: SendFailures

  /// What a line may have beside what is sent of it: separators, and markers of nulls.
  private static let slack = 1 << 16

  /// - Parameter maxLength: Of a record, in bytes: `max.request.size`.
  init(topic: String, line: RecordLine, isSync: Bool, maxLength: Int, console: Console) {
    self.topic = topic
    self.line = line
    self.isSync = isSync
    self.maxLength = maxLength
    self.console = console
    failures = SendFailures(topic: topic, console: console)
  }

  /// Sends lines until there are no more, or the task is cancelled.
  ///
  /// - Throws: `ToolError` for a line that holds no record; with `isSync` whatever a send throws.
  func run(_ producer: Producer<[UInt8], [UInt8]>) async throws {
    let input = try InputBlocks(console.input)
    try await withTaskCancellationHandler {
      try await send(from: input, producer)
    } onCancel: {
      input.stop()
    }
  }

  private func send(from input: InputBlocks, _ producer: Producer<[UInt8], [UInt8]>) async throws {
    var lines = InputLines(maxLength: maxLength + Self.slack) { try input.read(into: $0) }
    var completions = FailureReports(failures)
    var number = 0
    while true {
      number += 1
      prompt()
      switch try lines.next() {
      case nil: return
      case .tooLong(let count):
        try refuse(count)
      case .whole(let bytes):
        let parts = try line.parts(of: bytes, number: number)
        if try !takes(parts, producer, &completions) { try await send(parts, producer) }
      }
    }
  }

  /// Where somebody types and sees it.
  private func prompt() {
    guard console.isInputTerminal, console.output.isTerminal else { return }
    console.output.write(">")
    console.output.flush()
  }

  /// Where there is room nothing is made for a line, and no other task or thread is gone to.
  ///
  /// - Returns: Whether the record is on its way, or it has been told why not.
  private func takes(
    _ parts: RecordLine.Parts, _ producer: Producer<[UInt8], [UInt8]>,
    _ completions: inout FailureReports
  ) throws -> Bool {
    if isSync || !parts.headers.isEmpty { return false }
    let completion = completions.of(key: parts.key?.count, value: parts.value?.count)
    do throws(KafkaError) {
      return try Self.lend(parts.key) { key throws(KafkaError) in
        try Self.lend(parts.value) { value throws(KafkaError) in
          try producer.takes(topic, key: key, value: value, completion)
        }
      }
    } catch {
      try tell(error, key: parts.key?.count, value: parts.value?.count)
      return true
    }
  }

  /// What is wrong with a record is told, and the next is tried; what is wrong with the producer (Java's
  /// `IllegalStateException` and its like) would be so with each of them.
  private func tell(_ error: KafkaError, key: Int?, value: Int?) throws(KafkaError) {
    if error.exception.hasPrefix("java.lang.") { throw error }
    failures.report(key: key, value: value, error)
  }

  private static func lend<R>(
    _ bytes: ArraySlice<UInt8>?, _ body: (UnsafeRawBufferPointer?) throws(KafkaError) -> R
  ) throws(KafkaError) -> R {
    guard let bytes else { return try body(nil) }
    return try bytes.withUnsafeBufferPointer { bytes throws(KafkaError) in
      try body(UnsafeRawBufferPointer(bytes))
    }
  }

  private func send(
    _ parts: RecordLine.Parts, _ producer: Producer<[UInt8], [UInt8]>
  ) async throws {
    let record = ProducerRecord(
      topic: topic, key: parts.key.map { Array($0) }, value: parts.value.map { Array($0) },
      headers: parts.headers)
    if isSync {
      _ = try await producer.send(record)
      return
    }
    let (key, value) = (record.key?.count, record.value?.count)
    do {
      try await producer.enqueue(record) { [failures] result in
        if case .failure(let error) = result { failures.report(key: key, value: value, error) }
      }
    } catch let error as KafkaError {
      try tell(error, key: key, value: value)
    } catch is CancellationError {
      return
    }
  }

  private func refuse(_ count: Int) throws {
    let error = ToolError(
      "org.apache.kafka.common.errors.RecordTooLargeException: The message is \(count) bytes when "
        + "serialized which is larger than \(maxLength), which is the value of the max.request.size "
        + "configuration.")
    if isSync { throw error }
    failures.report(key: nil, value: count, error)
  }
}

/// What is to be done if a record is not sent. All that matters of one is how long it is: there is one report for
/// all records of the same lengths.
private struct FailureReports {
  private struct Lengths: Hashable {
    let key: Int?
    let value: Int?
  }

  /// Behind so many the oldest are made anew.
  private static let limit = 4_096

  private let failures: SendFailures
  private var reports: [Lengths: SendCompletion] = [:]

  init(_ failures: SendFailures) { self.failures = failures }

  mutating func of(key: Int?, value: Int?) -> SendCompletion {
    let lengths = Lengths(key: key, value: value)
    if let report = reports[lengths] { return report }
    if reports.count >= Self.limit { reports = [:] }
    let report = SendCompletion { [failures] result in
      if case .failure(let error) = result { failures.report(key: key, value: value, error) }
    }
    reports[lengths] = report
    return report
  }
}

/// Tells of records that were not sent, as Kafka's `ErrorLoggingCallback` does.
struct SendFailures: Sendable {
  let topic: String
  let console: Console

  /// - Parameters:
  ///   - key: Its length; `nil` is null.
  ///   - value: The same.
  func report(key: Int?, value: Int?, _ error: any Error) {
    console.log(
      .error,
      "Error when sending message to topic \(topic) with key: \(Self.size(key)), value: "
        + "\(Self.size(value)) with error:",
      logger: "org.apache.kafka.clients.producer.internals.ErrorLoggingCallback")
    console.errors.write(FailureText.logged(error) + "\n")
  }

  private static func size(_ count: Int?) -> String { count.map { "\($0) bytes" } ?? "null" }
}
