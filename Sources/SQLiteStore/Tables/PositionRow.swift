import ActaModel
import LogStorage
import SQLite

/// A row of `committed_offsets`.
struct PositionRow {
  static let columns = """
    partition_id, committed_offset, leader_epoch, metadata, committed_at, expires_at, position_id
    """

  let stored: StoredPosition
  /// What the audit trail calls the group and the partition together.
  let positionID: Int64

  init(_ row: borrowing Statement, ofGroup group: Int64) throws(StoreError) {
    let name = RowName("committed_offsets", "\(group), \(row.literal(0))")
    stored = StoredPosition(
      partition: PartitionID(try row.integer(0, in: Plausible.id, of: name)),
      offset: try row.anyInteger(1, of: name),
      leaderEpoch: try row.leaderEpoch(2, of: name),
      metadata: try row.string(3, of: name),
      committedAt: try row.integer(4, in: Plausible.time, of: name),
      expiresAt: row.isNull(5) ? nil : try row.anyInteger(5, of: name))
    positionID = try row.integer(6, in: Plausible.id, of: name)
  }

  /// A commit of the same again is no change.
  func says(_ commit: OffsetCommit) -> Bool {
    stored.offset == commit.offset && stored.leaderEpoch == commit.leaderEpoch
      && ExactText(stored.metadata) == ExactText(commit.metadata)
  }
}
