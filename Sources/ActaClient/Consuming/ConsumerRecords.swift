import ClientCore

/// Records as they come, for as long as somebody asks for them.
public struct ConsumerRecords<Key: Sendable, Value: Sendable>: AsyncSequence, Sendable {
  public typealias Element = ConsumerRecord<Key, Value>

  let consumer: Consumer<Key, Value>

  public struct AsyncIterator: AsyncIteratorProtocol {
    private let taken: TakenRecords<Key, Value>

    init(_ consumer: Consumer<Key, Value>) { taken = TakenRecords(of: consumer) }

    /// - Returns: `nil` when the task is cancelled. Whoever leaves the loop before finds the record behind the
    ///   last one with the next loop, or the next `poll`.
    /// - Throws: As `poll`.
    public mutating func next() async throws -> Element? {
      while taken.records.isEmpty {
        if Task.isCancelled { return nil }
        taken.records = try await taken.consumer.poll(withinMilliseconds: .max)[...]
      }
      return taken.records.popFirst()
    }
  }

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(consumer) }
}

extension Consumer {
  /// Records one by one: `for try await record in consumer.records`.
  public var records: ConsumerRecords<Key, Value> { ConsumerRecords(consumer: self) }
}

/// Records that were taken from a consumer and not asked for yet. What is left when the loop is left is given back:
/// the program has not seen it.
private final class TakenRecords<Key: Sendable, Value: Sendable> {
  let consumer: Consumer<Key, Value>
  /// Of one partition.
  var records: ArraySlice<ConsumerRecord<Key, Value>> = []

  init(of consumer: Consumer<Key, Value>) { self.consumer = consumer }

  deinit {
    guard let next = records.first else { return }
    consumer.core.giveBack(CorePartition(next.topic, next.partition), from: next.offset)
  }
}
