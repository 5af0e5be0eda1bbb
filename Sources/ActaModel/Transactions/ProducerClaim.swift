/// Who a producer says it is: its id, and the epoch in which it writes.
package struct ProducerClaim: Hashable, Sendable {
  package let id: ProducerID
  package let epoch: Int16

  package init(id: ProducerID, epoch: Int16) {
    self.id = id
    self.epoch = epoch
  }
}

extension ProducerClaim: CustomStringConvertible {
  package var description: String { "producer \(id), epoch \(epoch)" }
}
