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
      let taken = try await printSome(records, consumer, count: &count)
      if console.output.isClosed {
        if kafkaLogger != nil {
          console.errors.write("Unable to write to standard out, closing consumer.\n")
        }
        return
      }
      // Nobody has seen the others: whoever reads on begins with them.
      if taken < records.count { try await giveBack(records[taken], consumer) }
    }
  }

  /// What has come; if that is nothing, all there is to see is shown before it is waited for.
  ///
  /// - Returns: `nil` if there is a reason to end.
  private func next(
    _ consumer: Consumer<[UInt8], [UInt8]>, until ends: [TopicPartition: Int64]?
  ) async throws -> Records? {
    do {
      let ready = try await consumer.poll(withinMilliseconds: 0)
      if !ready.isEmpty { return ready }
      console.output.flush()
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

  /// - Returns: How many of them were printed, or passed over.
  private func printSome(
    _ records: Records, _ consumer: Consumer<[UInt8], [UInt8]>, count: inout Int
  ) async throws -> Int {
    let wanted = limit.map { min($0 - count, records.count) } ?? records.count
    var output: [UInt8] = []
    output.reserveCapacity(wanted * 128)
    for place in 0..<wanted {
      count += 1
      let before = output.count
      do throws(ToolError) {
        try formatter.write(records[place], to: &output)
      } catch {
        output.removeLast(output.count - before)
        if !skipsErrors {
          console.output.write(output)
          try await giveBack(records[place], consumer)
          throw error
        }
        console.log(
          .error, "Error processing message, skipping this message: ",
          logger: kafkaLogger ?? "")
        console.errors.write("\(error)\n")
      }
    }
    console.output.write(output)
    return wanted
  }

  private func giveBack(
    _ record: FetchedRecord, _ consumer: Consumer<[UInt8], [UInt8]>
  ) async throws {
    try await consumer.seek(
      TopicPartition(record.topic, record.partition), to: record.offset)
  }
}
