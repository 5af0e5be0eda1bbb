package import ActaModel

/// Idempotence (KafkaWire/PROTOCOL.md §15): whether a batch follows what its producer has written before.
package enum SequenceVerdict: Equatable, Sendable {
  case accept
  /// It is one of the last five, and was given this offset at this time.
  case duplicate(baseOffset: Offset, appendedAt: Int64)
  case staleEpoch(known: Int16)
  case outOfOrder(expected: Int32, found: Int32)
  /// It is of no transaction, and its producer has one open in the partition.
  case transactionIsOpen
}

extension ProducerRow {
  /// Batches that are remembered: a client has no more in flight.
  package static let window = 5

  /// Judges a batch by what is known of its producer; of one that is not known any sequence is taken.
  package static func judge(
    _ known: ProducerRow?, epoch: Int16, firstSequence: Int32, lastSequence: Int32
  ) -> SequenceVerdict {
    guard let known else { return .accept }
    if epoch < known.epoch { return .staleEpoch(known: known.epoch) }
    if epoch > known.epoch {
      return firstSequence == 0 ? .accept : .outOfOrder(expected: 0, found: firstSequence)
    }
    for batch in known.batches
    where batch.firstSequence == firstSequence && batch.lastSequence == lastSequence {
      return .duplicate(baseOffset: batch.baseOffset, appendedAt: batch.timestamp)
    }
    // Without batches the epoch is the one that the end of a transaction has raised.
    let last = known.batches.last?.lastSequence ?? -1
    let expected = last == .max ? 0 : last + 1
    return firstSequence == expected
      ? .accept : .outOfOrder(expected: expected, found: firstSequence)
  }

  /// What is known after `batch` was appended.
  package static func appending(
    _ batch: Batch, epoch: Int16, to known: ProducerRow?
  ) -> ProducerRow {
    var batches = known?.epoch == epoch ? known?.batches ?? [] : []
    batches.append(batch)
    if batches.count > window { batches.removeFirst(batches.count - window) }
    return ProducerRow(
      epoch: epoch, lastTimestamp: batch.timestamp, batches: batches,
      coordinatorEpoch: known?.coordinatorEpoch)
  }

  /// What is known when a batch in the log is gone through that `known` does not know of yet. Whoever has a
  /// transaction open is not forgotten for having been silent, and a batch of a transaction was one's.
  package static func replaying(
    _ evidence: ProducerEvidence, on known: ProducerRow?, expirationMilliseconds: Int64
  ) -> ProducerRow {
    switch evidence.kind {
    case .marker(let coordinatorEpoch):
      return ending(
        evidence.producer, coordinatorEpoch: coordinatorEpoch, at: evidence.appendedAt, known)
    case .records(let first, let last, let isTransactional):
      let isForgotten =
        !isTransactional
        && known.map { evidence.appendedAt - $0.lastTimestamp > expirationMilliseconds } ?? false
      let batch = Batch(
        firstSequence: first, lastSequence: last, baseOffset: evidence.baseOffset,
        lastOffset: evidence.lastOffset, timestamp: evidence.appendedAt)
      return appending(
        batch, epoch: evidence.producer.epoch, to: isForgotten ? nil : known)
    }
  }

  /// What is known after a marker was written. An epoch that it raises begins with no batch.
  package static func ending(
    _ marker: ProducerClaim, coordinatorEpoch: Int32, at time: Int64, _ known: ProducerRow?
  ) -> ProducerRow {
    let epoch = max(marker.epoch, known?.epoch ?? marker.epoch)
    return ProducerRow(
      epoch: epoch, lastTimestamp: time,
      batches: known?.epoch == epoch ? known?.batches ?? [] : [],
      coordinatorEpoch: coordinatorEpoch)
  }
}
