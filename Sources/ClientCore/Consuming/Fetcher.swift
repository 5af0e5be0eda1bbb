import ActaModel
package import Coordination

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

  struct Partition {
    var position = Position.unknown
    var generation: UInt64
    var isPaused = false
    var notBefore: Instant?
    var failures = 0
    /// A question about its position is under way.
    var isAsking = false
    /// Batches of it are larger than what is asked for.
    var maxBytes: Int32
    /// What stands at the position cannot be read: there is nothing to fetch before it is another.
    var isDamaged = false
    /// Up to which epoch of its leader the position is known to be in the log; `nil`: that of the first leader which
    /// is asked will do.
    var checkedEpoch: Int32?
  }

  /// Something to be asked about a partition's position.
  package struct Question: Equatable, Sendable {
    package let partition: TopicPartition
    /// Of the position that is asked for: an answer that comes when it is another is not wanted.
    package let generation: UInt64
  }

  /// One fetch.
  package struct Plan: Sendable {
    package struct Part: Equatable, Sendable {
      package let partition: TopicPartition
      package let generation: UInt64
      package let offset: Int64
      package let maxBytes: Int32
      /// As metadata tells it, for the broker to hold against its own; -1: not told.
      package let leaderEpoch: Int32
    }

    package let node: Int32
    package let parts: [Part]
    /// Partitions of the broker are left out that will soon have room again: the answer must not take its time
    /// over those that may be at their end.
    package let isPressed: Bool
  }

  /// What came of an answer.
  package struct Result: Sendable {
    package var chunks: [FetchedChunk] = []
    /// About which metadata is to be asked for.
    package var outdated: Set<String> = []
    /// To be thrown where records are asked for.
    package var failures: [ClientFailure] = []
  }

  let settings: ConsumerSettings
  var partitions: [TopicPartition: Partition] = [:]
  private var lastGeneration: UInt64 = 0
  /// Brokers that have a fetch to answer.
  var fetching: Set<Int32> = []
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
    partitions[partition]?.isDamaged = false
    partitions[partition]?.notBefore = nil
    partitions[partition]?.checkedEpoch = nil
    if case .at(_, let epoch) = position, epoch >= 0 {
      partitions[partition]?.checkedEpoch = epoch
    }
  }

  package mutating func setPaused(_ isPaused: Bool, _ partition: TopicPartition) {
    partitions[partition]?.isPaused = isPaused
  }

  package func isPaused(_ partition: TopicPartition) -> Bool {
    partitions[partition]?.isPaused ?? false
  }

  // MARK: Positions that must be asked for

  /// Partitions whose committed position is to be asked for; they count as asked from now on.
  package mutating func takeUnknown(at now: Instant) -> [Question] {
    takeAsking(at: now) { $0 == .unknown }
  }

  /// Partitions of which an end, or a time, is to be asked for; they count as asked from now on.
  package mutating func takeResetting(
    at now: Instant
  ) -> [(question: Question, to: ConsumerSettings.OffsetReset)] {
    takeAsking(at: now) { if case .resetting = $0 { true } else { false } }.compactMap { question in
      guard case .resetting(let reset) = partitions[question.partition]?.position else {
        return nil
      }
      return (question, reset)
    }
  }

  private mutating func takeAsking(
    at now: Instant, _ isMeant: (Position) -> Bool
  ) -> [Question] {
    let taken = partitions.filter { _, state in
      isMeant(state.position) && !state.isAsking && (state.notBefore.map { $0 <= now } ?? true)
    }.sorted { $0.key < $1.key }
    return taken.map { partition, state in
      partitions[partition]?.isAsking = true
      return Question(partition: partition, generation: state.generation)
    }
  }

  /// The group's committed position; without one the policy decides.
  package mutating func committed(
    _ question: Question, _ offset: Int64?, leaderEpoch: Int32
  ) -> ClientFailure? {
    let partition = question.partition
    guard isCurrent(question) else { return nil }
    if let offset {
      move(partition, to: .at(offset, leaderEpoch: leaderEpoch))
      return nil
    }
    return reset(partition, because: "the group has no committed position")
  }

  /// The offset that was asked for; `nil` where no record is that late.
  package mutating func found(_ question: Question, _ offset: Int64?, leaderEpoch: Int32) {
    guard isCurrent(question) else { return }
    guard let offset else { return move(question.partition, to: .resetting(.latest)) }
    move(question.partition, to: .at(offset, leaderEpoch: leaderEpoch))
    // It is the leader of now who says so, of a record that may be much older.
    partitions[question.partition]?.checkedEpoch = nil
  }

  /// A question about a position was not answered: later again.
  package mutating func failed(_ question: Question, at now: Instant) {
    if isCurrent(question) { repeatLater(question.partition, at: now) }
  }

  func isCurrent(_ question: Question) -> Bool {
    partitions[question.partition]?.generation == question.generation
  }

  mutating func repeatLater(_ partition: TopicPartition, at now: Instant) {
    guard var state = partitions[partition] else { return }
    state.isAsking = false
    state.failures += 1
    let chance = Double.random(in: 0..<1, using: &random)
    let wait = settings.retryBackoff.milliseconds(after: state.failures, chance: chance)
    state.notBefore = now + wait
    partitions[partition] = state
  }

  mutating func reset(
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
    var pressed: Set<Int32> = []
    var leaderless: Set<String> = []
    for (partition, state) in partitions {
      guard case .at(let offset, _) = state.position, !state.isPaused, !state.isDamaged,
        state.notBefore.map({ $0 <= now }) ?? true
      else { continue }
      let epoch = view.leaderEpoch(of: partition)
      if state.isUnchecked(at: epoch) { continue }
      guard let leader = view.leader(of: partition) else {
        leaderless.insert(partition.topic)
        continue
      }
      guard room(partition) > 0 else {
        pressed.insert(leader)
        continue
      }
      guard !fetching.contains(leader), isReady(leader) else { continue }
      partitions[partition]?.checkedEpoch = epoch
      byNode[leader, default: []].append(
        Plan.Part(
          partition: partition, generation: state.generation, offset: offset,
          maxBytes: state.maxBytes, leaderEpoch: epoch))
    }
    // In any order, so that none is always first and gets all of the answer's room.
    let plans = byNode.map { node, parts in
      Plan(
        node: node, parts: parts.shuffled(using: &random), isPressed: pressed.contains(node))
    }
    for plan in plans { fetching.insert(plan.node) }
    return (plans, leaderless)
  }

  /// When something that waits may be asked for again.
  package func nextDeadline(after now: Instant) -> Instant? {
    partitions.values.reduce(nil) { next, state in
      guard let due = state.notBefore, due > now, !state.isPaused else { return next }
      return Instant.earlier(next, due)
    }
  }
}
