/// An aborted transaction, as readers are told of it: what its producer has written from the offset on is
/// no record, up to that producer's next abort marker.
package struct AbortedTransaction: Hashable, Sendable {
  package let producerID: ProducerID
  package let firstOffset: Offset

  package init(producerID: ProducerID, firstOffset: Offset) {
    self.producerID = producerID
    self.firstOffset = firstOffset
  }
}
