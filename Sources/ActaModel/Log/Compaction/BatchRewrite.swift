/// A batch that loses records: what it must still be, so that nothing is done to another, and what is left.
package struct BatchRewrite: Equatable, Sendable {
  package let baseOffset: Offset
  package let lastOffset: Offset
  /// The batch as it was looked at: rows that were changed meanwhile have another checksum.
  package let recordCount: Int32
  package let recordsCRC: UInt32
  /// The records that go lie in these ranges, and no others do.
  package let removed: [ClosedRange<Offset>]
  package let restCount: Int32
  /// Of the batch, header included.
  package let restSizeBytes: Int64
  package let restCRC: UInt32
  /// `nil` if it is not idempotent.
  package let producer: ProducerID?
  /// It is the marker of a transaction, which has no record and goes whole.
  package let isMarker: Bool
  /// The batch's row stays although no record is left.
  package var staysEmpty = false

  package init(
    baseOffset: Offset, lastOffset: Offset, recordCount: Int32, recordsCRC: UInt32,
    removed: [ClosedRange<Offset>], restCount: Int32, restSizeBytes: Int64, restCRC: UInt32,
    producer: ProducerID?, isMarker: Bool = false
  ) {
    self.baseOffset = baseOffset
    self.lastOffset = lastOffset
    self.recordCount = recordCount
    self.recordsCRC = recordsCRC
    self.removed = removed
    self.restCount = restCount
    self.restSizeBytes = restSizeBytes
    self.restCRC = restCRC
    self.producer = producer
    self.isMarker = isMarker
  }

  package var removedCount: Int32 { isMarker ? 0 : recordCount - restCount }
  package var isEmpty: Bool { restCount == 0 }
}
