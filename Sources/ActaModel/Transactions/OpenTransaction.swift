/// A transaction that has written to a partition and is not over there.
package struct OpenTransaction: Equatable, Sendable {
  package let partition: PartitionID
  package let producerID: ProducerID
  /// Of its first batch.
  package let firstOffset: Offset

  package init(partition: PartitionID, producerID: ProducerID, firstOffset: Offset) {
    self.partition = partition
    self.producerID = producerID
    self.firstOffset = firstOffset
  }
}
