package import ActaModel
import BatchCodec
package import Coordination
package import KafkaWire

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

  private let settings: ProducerSettings
  private var lanes: [TopicPartition: SendingLane] = [:]
  /// Those that are not idle.
  private var busy: Set<TopicPartition> = []
  private var requests: [UInt64: Request] = [:]
  private var requestsByNode: [Int32: Int] = [:]
  private var lastNumber: UInt64 = 0
  private var claim: ProducerClaim?
  private var random: SplitMix
  private var settled: [SettledBatch] = []
  private var failure: ClientFailure?

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
  ///   - take: Takes a partition's oldest batch out of the accumulator.
  /// - Returns: Requests, and topics of whose partitions nobody is known to lead some.
  package mutating func requests(
    at now: Instant, due: [TopicPartition], view: ClusterView, isReady: (Int32) -> Bool,
    take: (TopicPartition) -> OpenBatch?
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
      while !left.isEmpty, isReady(node),
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

  // MARK: Answers

  /// A request that nobody answers has left.
  package mutating func sent(_ number: UInt64) {
    guard let request = end(number) else { return }
    for batch in request.batches {
      leave(batch)
      settle(batch, .success(SealedBatch.Appended(baseOffset: -1, logAppendTime: nil)))
    }
  }

  /// - Returns: Topics about which metadata is to be asked for.
  package mutating func answered(
    _ number: UInt64, _ answer: Result<ProduceResponse, ClientFailure>, names: [TopicID: String],
    at now: Instant
  ) -> Set<String> {
    guard let request = end(number) else { return [] }
    var outdated: Set<String> = []
    switch answer {
    case .failure(let failure):
      for batch in request.batches {
        if failure.reason == .disconnected { outdated.insert(batch.partition.topic) }
        failed(batch, failure, at: now)
      }
    case .success(let response):
      let answers = Self.byPartition(response, names)
      for batch in request.batches {
        guard let answer = answers[batch.partition] else {
          let failure = ClientFailure(
            .malformedAnswer, "The broker's answer says nothing of \(batch.partition).",
            topic: batch.partition.topic, partition: batch.partition.partition)
          failed(batch, failure, at: now)
          continue
        }
        if answer.errorCode.meansOldMetadata { outdated.insert(batch.partition.topic) }
        take(answer, for: batch, at: now)
      }
    }
    return outdated
  }

  private static func byPartition(
    _ response: ProduceResponse, _ names: [TopicID: String]
  ) -> [TopicPartition: ProduceResponse.Partition] {
    var answers: [TopicPartition: ProduceResponse.Partition] = [:]
    for topic in response.responses {
      guard let name = topic.topicID == .zero ? topic.name : names[topic.topicID] else { continue }
      for partition in topic.partitionResponses {
        answers[TopicPartition(name, partition.index)] = partition
      }
    }
    return answers
  }

  private mutating func take(
    _ answer: ProduceResponse.Partition, for batch: SealedBatch, at now: Instant
  ) {
    switch answer.errorCode {
    case .none:
      lanes[batch.partition]?.taken()
      leave(batch)
      let time = answer.logAppendTimeMilliseconds
      settle(
        batch,
        .success(
          .init(baseOffset: answer.baseOffset, logAppendTime: time < 0 ? nil : time)))
    case .duplicateSequenceNumber:
      // It is there; an old broker does not say where.
      lanes[batch.partition]?.taken()
      leave(batch)
      settle(batch, .success(.init(baseOffset: -1, logAppendTime: nil)))
    case .outOfOrderSequenceNumber, .unknownProducerID, .invalidProducerEpoch:
      misplaced(batch, answer, at: now)
    default:
      failed(batch, Self.failure(answer, batch.partition), at: now)
    }
  }

  private static func failure(
    _ answer: ProduceResponse.Partition, _ partition: TopicPartition
  ) -> ClientFailure {
    let records = answer.recordErrors.compactMap(\.batchIndexErrorMessage).first
    return ClientFailure(
      answer.errorCode, message: answer.errorMessage ?? records, topic: partition.topic,
      partition: partition.partition)
  }

  /// The broker misses something before the batch. It may be under way again; if not, it will not come.
  private mutating func misplaced(
    _ batch: SealedBatch, _ answer: ProduceResponse.Partition, at now: Instant
  ) {
    // In a transaction there is no beginning anew: it is aborted.
    guard settings.enableIdempotence, var lane = lanes[batch.partition],
      settings.transactionalID == nil || !lane.isAlone(batch)
    else {
      return failed(batch, Self.failure(answer, batch.partition), at: now)
    }
    lane.returned()
    var batch = batch
    batch.lastFailure = Self.failure(answer, batch.partition).sentence
    let isOldest = lane.isOldest(batch)
    // A broker that refuses it again and again is not asked without a pause.
    let wait = batch.attempts > 2 ? backoff(batch) : 0
    lane.repeatLater(batch, notBefore: now + wait)
    if isOldest, !lane.startOver(claim) {
      // Its epochs have run out: nothing is sent before there is another id.
      claim = nil
    }
    lanes[batch.partition] = lane
  }

  private mutating func failed(_ batch: SealedBatch, _ failure: ClientFailure, at now: Instant) {
    lanes[batch.partition]?.returned()
    let mayRepeat =
      failure.isRetriable && Int64(batch.attempts) <= Int64(settings.retries)
      && now < batch.createdAt + settings.deliveryTimeoutMilliseconds
    if mayRepeat {
      let wait = backoff(batch)
      var batch = batch
      batch.lastFailure = failure.sentence
      lanes[batch.partition]?.repeatLater(batch, notBefore: now + wait)
    } else {
      noteIdle(batch.partition)
      settle(batch, .failure(failure.about(batch.partition)))
    }
  }

  private mutating func backoff(_ batch: SealedBatch) -> Int64 {
    settings.retryBackoff.milliseconds(
      after: batch.attempts, chance: Double.random(in: 0..<1, using: &random))
  }

  private mutating func end(_ number: UInt64) -> Request? {
    guard let request = requests.removeValue(forKey: number) else { return nil }
    requestsByNode[request.node, default: 1] -= 1
    return request
  }

  private mutating func leave(_ batch: SealedBatch) {
    lanes[batch.partition]?.returned()
    noteIdle(batch.partition)
  }

  private mutating func noteIdle(_ partition: TopicPartition) {
    if lanes[partition]?.isIdle ?? true { busy.remove(partition) }
  }

  private mutating func settle(
    _ batch: SealedBatch, _ result: Result<SealedBatch.Appended, ClientFailure>
  ) {
    var batch = batch
    let reason: ClientFailure? = if case .failure(let failure) = result { failure } else { nil }
    failure = failure ?? reason
    settled.append(
      SettledBatch(
        number: batch.number, bytes: batch.bufferedBytes, partition: batch.partition,
        recordCount: batch.recordCount, failure: reason))
    batch.settle(result)
  }

  // MARK: Time

  /// Gives up what has taken longer than `delivery.timeout.ms`. What is under way is told of when it returns,
  /// at the latest after `request.timeout.ms`.
  package mutating func expire(at now: Instant) {
    let time = now + -settings.deliveryTimeoutMilliseconds
    for partition in busy {
      guard let expired = lanes[partition]?.takeExpired(before: time), !expired.isEmpty else {
        continue
      }
      for batch in expired {
        settle(batch, .failure(expiry(of: partition, because: batch.lastFailure)))
      }
      noteIdle(partition)
    }
  }

  /// Batches that were never sent are not sent any more.
  package mutating func giveUp(_ batches: [OpenBatch], _ failure: ClientFailure) {
    for batch in batches { giveUp(batch, failure.about(batch.partition)) }
  }

  /// Gives up a batch that was never sent.
  ///
  /// - Parameter reason: What was in the way.
  package mutating func expire(_ batch: OpenBatch, because reason: String?) {
    giveUp(batch, expiry(of: batch.partition, because: reason))
  }

  private func expiry(of partition: TopicPartition, because reason: String?) -> ClientFailure {
    let sentence =
      "\(partition): not acknowledged within \(settings.deliveryTimeoutMilliseconds) ms"
      + " (delivery.timeout.ms)"
    return ClientFailure(
      .timedOut, reason.map { "\(sentence): \($0)" } ?? "\(sentence).", topic: partition.topic,
      partition: partition.partition)
  }

  /// When something is to be sent again, or given up.
  package var nextDeadline: Instant? {
    var next: Instant?
    for partition in busy {
      guard let lane = lanes[partition], let first = lane.again.first else { continue }
      // The lane's turn comes with an answer while something is under way.
      if lane.inFlightCount == 0 { next = Instant.earlier(next, lane.notBefore) }
      next = Instant.earlier(
        next, first.createdAt + settings.deliveryTimeoutMilliseconds + Int64(1))
    }
    return next
  }

  // MARK: The end

  /// Gives up everything, under way or not.
  package mutating func abandon(_ waiting: [OpenBatch], _ failure: ClientFailure) {
    for request in requests.values.sorted(by: { $0.number < $1.number }) {
      for batch in request.batches { settle(batch, .failure(failure.about(batch.partition))) }
    }
    requests = [:]
    requestsByNode = [:]
    for partition in busy {
      for batch in lanes[partition]?.takeAll() ?? [] {
        settle(batch, .failure(failure.about(partition)))
      }
    }
    lanes = [:]
    busy = []
    for batch in waiting { giveUp(batch, failure.about(batch.partition)) }
  }

  private mutating func giveUp(_ batch: OpenBatch, _ failure: ClientFailure) {
    self.failure = self.failure ?? failure
    settled.append(
      SettledBatch(
        number: batch.number, bytes: batch.size, partition: batch.partition,
        recordCount: batch.count, failure: failure))
    for waiter in batch.waiters { waiter.completion(.failure(failure)) }
  }
}

extension ClientFailure {
  fileprivate func about(_ partition: TopicPartition) -> ClientFailure {
    var failure = self
    failure.topic = partition.topic
    failure.partition = partition.partition
    return failure
  }
}
