/// A committed offset as the tables keep it.
package struct StoredPosition: Equatable, Sendable {
  package let partition: PartitionID
  /// As the client said it (`OffsetCommit.offset`).
  package let offset: Int64
  package let leaderEpoch: LeaderEpoch
  package let metadata: String
  /// Epoch milliseconds.
  package let committedAt: Int64
  /// Set by a commit that had a retention time of its own (OffsetCommit v2–4).
  package let expiresAt: Int64?

  package init(
    partition: PartitionID, offset: Int64, leaderEpoch: LeaderEpoch, metadata: String,
    committedAt: Int64, expiresAt: Int64?
  ) {
    self.partition = partition
    self.offset = offset
    self.leaderEpoch = leaderEpoch
    self.metadata = metadata
    self.committedAt = committedAt
    self.expiresAt = expiresAt
  }

  package var committed: CommittedOffset {
    CommittedOffset(
      partition: partition, offset: offset, leaderEpoch: leaderEpoch, metadata: metadata,
      committedAt: committedAt)
  }
}
