import BatchCodec
package import Coordination
import Threads

/// Where records wait until a batch of them is sent. Callers put records in on their own threads, the sender
/// takes batches out on the client's: whoever owns this has a lock around it.
package struct RecordAccumulator: Sendable {
  /// What waits of one partition: batches that are full, oldest first, and one that takes records yet.
  struct Lane: Sendable {
    var full = Fifo<OpenBatch>()
    var open: OpenBatch?
    /// Of the batch that was taken last: the next one will be as large.
    private var lastSize = 0
    private var lastWaiterCount = 0

    var waitingCount: Int { full.count + (open == nil ? 0 : 1) }
    var oldest: OpenBatch? { full.first ?? open }

    /// Whether the batch at hand takes so many bytes more. Mutating, so that it is asked in place: a lane that is only
    /// read is copied for each record.
    mutating func hasRoom(for bytes: Int, _ batchSize: Int) -> Bool {
      (open?.size).map { $0 + bytes <= batchSize } ?? false
    }

    /// Goes on with another batch. The result is whether one is full now.
    mutating func begin(
      _ number: UInt64, for partition: TopicPartition, at now: Instant, _ batchSize: Int
    ) -> Bool {
      let before = takeOpen()
      open = OpenBatch(
        number, for: partition, at: now, expecting: min(lastSize, batchSize),
        waiters: lastWaiterCount)
      if let before { full.append(before) }
      return before != nil
    }

    /// The result is how many bytes that takes.
    mutating func append(_ record: OutgoingRecord, _ completion: ProduceCompletion?) -> Int {
      open?.append(record, completion) ?? 0
    }

    mutating func takeOpen() -> OpenBatch? {
      guard let taken = open.take() else { return nil }
      lastSize = taken.size
      lastWaiterCount = taken.waiters.count
      return taken
    }
  }

  package enum Answer: Equatable, Sendable {
    /// - wakesSender: There is something to do that the sender does not know of.
    case appended(wakesSender: Bool)
    /// Nothing is known of the topic's partitions.
    case unknownTopic
    /// As far as is known the topic has no such partition, but so many.
    case unknownPartition(Int32, count: Int)
    /// There is no room before something was sent.
    case full
  }

  private let settings: ProducerSettings
  private let choice: PartitionChoice
  private var topics: [String: TopicLanes] = [:]
  /// Partitions with something to send.
  private var waiting: Set<TopicPartition> = []
  private var random: SplitMix
  /// Bytes of records that wait or are under way.
  package private(set) var usedBytes = 0
  /// Batches that were begun and are not settled.
  package private(set) var unsettled: Set<UInt64> = []
  package private(set) var lastNumber: UInt64 = 0
  /// The sender has been woken and has not looked yet.
  private var isSenderWoken = false

  package init(_ settings: ProducerSettings, choice: PartitionChoice = .standard, seed: UInt64) {
    self.settings = settings
    self.choice = choice
    random = SplitMix(state: seed)
  }

  package var isEmpty: Bool { waiting.isEmpty }

  // MARK: The caller's side

  package mutating func setPartitionCount(_ count: Int, of topic: String) {
    guard count > 0 else { return }
    topics[topic, default: TopicLanes(count: count)].change(to: count)
  }

  /// Puts a record in, if there is room for it.
  ///
  /// - Parameter partition: `nil` to have one chosen.
  /// - Throws: `recordTooLarge`, `invalidArgument`
  package mutating func append(
    _ record: OutgoingRecord, to topic: String, partition: Int32?,
    at now: @autoclosure () -> Instant,
    _ completion: ProduceCompletion?
  ) throws(ClientFailure) -> Answer {
    try check(record, topic)
    // In place: a copy of the lanes would be made for each record else.
    guard let index = topics.index(forKey: topic) else { return .unknownTopic }
    let bytes = record.mostBytes
    guard usedBytes + bytes <= settings.bufferMemory else { return .full }
    let number =
      partition
      ?? topics.values[index].choose(
        choice, topic: topic, key: record.key, bytes: bytes, batchSize: settings.batchSize,
        random: { random.next() })
    let count = topics.values[index].count
    guard (0..<Int32(count)).contains(number) else {
      return .unknownPartition(number, count: count)
    }
    let isNews = append(record, to: topic, Int(number), at: now, index, completion)
    defer { if isNews { isSenderWoken = true } }
    return .appended(wakesSender: isNews && !isSenderWoken)
  }

  private func check(_ record: OutgoingRecord, _ topic: String) throws(ClientFailure) {
    guard record.timestamp >= 0 else {
      throw ClientFailure(
        .invalidArgument,
        "Invalid timestamp: \(record.timestamp). Timestamp should always be non-negative or null.",
        topic: topic)
    }
    let size = BatchHeader.size + record.mostBytes
    let limit = min(settings.maxRequestSize, settings.bufferMemory)
    guard size <= limit else {
      var failure = ClientFailure(
        .recordTooLarge,
        "A record for \(topic) takes \(size) bytes, and \(limit) are the most (max.request.size,"
          + " buffer.memory).", topic: topic)
      if limit == settings.maxRequestSize {
        failure.message =
          "The message is \(size) bytes when serialized which is larger than \(limit), which is the"
          + " value of the max.request.size configuration."
      }
      throw failure
    }
  }

  /// Whether the sender should know: a batch is full, or the partition had nothing.
  private mutating func append(
    _ record: OutgoingRecord, to topic: String, _ partition: Int, at now: () -> Instant,
    _ index: [String: TopicLanes].Index, _ completion: ProduceCompletion?
  ) -> Bool {
    var isNews = false
    if !topics.values[index].lanes[partition].hasRoom(for: record.mostBytes, settings.batchSize) {
      let place = TopicPartition(topic, Int32(partition))
      lastNumber += 1
      unsettled.insert(lastNumber)
      isNews = topics.values[index].lanes[partition].begin(
        lastNumber, for: place, at: now(), settings.batchSize)
      if waiting.insert(place).inserted { isNews = true }
    }
    usedBytes += topics.values[index].lanes[partition].append(record, completion)
    return isNews
  }

  // MARK: The sender's side

  /// The sender looks now, so it must be woken by what comes later.
  package mutating func noteSenderAwake() { isSenderWoken = false }

  /// Partitions of which something is due, those that have waited longest first; and when the next of the others
  /// is.
  ///
  /// - Parameter isFlushing: Whatever there is, is due.
  package func due(
    at now: Instant, isFlushing: Bool
  ) -> (partitions: [TopicPartition], next: Instant?) {
    var due: [(partition: TopicPartition, number: UInt64)] = []
    var next: Instant?
    // With no room left, what waits for more would wait for nothing.
    let isPressed = isFlushing || usedBytes + settings.batchSize > settings.bufferMemory
    for partition in waiting {
      guard let lane = lane(partition), let oldest = lane.oldest else { continue }
      let isDueAt = oldest.createdAt + settings.lingerMilliseconds
      if isPressed || !lane.full.isEmpty || isDueAt <= now || oldest.size >= settings.batchSize {
        due.append((partition, oldest.number))
      } else {
        next = Instant.earlier(next, isDueAt)
      }
    }
    due.sort { $0.number < $1.number }
    return (due.map(\.partition), next)
  }

  /// Takes a partition's oldest batch.
  package mutating func take(_ partition: TopicPartition) -> OpenBatch? {
    guard let index = topics.index(forKey: partition.topic) else { return nil }
    let lane = Int(partition.partition)
    defer {
      if topics.values[index].lanes[lane].waitingCount == 0 { waiting.remove(partition) }
    }
    if !topics.values[index].lanes[lane].full.isEmpty {
      return topics.values[index].lanes[lane].full.removeFirst()
    }
    return topics.values[index].lanes[lane].takeOpen()
  }

  /// Takes what was put in before `time`, oldest first: its time is up.
  package mutating func takeOlder(than time: Instant) -> [OpenBatch] {
    var taken: [OpenBatch] = []
    for partition in waiting {
      while let oldest = lane(partition)?.oldest, oldest.createdAt < time,
        let batch = take(partition)
      { taken.append(batch) }
    }
    return taken
  }

  /// Everything, when the producer is closed before it was sent.
  package mutating func takeAll() -> [OpenBatch] {
    waiting.sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) }.flatMap { partition in
      var taken: [OpenBatch] = []
      while let batch = take(partition) { taken.append(batch) }
      return taken
    }
  }

  /// The batch is done with: its room is free again.
  package mutating func release(_ batch: SettledBatch) {
    precondition(batch.bytes <= usedBytes, "what was not taken cannot be given back")
    usedBytes -= batch.bytes
    if batch.isWhole { unsettled.remove(batch.number) }
  }

  private func lane(_ partition: TopicPartition) -> Lane? {
    topics[partition.topic]?.lanes[Int(partition.partition)]
  }
}

/// A batch that is done with, acknowledged or given up.
package struct SettledBatch: Sendable {
  package let number: UInt64
  /// Nothing of it is left: it was not cut in parts, or this is the last of them.
  package let isWhole: Bool
  /// What it counted for in `buffer.memory`.
  let bytes: Int
  package let partition: TopicPartition
  package let recordCount: Int
  /// `nil`: acknowledged.
  package let failure: ClientFailure?
}
