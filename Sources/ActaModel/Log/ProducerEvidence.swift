/// What a batch in the log tells of its producer.
package struct ProducerEvidence: Equatable, Sendable {
  package enum Kind: Equatable, Sendable {
    case records(firstSequence: Int32, lastSequence: Int32, isTransactional: Bool)
    /// The end of a transaction.
    case marker(coordinatorEpoch: Int32)
  }

  package let producer: ProducerClaim
  package let baseOffset: Offset
  package let lastOffset: Offset
  /// The broker's clock, epoch milliseconds.
  package let appendedAt: Int64
  package let kind: Kind

  package init(
    producer: ProducerClaim, baseOffset: Offset, lastOffset: Offset, appendedAt: Int64, kind: Kind
  ) {
    self.producer = producer
    self.baseOffset = baseOffset
    self.lastOffset = lastOffset
    self.appendedAt = appendedAt
    self.kind = kind
  }
}
