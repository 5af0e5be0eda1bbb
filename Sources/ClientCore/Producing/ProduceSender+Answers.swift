package import ActaModel
package import Coordination
package import KafkaWire

// What becomes of batches by brokers' answers.
extension ProduceSender {
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
        failed(batch, failure.at(request.node), at: now)
      }
    case .success(let response):
      let answers = Self.byPartition(response, names)
      for batch in request.batches {
        guard let answer = answers[batch.partition] else {
          let failure = ClientFailure(
            .malformedAnswer, "The broker's answer says nothing of \(batch.partition).",
            topic: batch.partition.topic, partition: batch.partition.partition)
          failed(batch, failure.at(request.node), at: now)
          continue
        }
        if answer.errorCode.meansOldMetadata { outdated.insert(batch.partition.topic) }
        take(answer, of: request.node, for: batch, at: now)
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
    _ answer: ProduceResponse.Partition, of node: Int32, for batch: SealedBatch, at now: Instant
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
    case .messageTooLarge:
      guard let (first, second) = batch.halved(settings) else {
        return failed(batch, Self.failure(answer, batch.partition).at(node), at: now)
      }
      // Nothing of it was taken: its parts go before what follows it.
      parts[batch.number, default: 1] += 1
      lanes[batch.partition]?.returned()
      lanes[batch.partition]?.repeatLater(first, notBefore: now)
      lanes[batch.partition]?.repeatLater(second, notBefore: now)
    case .outOfOrderSequenceNumber, .unknownProducerID, .invalidProducerEpoch:
      misplaced(batch, answer, of: node, at: now)
    default:
      failed(batch, Self.failure(answer, batch.partition).at(node), at: now)
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
    _ batch: SealedBatch, _ answer: ProduceResponse.Partition, of node: Int32, at now: Instant
  ) {
    // In a transaction there is no beginning anew: it is aborted.
    guard settings.enableIdempotence, var lane = lanes[batch.partition],
      settings.transactionalID == nil || !lane.isAlone(batch)
    else {
      return failed(batch, Self.failure(answer, batch.partition).at(node), at: now)
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
      batch.note(failure)
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

  mutating func end(_ number: UInt64) -> Request? {
    guard let request = requests.removeValue(forKey: number) else { return nil }
    requestsByNode[request.node, default: 1] -= 1
    return request
  }

  mutating func leave(_ batch: SealedBatch) {
    lanes[batch.partition]?.returned()
    noteIdle(batch.partition)
  }

  mutating func noteIdle(_ partition: TopicPartition) {
    if lanes[partition]?.isIdle ?? true { busy.remove(partition) }
  }

  mutating func settle(
    _ batch: SealedBatch, _ result: Result<SealedBatch.Appended, ClientFailure>
  ) {
    var batch = batch
    let result = result.mapError { failure in
      let isEnd = settings.transactionalID != nil && ProducerTransaction.isFatal(failure)
      return isEnd ? failure.endingClient() : failure
    }
    let reason: ClientFailure? = if case .failure(let failure) = result { failure } else { nil }
    failure = failure ?? reason
    let left = parts[batch.number].map { $0 - 1 } ?? 0
    parts[batch.number] = left > 0 ? left : nil
    settled.append(
      SettledBatch(
        number: batch.number, isWhole: left == 0, bytes: batch.bufferedBytes,
        partition: batch.partition, recordCount: batch.recordCount, failure: reason))
    batch.settle(result)
  }
}
