/// What a partition remembers of an aborted transaction.
package struct AbortedRange: Equatable, Sendable {
  package let producerID: ProducerID
  /// Of the transaction's first batch.
  package let firstOffset: Offset
  /// Of its marker.
  package let lastOffset: Offset
  /// The last stable offset once it was aborted: no transaction that was aborted later begins below.
  package let lastStableOffset: Offset

  package init(
    producerID: ProducerID, firstOffset: Offset, lastOffset: Offset, lastStableOffset: Offset
  ) {
    self.producerID = producerID
    self.firstOffset = firstOffset
    self.lastOffset = lastOffset
    self.lastStableOffset = lastStableOffset
  }

  package var transaction: AbortedTransaction {
    AbortedTransaction(producerID: producerID, firstOffset: firstOffset)
  }

  /// Whether a batch of the producer at this offset was written in the transaction.
  package func covers(_ offset: Offset, of producer: ProducerID) -> Bool {
    producer == producerID && firstOffset <= offset && offset <= lastOffset
  }
}

extension [AbortedRange] {
  /// As readers are told of them: in the order in which they began.
  package var transactions: [AbortedTransaction] {
    if isEmpty { return [] }
    return map(\.transaction).sorted { $0.firstOffset < $1.firstOffset }
  }
}
