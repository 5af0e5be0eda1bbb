/// Where a batch goes: what an append decides and its row says.
package struct BatchPlacement: Equatable, Sendable {
  package let partition: PartitionID
  package let baseOffset: Offset
  package let lastOffset: Offset
  package let leaderEpoch: LeaderEpoch
  /// The first batch of its leader epoch in this partition.
  package let beginsEpoch: Bool
  /// The largest timestamp of the partition, this batch included.
  package let runningMaxTimestamp: Int64
  /// Epoch milliseconds.
  package let appendedAt: Int64
  /// What the batch takes, rebuilt from rows.
  package let sizeBytes: Int64
  /// Of the partition, this batch included.
  package let appended: LogSums

  package init(
    partition: PartitionID, baseOffset: Offset, lastOffset: Offset, leaderEpoch: LeaderEpoch,
    beginsEpoch: Bool, runningMaxTimestamp: Int64, appendedAt: Int64, sizeBytes: Int64,
    appended: LogSums
  ) {
    self.partition = partition
    self.baseOffset = baseOffset
    self.lastOffset = lastOffset
    self.leaderEpoch = leaderEpoch
    self.beginsEpoch = beginsEpoch
    self.runningMaxTimestamp = runningMaxTimestamp
    self.appendedAt = appendedAt
    self.sizeBytes = sizeBytes
    self.appended = appended
  }
}
