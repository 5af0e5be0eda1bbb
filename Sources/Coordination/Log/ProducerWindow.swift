package import ActaModel

/// Idempotence (KafkaWire/PROTOCOL.md §15): whether a batch follows what its producer has written before.
package enum SequenceVerdict: Equatable, Sendable {
  case accept
  /// It is one of the last five, and was given this offset at this time.
  case duplicate(baseOffset: Offset, appendedAt: Int64)
  case staleEpoch(known: Int16)
  case outOfOrder(expected: Int32, found: Int32)
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
    guard let last = known.batches.last else { return .accept }
    let expected = last.lastSequence == .max ? 0 : last.lastSequence + 1
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
    return ProducerRow(epoch: epoch, lastTimestamp: batch.timestamp, batches: batches)
  }
}
