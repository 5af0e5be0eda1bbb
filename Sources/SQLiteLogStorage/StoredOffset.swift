import ActaModel
import SQLite

/// A row of `committed_offsets`.
struct StoredOffset {
  static let columns = """
    partition_id, committed_offset, leader_epoch, metadata, committed_at, expires_at, position_id
    """

  let partition: PartitionID
  let offset: Int64
  let leaderEpoch: Int32
  let metadata: String
  let committedAt: Int64
  let expiresAt: Int64?
  let positionID: Int64

  init(row: borrowing Statement) {
    partition = PartitionID(row.integer(0))
    offset = row.integer(1)
    leaderEpoch = Int32(truncatingIfNeeded: row.integer(2))
    metadata = row.text(3)
    committedAt = row.integer(4)
    expiresAt = row.nullableInteger(5)
    positionID = row.integer(6)
  }

  var committed: CommittedOffset {
    CommittedOffset(
      partition: partition, offset: offset, leaderEpoch: leaderEpoch, metadata: metadata,
      committedAt: committedAt)
  }

  /// A commit of the same again is no change.
  func says(_ commit: OffsetCommit) -> Bool {
    offset == commit.offset && leaderEpoch == commit.leaderEpoch
      && ExactText(metadata) == ExactText(commit.metadata)
  }
}
