/// A partition as the tables keep it.
package struct PartitionRow: Equatable, Sendable {
  package let id: PartitionID
  /// The first offset that may be read.
  package var logStartOffset: Int64
  /// The next offset to be written. Stored, never computed from the records: retention may delete the
  /// last of them.
  package var nextOffset: Int64
  /// Of the last append; -1 before the first.
  package var leaderEpoch: Int32
  package var recordCount: Int64
  package var sizeBytes: Int64
  /// The largest of all timestamps ever appended, epoch milliseconds; -1 before the first.
  package var maxTimestamp: Int64

  package init(
    id: PartitionID, logStartOffset: Int64 = 0, nextOffset: Int64 = 0, leaderEpoch: Int32 = -1,
    recordCount: Int64 = 0, sizeBytes: Int64 = 0, maxTimestamp: Int64 = -1
  ) {
    self.id = id
    self.logStartOffset = logStartOffset
    self.nextOffset = nextOffset
    self.leaderEpoch = leaderEpoch
    self.recordCount = recordCount
    self.sizeBytes = sizeBytes
    self.maxTimestamp = maxTimestamp
  }
}
