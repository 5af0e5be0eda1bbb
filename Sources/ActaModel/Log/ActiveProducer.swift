/// An idempotent producer that a partition remembers.
package struct ActiveProducer: Equatable, Sendable {
  package let id: ProducerID
  package let epoch: Int16
  /// Of its last batch; `nil` if it has sent none since its epoch was raised.
  package let lastSequence: Int32?
  /// The broker's clock, epoch milliseconds.
  package let lastTimestamp: Int64
  /// Of the coordinator that wrote its last marker; `nil` if there was none.
  package let coordinatorEpoch: Int32?
  /// The first offset of its open transaction.
  package let openSince: Offset?

  package init(
    id: ProducerID, epoch: Int16, lastSequence: Int32?, lastTimestamp: Int64,
    coordinatorEpoch: Int32? = nil, openSince: Offset? = nil
  ) {
    self.id = id
    self.epoch = epoch
    self.lastSequence = lastSequence
    self.lastTimestamp = lastTimestamp
    self.coordinatorEpoch = coordinatorEpoch
    self.openSince = openSince
  }

  package init(id: ProducerID, row: ProducerRow, openSince: Offset? = nil) {
    self.init(
      id: id, epoch: row.epoch, lastSequence: row.batches.last?.lastSequence,
      lastTimestamp: row.lastTimestamp, coordinatorEpoch: row.coordinatorEpoch,
      openSince: openSince)
  }
}
