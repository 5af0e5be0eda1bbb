/// A partition as the tables keep it: its row, and what batches say that were appended since that was written.
package struct PartitionRow: Equatable, Sendable {
  package let id: PartitionID
  /// The first offset that may be read.
  package var logStartOffset: Offset
  /// The next offset to be written. Never computed from the records: retention may delete the last of them.
  package var nextOffset: Offset
  /// Of the last append; absent before the first.
  package var leaderEpoch: LeaderEpoch
  package var recordCount: Int64
  package var sizeBytes: Int64
  /// The largest of all timestamps ever appended, epoch milliseconds; -1 before the first.
  package var maxTimestamp: Int64
  /// Up to the log's end.
  package var appended: LogSums
  /// What is stored of producers is from before this offset; batches from here on say the rest.
  package var producersThrough: Offset

  package init(
    id: PartitionID, logStartOffset: Offset = .zero, nextOffset: Offset = .zero,
    leaderEpoch: LeaderEpoch = .absent, recordCount: Int64 = 0, sizeBytes: Int64 = 0,
    maxTimestamp: Int64 = -1, appended: LogSums = .zero, producersThrough: Offset = .zero
  ) {
    self.id = id
    self.logStartOffset = logStartOffset
    self.nextOffset = nextOffset
    self.leaderEpoch = leaderEpoch
    self.recordCount = recordCount
    self.sizeBytes = sizeBytes
    self.maxTimestamp = maxTimestamp
    self.appended = appended
    self.producersThrough = producersThrough
  }
}
