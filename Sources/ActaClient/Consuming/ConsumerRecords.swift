import ClientCore

/// Records as they come, for as long as somebody asks for them.
public struct ConsumerRecords<Key: Sendable, Value: Sendable>: AsyncSequence, Sendable {
  /// What a loop is given.
  public typealias Element = ConsumerRecord<Key, Value>

  let consumer: Consumer<Key, Value>

  /// One loop over the records. The group is left when it is dropped.
  public struct AsyncIterator: AsyncIteratorProtocol {
    private let loop: RecordLoop<Key, Value>

    init(_ consumer: Consumer<Key, Value>) { loop = RecordLoop(of: consumer) }

    /// Waits for the next record.
    ///
    /// - Returns: `nil` when the task is cancelled.
    /// - Throws: As `poll`.
    public mutating func next() async throws -> Element? {
      if loop.left == 0 {
        guard let records = try await loop.next() else { return nil }
        loop.keep(records)
      }
      return Task.isCancelled ? nil : loop.pop()
    }
  }

  /// A loop that begins with its first `next`.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(consumer) }
}

/// Records as they come, as many at a time as one poll gives.
public struct ConsumerBatches<Key: Sendable, Value: Sendable>: AsyncSequence, Sendable {
  /// What a loop is given: records of one partition, never none.
  public typealias Element = [ConsumerRecord<Key, Value>]

  let consumer: Consumer<Key, Value>

  /// One loop over the batches. The group is left when it is dropped.
  public struct AsyncIterator: AsyncIteratorProtocol {
    private let loop: RecordLoop<Key, Value>

    init(_ consumer: Consumer<Key, Value>) { loop = RecordLoop(of: consumer) }

    /// Waits for the next batch.
    ///
    /// - Returns: Records of one partition, never none; `nil` when the task is cancelled.
    /// - Throws: As `poll`.
    public mutating func next() async throws -> Element? { try await loop.next() }
  }

  /// A loop that begins with its first `next`.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(consumer) }
}

extension Consumer {
  /// Records one by one: `for try await record in consumer.records`.
  ///
  /// Whoever leaves the loop, by `break`, `return`, an error or the task's cancellation, leaves the group, and others
  /// get the partitions at once: with `enableAutoCommit` what the loop was given is committed, the listener is told
  /// what is revoked, and the group is left, all of it behind the loop's back, within 20 seconds where brokers do not
  /// answer. What was subscribed to stands: the next loop, or the next `poll`, joins the group again and goes on where
  /// the group's positions are, which costs a rebalance each time; whoever takes some records now and some later calls
  /// `poll`. Until then `seek` and what else only a member can do throws, and `commit` commits what the loop was given
  /// unless the group has other members: it belongs into the loop.
  ///
  /// A loop that an error of its own ends (a broker's refusal, a record that cannot be deserialized) leaves the
  /// consumer where it stands, a member yet: `seek` passes the record over, and another loop goes on. A consumer that
  /// was assigned its partitions keeps them and its place in them, and a static member (`groupInstanceID`) its place in
  /// the group for as long as its session lasts.
  public var records: ConsumerRecords<Key, Value> { ConsumerRecords(consumer: self) }

  /// Records as many at a time as there are, `maxPollRecords` at most: `for try await batch in consumer.batches`.
  /// What was given counts as dealt with when the next batch is asked for, or the loop is left, with which the group is
  /// left as with `records`.
  public var batches: ConsumerBatches<Key, Value> { ConsumerBatches(consumer: self) }
}

/// A program's loop over records. Who drops it has left the loop.
private final class RecordLoop<Key: Sendable, Value: Sendable> {
  private let consumer: Consumer<Key, Value>
  /// Taken from the consumer and not asked for yet, of one partition. What is left is given back: the program has not
  /// seen it.
  private var records: ArraySlice<ConsumerRecord<Key, Value>> = []
  /// How many those are: asked for each record, which of a generic slice is dear.
  private(set) var left = 0
  private var hasBegun = false
  private var hasFailed = false

  init(of consumer: Consumer<Key, Value>) { self.consumer = consumer }

  /// Records of one partition, never none; `nil` when the task is cancelled.
  func next() async throws -> [ConsumerRecord<Key, Value>]? {
    if !hasBegun { consumer.core.loopBegan() }
    hasBegun = true
    hasFailed = true
    var records: [ConsumerRecord<Key, Value>] = []
    while records.isEmpty, !Task.isCancelled {
      records = try await consumer.poll(withinMilliseconds: .max)
    }
    hasFailed = false
    return records.isEmpty ? nil : records
  }

  func keep(_ records: [ConsumerRecord<Key, Value>]) {
    self.records = records[...]
    left = records.count
  }

  /// With code of its own for the types that most use, as where a consumer makes its records.
  @specialized(where Key == [UInt8], Value == [UInt8])
  @specialized(where Key == String, Value == [UInt8])
  @specialized(where Key == String, Value == String)
  @specialized(where Key == Never, Value == [UInt8])
  @specialized(where Key == Never, Value == String)
  func pop() -> ConsumerRecord<Key, Value>? {
    left = max(0, left - 1)
    return records.popFirst()
  }

  deinit {
    if let next = records.first {
      consumer.core.giveBack(CorePartition(next.topic, next.partition), from: next.offset)
    }
    if hasBegun { consumer.core.loopEnded(byItself: !hasFailed) }
  }
}
