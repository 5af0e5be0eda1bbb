import ActaClient
import Logging

/// Records on their way to standard output.
struct RecordPrinting: Sendable {
  let formatter: any RecordFormatter
  /// Ends after so many records.
  let limit: Int?
  /// Ends when nothing has come for so long.
  let timeoutMilliseconds: Int64?
  let skipsErrors: Bool
  let console: Console
  /// Kafka's class that says what happens, in Kafka's words; `nil` leaves it to whoever called.
  let kafkaLogger: String?

  private typealias Records = [FetchedRecord]

  /// Prints until there is a reason to end, and closes the consumer.
  ///
  /// - Throws: What cannot be shown; and what the consumer throws, unless that is told Kafka's way.
  func run(_ consumer: Consumer<[UInt8], [UInt8]>, from source: some RecordSource) async throws {
    console.output.watchReader()
    var count = 0
    do {
      let ends = try await source.begin(consumer)
      try await printAll(consumer, until: ends, &count)
    } catch {
      await end(consumer, count)
      throw error
    }
    await end(consumer, count)
  }

  private func end(_ consumer: Consumer<[UInt8], [UInt8]>, _ count: Int) async {
    console.output.flush()
    await consumer.close()
    if kafkaLogger != nil { console.errors.write("Processed a total of \(count) messages\n") }
  }

  private func printAll(
    _ consumer: Consumer<[UInt8], [UInt8]>, until ends: [TopicPartition: Int64]?, _ count: inout Int
  ) async throws {
    while limit.map({ count < $0 }) ?? true {
      guard let records = try await next(consumer, until: ends) else { return }
      let shown = try await printSome(records, consumer, count: &count)
      // Nobody has seen the others: whoever reads on begins with them.
      try await giveBack(records[shown...], consumer)
      if console.output.isClosed {
        if kafkaLogger != nil {
          console.errors.write("Unable to write to standard out, closing consumer.\n")
        }
        return
      }
    }
  }

  /// What has come.
  ///
  /// - Returns: `nil` if there is a reason to end.
  private func next(
    _ consumer: Consumer<[UInt8], [UInt8]>, until ends: [TopicPartition: Int64]?
  ) async throws -> Records? {
    do {
      let ready = try await consumer.poll(withinMilliseconds: 0)
      if !ready.isEmpty { return ready }
      guard let ends else { return try await wait(consumer) }
      while !Task.isCancelled, ends.contains(where: { !isRead($0, upTo: $1, consumer) }) {
        let records = try await consumer.poll(withinMilliseconds: Self.lookMilliseconds)
        if !records.isEmpty { return records }
      }
      return nil
    } catch let error as KafkaError {
      if kafkaLogger == nil { throw error }
      tell(FailureText.logged(error))
      return nil
    }
  }

  /// How often it is looked whether the end has come; behind the last record there may be a transaction's.
  private static let lookMilliseconds: Int64 = 50

  private func isRead(
    _ partition: TopicPartition, upTo end: Int64, _ consumer: Consumer<[UInt8], [UInt8]>
  ) -> Bool {
    consumer.position(of: partition).map { $0 >= end } ?? false
  }

  private func wait(_ consumer: Consumer<[UInt8], [UInt8]>) async throws -> Records? {
    let records = try await consumer.poll(withinMilliseconds: timeoutMilliseconds ?? .max)
    if !records.isEmpty { return records }
    if !Task.isCancelled { tell("org.apache.kafka.common.errors.TimeoutException") }
    return nil
  }

  private func tell(_ reason: String) {
    console.log(
      .error, "Error processing message, terminating consumer process: ",
      logger: kafkaLogger ?? "")
    console.errors.write(reason + "\n")
  }

  /// Prints records, and waits until they have gone out: with the next poll the consumer may commit what is behind
  /// them.
  ///
  /// - Returns: How many of them have gone out, or were passed over.
  private func printSome(
    _ records: Records, _ consumer: Consumer<[UInt8], [UInt8]>, count: inout Int
  ) async throws -> Int {
    let wanted = limit.map { min($0 - count, records.count) } ?? records.count
    var output: [UInt8] = []
    output.reserveCapacity(wanted * 128)
    var ends: [Int] = []
    ends.reserveCapacity(wanted)
    var problem: ToolError?
    while problem == nil, ends.count < wanted {
      let record = records[ends.count]
      let before = output.count
      do throws(ToolError) {
        try formatter.write(record, to: &output)
      } catch {
        output.removeLast(output.count - before)
        guard skipsErrors else {
          problem = error
          break
        }
        console.log(
          .error, "Error processing message, skipping this message: ",
          logger: kafkaLogger ?? "")
        console.errors.write("\(error)\n")
      }
      ends.append(output.count)
    }
    let countGone = send(output)
    let shown = ends.prefix { $0 <= countGone }.count
    count += shown
    guard let problem else { return shown }
    count += 1
    try await giveBack(records[shown...], consumer)
    throw problem
  }

  /// - Returns: How many of the bytes have gone out.
  private func send(_ bytes: [UInt8]) -> Int {
    console.output.flush()
    let before = console.output.countGone
    console.output.write(bytes)
    console.output.flush()
    return console.output.countGone - before
  }

  private func giveBack(
    _ records: Records.SubSequence, _ consumer: Consumer<[UInt8], [UInt8]>
  ) async throws {
    var first: [TopicPartition: Int64] = [:]
    for record in records {
      let partition = TopicPartition(record.topic, record.partition)
      if first[partition] == nil { first[partition] = record.offset }
    }
    for (partition, offset) in first { try await consumer.seek(partition, to: offset) }
  }
}
