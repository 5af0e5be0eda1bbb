/// An idempotent producer that a partition remembers.
package struct ActiveProducer: Equatable, Sendable {
  package let id: ProducerID
  package let epoch: Int16
  /// Of its last batch; `nil` if it has sent none since its epoch was raised.
  package let lastSequence: Int32?
  /// The broker's clock, epoch milliseconds.
  package let lastTimestamp: Int64

  package init(id: ProducerID, epoch: Int16, lastSequence: Int32?, lastTimestamp: Int64) {
    self.id = id
    self.epoch = epoch
    self.lastSequence = lastSequence
    self.lastTimestamp = lastTimestamp
  }

  package init(id: ProducerID, row: ProducerRow) {
    self.init(
      id: id, epoch: row.epoch, lastSequence: row.batches.last?.lastSequence,
      lastTimestamp: row.lastTimestamp)
  }
}
