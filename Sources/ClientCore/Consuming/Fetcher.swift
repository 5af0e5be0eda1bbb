package import ActaModel
import BatchCodec
package import Coordination
package import KafkaWire

/// Where a consumer stands in each partition that it has, and what it fetches next.
///
/// Belongs to one thread. Each change of a position begins a new generation, so that what was fetched for the one
/// before is known not to be wanted. At most one fetch is under way to each broker, for all partitions of it that
/// have room.
package struct Fetcher {
  package enum Position: Equatable, Sendable {
    /// The group's committed position is to be asked for.
    case unknown
    /// An end of the log is to be asked for, or a time.
    case resetting(ConsumerSettings.OffsetReset)
    case at(Int64, leaderEpoch: Int32)
  }

  private struct Partition {
    var position = Position.unknown
    var generation: UInt64
    var isPaused = false
    var notBefore: Instant?
    var failures = 0
    /// A question about its position is under way.
    var isAsking = false
    /// Batches of it are larger than what is asked for.
    var maxBytes: Int32
  }

  /// One fetch.
  package struct Plan: Sendable {
    package struct Part: Equatable, Sendable {
      package let partition: TopicPartition
      package let generation: UInt64
      package let offset: Int64
      package let maxBytes: Int32
    }

    package let node: Int32
    package let parts: [Part]
  }

  /// What came of an answer.
  package struct Result: Sendable {
    package var chunks: [FetchedChunk] = []
    /// About which metadata is to be asked for.
    package var outdated: Set<String> = []
    /// To be thrown where records are asked for.
    package var failures: [ClientFailure] = []
  }

  private let settings: ConsumerSettings
  private var partitions: [TopicPartition: Partition] = [:]
  private var lastGeneration: UInt64 = 0
  private var fetching: Set<Int32> = []
  private var random: SplitMix

  package init(_ settings: ConsumerSettings, seed: UInt64) {
    self.settings = settings
    random = SplitMix(state: seed)
  }

  package var assigned: Set<TopicPartition> { Set(partitions.keys) }
  package var topics: Set<String> { Set(partitions.keys.map(\.topic)) }

  // MARK: Which partitions, and where

  /// From now on these are fetched; those that were before stay where they are.
  package mutating func assign(_ wanted: Set<TopicPartition>) {
    for partition in partitions.keys where !wanted.contains(partition) {
      partitions[partition] = nil
    }
    for partition in wanted where partitions[partition] == nil {
      lastGeneration += 1
      partitions[partition] = Partition(
        generation: lastGeneration, maxBytes: settings.maxPartitionFetchBytes)
    }
  }

  package func generation(of partition: TopicPartition) -> UInt64? {
    partitions[partition]?.generation
  }

  package func position(of partition: TopicPartition) -> Position? {
    partitions[partition]?.position
  }

  /// Moves on from somewhere else. What was fetched is not wanted any more.
  package mutating func move(_ partition: TopicPartition, to position: Position) {
    guard partitions[partition] != nil else { return }
    lastGeneration += 1
    partitions[partition]?.generation = lastGeneration
    partitions[partition]?.position = position
    partitions[partition]?.isAsking = false
    partitions[partition]?.notBefore = nil
  }

  package mutating func setPaused(_ isPaused: Bool, _ partition: TopicPartition) {
    partitions[partition]?.isPaused = isPaused
  }

  package func isPaused(_ partition: TopicPartition) -> Bool {
    partitions[partition]?.isPaused ?? false
  }

  // MARK: Positions that must be asked for

  /// Partitions whose committed position is to be asked for; they count as asked from now on.
  package mutating func takeUnknown(at now: Instant) -> [TopicPartition] {
    takeAsking(at: now) { $0 == .unknown }
  }

  /// Partitions of which an end, or a time, is to be asked for; they count as asked from now on.
  package mutating func takeResetting(
    at now: Instant
  ) -> [(partition: TopicPartition, to: ConsumerSettings.OffsetReset)] {
    takeAsking(at: now) { if case .resetting = $0 { true } else { false } }.compactMap {
      partition in
      guard case .resetting(let reset) = partitions[partition]?.position else { return nil }
      return (partition, reset)
    }
  }

  private mutating func takeAsking(
    at now: Instant, _ isMeant: (Position) -> Bool
  ) -> [TopicPartition] {
    let taken = partitions.filter { _, state in
      isMeant(state.position) && !state.isAsking && (state.notBefore.map { $0 <= now } ?? true)
    }.map(\.key).sorted()
    for partition in taken { partitions[partition]?.isAsking = true }
    return taken
  }

  /// The group's committed position; without one the policy decides.
  package mutating func committed(
    _ partition: TopicPartition, _ offset: Int64?, leaderEpoch: Int32
  ) -> ClientFailure? {
    guard let state = partitions[partition], state.position == .unknown else { return nil }
    if let offset {
      move(partition, to: .at(offset, leaderEpoch: leaderEpoch))
      return nil
    }
    return reset(partition, because: "the group has no committed position")
  }

  /// The offset that was asked for; `nil` where no record is that late.
  package mutating func found(_ partition: TopicPartition, _ offset: Int64?, leaderEpoch: Int32) {
    guard case .resetting? = partitions[partition]?.position else { return }
    guard let offset else { return move(partition, to: .resetting(.latest)) }
    move(partition, to: .at(offset, leaderEpoch: leaderEpoch))
  }

  /// A question about a position was not answered: later again.
  package mutating func failed(_ partition: TopicPartition, at now: Instant) {
    guard var state = partitions[partition] else { return }
    state.isAsking = false
    state.failures += 1
    let chance = Double.random(in: 0..<1, using: &random)
    let wait = settings.retryBackoff.milliseconds(after: state.failures, chance: chance)
    state.notBefore = now + wait
    partitions[partition] = state
  }

  private mutating func reset(
    _ partition: TopicPartition, because reason: String
  ) -> ClientFailure? {
    guard settings.autoOffsetReset != .none else {
      // It is told once, and nothing is fetched: who goes on seeks.
      move(partition, to: .resetting(.none))
      partitions[partition]?.isAsking = true
      return ClientFailure(
        .refused(.offsetOutOfRange),
        "\(partition): \(reason), and there is no policy for that (auto.offset.reset=none).",
        topic: partition.topic, partition: partition.partition)
    }
    move(partition, to: .resetting(settings.autoOffsetReset))
    return nil
  }

  // MARK: Fetching

  /// Fetches that can be sent now; each must be answered by `answered`.
  ///
  /// - Parameters:
  ///   - isReady: Whether a broker can be sent a request.
  ///   - room: How many bytes more of a partition are wanted.
  package mutating func plans(
    at now: Instant, view: ClusterView, isReady: (Int32) -> Bool, room: (TopicPartition) -> Int
  ) -> (plans: [Plan], leaderless: Set<String>) {
    var byNode: [Int32: [Plan.Part]] = [:]
    var leaderless: Set<String> = []
    for (partition, state) in partitions {
      guard case .at(let offset, _) = state.position, !state.isPaused,
        state.notBefore.map({ $0 <= now }) ?? true, room(partition) > 0
      else { continue }
      guard let leader = view.leader(of: partition) else {
        leaderless.insert(partition.topic)
        continue
      }
      guard !fetching.contains(leader), isReady(leader) else { continue }
      byNode[leader, default: []].append(
        Plan.Part(
          partition: partition, generation: state.generation, offset: offset,
          maxBytes: state.maxBytes))
    }
    // In any order, so that none is always first and gets all of the answer's room.
    let plans = byNode.map { node, parts in
      Plan(node: node, parts: parts.shuffled(using: &random))
    }
    for plan in plans { fetching.insert(plan.node) }
    return (plans, leaderless)
  }

  package mutating func failed(_ plan: Plan, _ failure: ClientFailure, at now: Instant) -> Result {
    fetching.remove(plan.node)
    var result = Result()
    for part in plan.parts {
      failed(part.partition, at: now)
      result.outdated.insert(part.partition.topic)
    }
    if !failure.isRetriable { result.failures.append(failure) }
    return result
  }

  package mutating func answered(
    _ plan: Plan, _ response: FetchResponse, names: [TopicID: String], at now: Instant
  ) -> Result {
    fetching.remove(plan.node)
    guard response.errorCode == .none else {
      let failure = ClientFailure(response.errorCode)
      fetching.insert(plan.node)
      return failed(plan, failure, at: now)
    }
    var result = Result()
    let asked = Dictionary(
      plan.parts.map { ($0.partition, $0) }, uniquingKeysWith: { first, _ in first })
    for topic in response.responses {
      guard let name = topic.topicID == .zero ? topic.topic : names[topic.topicID] else { continue }
      for answer in topic.partitions {
        let partition = TopicPartition(name, answer.partitionIndex)
        // Of a position that was left meanwhile nothing is wanted.
        guard let part = asked[partition], partitions[partition]?.generation == part.generation
        else { continue }
        take(answer, for: part, at: now, &result)
      }
    }
    return result
  }

  private mutating func take(
    _ answer: FetchResponse.Partition, for part: Plan.Part, at now: Instant,
    _ result: inout Result
  ) {
    switch answer.errorCode {
    case .none: take(answer.records, of: answer, for: part, &result)
    case .offsetOutOfRange:
      let reason = "there is no offset \(part.offset)"
      if let failure = reset(part.partition, because: reason) { result.failures.append(failure) }
    default:
      if answer.errorCode.meansOldMetadata { result.outdated.insert(part.partition.topic) }
      failed(part.partition, at: now)
      if !answer.errorCode.isRetriable {
        result.failures.append(
          ClientFailure(
            answer.errorCode, topic: part.partition.topic, partition: part.partition.partition))
      }
    }
  }

  private mutating func take(
    _ records: RecordChunks?, of answer: FetchResponse.Partition, for part: Plan.Part,
    _ result: inout Result
  ) {
    partitions[part.partition]?.failures = 0
    partitions[part.partition]?.notBefore = nil
    let bytes = records?.chunks.first ?? []
    guard let end = Self.end(of: bytes) else {
      // A batch that does not fit, from a broker that does not send the first one whole.
      if !bytes.isEmpty, let asked = partitions[part.partition]?.maxBytes {
        partitions[part.partition]?.maxBytes =
          asked.multipliedReportingOverflow(by: 2).overflow
          ? .max : asked * 2
      }
      return
    }
    result.chunks.append(
      FetchedChunk(
        partition: part.partition, generation: part.generation, fetchOffset: part.offset,
        bytes: bytes,
        aborted: (answer.abortedTransactions ?? []).map {
          AbortedTransactionRange(producerID: $0.producerID, firstOffset: $0.firstOffset)
        }.sorted { $0.firstOffset < $1.firstOffset },
        highWatermark: answer.highWatermark, lastStableOffset: answer.lastStableOffset,
        logStartOffset: answer.logStartOffset))
    partitions[part.partition]?.position = .at(
      max(end.offset, part.offset), leaderEpoch: end.leaderEpoch)
  }

  /// The offset behind the last whole batch, and its epoch.
  private static func end(of bytes: ArraySlice<UInt8>) -> (offset: Int64, leaderEpoch: Int32)? {
    bytes.withUnsafeBytes { bytes in
      var end: (offset: Int64, leaderEpoch: Int32)?
      var position = 0
      while let header = BatchHeader(
        parsing: UnsafeRawBufferPointer(rebasing: bytes[position...]))
      {
        let size = Int(header.batchLength) + BatchHeader.lengthPrefix
        // What is damaged is told of where it is read.
        guard size >= BatchHeader.size, size <= bytes.count - position else { break }
        end = (header.lastOffset + 1, header.leaderEpoch)
        position += size
      }
      return end ?? (bytes.count >= BatchHeader.size && position == 0 ? damaged(bytes) : nil)
    }
  }

  /// Something that begins like a batch and cannot be one is handed on, so that whoever reads it is told.
  private static func damaged(
    _ bytes: UnsafeRawBufferPointer
  ) -> (offset: Int64, leaderEpoch: Int32)? {
    guard let header = BatchHeader(parsing: bytes),
      Int(header.batchLength) + BatchHeader.lengthPrefix < BatchHeader.size
    else { return nil }
    return (header.baseOffset, -1)
  }

  /// When something that waits may be asked for again.
  package func nextDeadline(after now: Instant) -> Instant? {
    partitions.values.reduce(nil) { next, state in
      guard let due = state.notBefore, due > now, !state.isPaused else { return next }
      return Instant.earlier(next, due)
    }
  }
}
