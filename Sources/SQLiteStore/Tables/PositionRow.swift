import ActaModel
import SQLite

/// A row of `committed_offsets`.
struct PositionRow {
  static let columns = """
    partition_id, committed_offset, leader_epoch, metadata, committed_at, expires_at, position_id
    """

  let stored: StoredPosition
  /// What the audit trail calls the group and the partition together.
  let positionID: Int64

  init(_ row: borrowing Statement) {
    stored = StoredPosition(
      partition: PartitionID(row.integer(0)), offset: row.integer(1),
      leaderEpoch: row.leaderEpoch(2), metadata: row.text(3),
      committedAt: row.integer(4), expiresAt: row.nullableInteger(5))
    positionID = row.integer(6)
  }

  /// A commit of the same again is no change.
  func says(_ commit: OffsetCommit) -> Bool {
    stored.offset == commit.offset && stored.leaderEpoch == commit.leaderEpoch
      && ExactText(stored.metadata) == ExactText(commit.metadata)
  }
}
