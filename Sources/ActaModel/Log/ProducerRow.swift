/// What a partition keeps of an idempotent producer: its epoch and its last batches
/// (KafkaWire/PROTOCOL.md §15).
package struct ProducerRow: Equatable, Sendable {
  package struct Batch: Equatable, Sendable {
    package let firstSequence: Int32
    package let lastSequence: Int32
    package let baseOffset: Offset
    package let lastOffset: Offset
    /// The broker's clock, epoch milliseconds.
    package let timestamp: Int64

    package init(
      firstSequence: Int32, lastSequence: Int32, baseOffset: Offset, lastOffset: Offset,
      timestamp: Int64
    ) {
      self.firstSequence = firstSequence
      self.lastSequence = lastSequence
      self.baseOffset = baseOffset
      self.lastOffset = lastOffset
      self.timestamp = timestamp
    }
  }

  package let epoch: Int16
  package let lastTimestamp: Int64
  /// Oldest first; none if its epoch was raised by the end of a transaction.
  package let batches: [Batch]
  /// Of the coordinator that wrote its last marker; `nil` if there was none.
  package let coordinatorEpoch: Int32?

  package init(
    epoch: Int16, lastTimestamp: Int64, batches: [Batch], coordinatorEpoch: Int32? = nil
  ) {
    self.epoch = epoch
    self.lastTimestamp = lastTimestamp
    self.batches = batches
    self.coordinatorEpoch = coordinatorEpoch
  }
}
