/// What retention and trims look at of a batch.
package struct BatchSummary: Equatable, Sendable {
  package let baseOffset: Offset
  package let lastOffset: Offset
  package let recordCount: Int64
  package let sizeBytes: Int64
  /// Epoch milliseconds; -1 when no record has one.
  package let maxTimestamp: Int64
  package let appendedAt: Int64
  /// Whose transaction it is of, if it is of one.
  package let transactionOf: ProducerID?
  /// It is the marker of a transaction.
  package let isMarker: Bool

  package init(
    baseOffset: Offset, lastOffset: Offset, recordCount: Int64, sizeBytes: Int64,
    maxTimestamp: Int64, appendedAt: Int64, transactionOf: ProducerID? = nil,
    isMarker: Bool = false
  ) {
    self.baseOffset = baseOffset
    self.lastOffset = lastOffset
    self.recordCount = recordCount
    self.sizeBytes = sizeBytes
    self.maxTimestamp = maxTimestamp
    self.appendedAt = appendedAt
    self.transactionOf = transactionOf
    self.isMarker = isMarker
  }
}
