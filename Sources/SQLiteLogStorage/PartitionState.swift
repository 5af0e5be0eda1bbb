import ActaModel

/// What the writer knows of a partition: a copy of its row, ahead of it only inside a transaction,
/// and the producers that have written lately. After a rollback it is dropped and read anew.
final class PartitionState {
  let id: PartitionID
  var logStartOffset: Int64
  var nextOffset: Int64
  /// Of the last append; -1 before the first.
  var leaderEpoch: Int32
  var recordCount: Int64
  var sizeBytes: Int64
  var maxTimestamp: Int64

  /// Loaded when a producer is first seen; `.some(nil)` is known to have no row.
  var producers: [Int64: ProducerState?] = [:]
  /// Whose rows are behind.
  var changedProducers: Set<Int64> = []
  /// The record before `nextOffset` is known to be a row, so that the next row's number follows by
  /// itself. False when in doubt: after a load, a trim, a control batch.
  var endsInRow = false
  /// The row is behind, and what is published is.
  var isDirty = false

  init(
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
