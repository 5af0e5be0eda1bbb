package import ActaModel
import BatchCodec
package import Coordination

/// Which batches go to which broker next, and what becomes of them by its answer.
///
/// Belongs to one thread. It takes batches from the accumulator only when their partition's leader can take a
/// request, so that those which must wait go on filling.
package struct ProduceSender {
  /// A request to one broker.
  package struct Request: Sendable {
    package let number: UInt64
    package let node: Int32
    package fileprivate(set) var batches: [SealedBatch]
    /// `false` with `acks=0`.
    package let isAnswered: Bool
  }

  let settings: ProducerSettings
  var lanes: [TopicPartition: SendingLane] = [:]
  /// Those that are not idle.
  var busy: Set<TopicPartition> = []
  var requests: [UInt64: Request] = [:]
  var requestsByNode: [Int32: Int] = [:]
  var lastNumber: UInt64 = 0
  var claim: ProducerClaim?
  var random: SplitMix
  var settled: [SettledBatch] = []
  /// Of batches that were cut in parts, by number: how many are not settled.
  var parts: [UInt64: Int] = [:]
  var failure: ClientFailure?

  package init(_ settings: ProducerSettings, seed: UInt64) {
    self.settings = settings
    random = SplitMix(state: seed)
  }

  // MARK: What it needs

  /// Whether nothing can be sent before there is a producer id.
  package var needsProducerID: Bool { settings.enableIdempotence && claim == nil }

  package mutating func take(_ claim: ProducerClaim) { self.claim = claim }

  /// The same for a producer with a transactional id, between two transactions: with another epoch sequences
  /// begin anew.
  package mutating func takeNext(_ claim: ProducerClaim) {
    if claim == self.claim { return }
    precondition(busy.isEmpty, "a transaction ends when all of it is settled")
    lanes = [:]
    self.claim = claim
  }

  /// Why batches were given up since this was last asked, if any were.
  package mutating func takeFailure() -> ClientFailure? { failure.take() }

  /// What would be sent again is given up; what is under way is waited for.
  package mutating func giveUpRepeats(_ failure: ClientFailure) {
    for partition in busy {
      for batch in lanes[partition]?.takeAll() ?? [] {
        settle(batch, .failure(failure.about(partition)))
      }
      noteIdle(partition)
    }
  }

  /// Nothing is under way or to be sent again.
  package var isIdle: Bool { busy.isEmpty }

  /// Batches that are done with, each once: their room in the accumulator is free.
  package mutating func takeSettled() -> [SettledBatch] {
    defer { settled = [] }
    return settled
  }

  // MARK: Sending

  /// What can be sent now.
  ///
  /// - Parameters:
  ///   - due: Partitions of which something waits, the first ones first.
  ///   - view: Who leads them.
  ///   - isReady: Whether a broker can be sent a request.
  ///   - limit: Requests at the most.
  ///   - take: Takes a partition's oldest batch out of the accumulator.
  /// - Returns: Requests, and topics of whose partitions nobody is known to lead some.
  package mutating func requests(
    at now: Instant, due: [TopicPartition], view: ClusterView, isReady: (Int32) -> Bool,
    atMost limit: Int = .max, take: (TopicPartition) -> OpenBatch?
  ) -> (requests: [Request], leaderless: Set<String>) {
    var leaderless: Set<String> = []
    if needsProducerID { return ([], leaderless) }
    var byNode: [Int32: [TopicPartition]] = [:]
    var seen: Set<TopicPartition> = []
    let repeated = busy.filter { lanes[$0]?.repeats(at: now) ?? false }.sorted()
    for partition in repeated + due.filter({ lanes[$0]?.takesNew(settings) ?? true })
    where seen.insert(partition).inserted {
      guard let leader = view.leader(of: partition) else {
        leaderless.insert(partition.topic)
        continue
      }
      byNode[leader, default: []].append(partition)
    }
    var made: [Request] = []
    for (node, partitions) in byNode.sorted(by: { $0.key < $1.key }) {
      var left = partitions[...]
      while !left.isEmpty, made.count < limit, isReady(node),
        requestsByNode[node, default: 0] < settings.maxInFlightRequestsPerConnection
      {
        let request = makeRequest(to: node, from: &left, take)
        if request.batches.isEmpty { break }
        made.append(request)
      }
    }
    return (made, leaderless)
  }

  /// One batch of each partition, as many as fit.
  private mutating func makeRequest(
    to node: Int32, from partitions: inout ArraySlice<TopicPartition>,
    _ take: (TopicPartition) -> OpenBatch?
  ) -> Request {
    lastNumber += 1
    var request = Request(
      number: lastNumber, node: node, batches: [], isAnswered: settings.acks != 0)
    var size = 0
    while let partition = partitions.first,
      request.batches.isEmpty || size + settings.batchSize <= settings.maxRequestSize
    {
      partitions.removeFirst()
      guard let batch = nextBatch(of: partition, take) else { continue }
      size += batch.size
      request.batches.append(batch)
    }
    if !request.batches.isEmpty {
      requests[request.number] = request
      requestsByNode[node, default: 0] += 1
    }
    return request
  }

  private mutating func nextBatch(
    of partition: TopicPartition, _ take: (TopicPartition) -> OpenBatch?
  ) -> SealedBatch? {
    var lane = lanes[partition] ?? SendingLane()
    defer { lanes[partition] = lane }
    if !lane.again.isEmpty { return lane.takeAgain() }
    guard let open = take(partition) else { return nil }
    var batch = SealedBatch(open, settings)
    lane.begin(
      &batch, as: settings.enableIdempotence ? claim : nil,
      isTransactional: settings.transactionalID != nil)
    busy.insert(partition)
    return batch
  }
}
