import ActaModel
package import Coordination

// Batches whose time is up, and what is left at the end.
extension ProduceSender {
  /// Gives up what has taken longer than `delivery.timeout.ms`. What is under way is told of when it returns,
  /// at the latest after `request.timeout.ms`.
  package mutating func expire(at now: Instant) {
    let time = now + -settings.deliveryTimeoutMilliseconds
    for partition in busy {
      guard let expired = lanes[partition]?.takeExpired(before: time), !expired.isEmpty else {
        continue
      }
      for batch in expired {
        let failure = expiry(of: batch.recordCount, for: partition, because: batch.lastFailure)
        settle(batch, .failure(failure))
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
    giveUp(batch, expiry(of: batch.count, for: batch.partition, because: reason))
  }

  private func expiry(
    of count: Int, for partition: TopicPartition, because reason: String?
  ) -> ClientFailure {
    let limit = settings.deliveryTimeoutMilliseconds
    let sentence = "\(partition): not acknowledged within \(limit) ms (delivery.timeout.ms)"
    var failure = ClientFailure(
      .timedOut, reason.map { "\(sentence): \($0)" } ?? "\(sentence).", topic: partition.topic,
      partition: partition.partition)
    failure.message =
      "Expiring \(count) record(s) for \(partition):\(limit) ms has passed since batch creation"
    return failure
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
        number: batch.number, isWhole: true, bytes: batch.size, partition: batch.partition,
        recordCount: batch.count, failure: failure))
    for waiter in batch.waiters { waiter.completion(.failure(failure)) }
  }
}

extension ClientFailure {
  func about(_ partition: TopicPartition) -> ClientFailure {
    var failure = self
    failure.topic = partition.topic
    failure.partition = partition.partition
    return failure
  }
}
