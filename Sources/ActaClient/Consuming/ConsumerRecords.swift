/// Records as they come, for as long as somebody asks for them.
public struct ConsumerRecords<Key: Sendable, Value: Sendable>: AsyncSequence, Sendable {
  public typealias Element = ConsumerRecord<Key, Value>

  let consumer: Consumer<Key, Value>

  public struct AsyncIterator: AsyncIteratorProtocol {
    let consumer: Consumer<Key, Value>
    private var records: ArraySlice<Element> = []

    init(_ consumer: Consumer<Key, Value>) { self.consumer = consumer }

    /// - Returns: `nil` when the task is cancelled.
    /// - Throws: As `poll`.
    public mutating func next() async throws -> Element? {
      while records.isEmpty {
        if Task.isCancelled { return nil }
        records = try await consumer.poll(withinMilliseconds: .max)[...]
      }
      return records.popFirst()
    }
  }

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(consumer) }
}

extension Consumer {
  /// Records one by one: `for try await record in consumer.records`.
  public var records: ConsumerRecords<Key, Value> { ConsumerRecords(consumer: self) }
}
