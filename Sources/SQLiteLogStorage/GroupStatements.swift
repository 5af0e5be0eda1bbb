import ActaModel
import SQLite

/// The prepared statements for groups, their positions and the audit trail. Parameters are bound in
/// the order of the columns.
final class GroupStatements {
  // Groups and members.
  let groupID: Statement
  let putGroup: Statement
  let deleteGroup: Statement
  let putMember: Statement
  let deleteMember: Statement
  let deleteMembers: Statement
  let insertEvent: Statement

  // Positions.
  let readOffset: Statement
  let readOffsets: Statement
  let writeOffset: Statement
  let refreshOffset: Statement
  let deleteOffset: Statement

  // The audit trail.
  let findPosition: Statement
  let insertPosition: Statement
  let findCommitter: Statement
  let insertCommitter: Statement
  let extendCommitter: Statement
  let appendCommit: Statement

  init(on connection: borrowing Connection) throws(SQLiteError) {
    groupID = try connection.prepare("SELECT id FROM consumer_groups WHERE name = ?")
    putGroup = try connection.prepare(Self.putGroupSQL)
    deleteGroup = try connection.prepare("DELETE FROM consumer_groups WHERE id = ?")
    putMember = try connection.prepare(Self.putMemberSQL)
    deleteMember = try connection.prepare(
      "DELETE FROM group_members WHERE group_id = ? AND member_id = ?")
    deleteMembers = try connection.prepare("DELETE FROM group_members WHERE group_id = ?")
    insertEvent = try connection.prepare(
      """
      INSERT INTO group_events(occurred_at, group_name, kind, generation, member_id, instance_id,
        client_id, client_host, reason, partitions, principal, client_software,
        client_software_version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    readOffset = try connection.prepare(
      "SELECT \(StoredOffset.columns) FROM committed_offsets WHERE group_id = ? AND partition_id = ?"
    )
    readOffsets = try connection.prepare(
      "SELECT \(StoredOffset.columns) FROM committed_offsets WHERE group_id = ?")
    writeOffset = try connection.prepare(Self.writeOffsetSQL)
    refreshOffset = try connection.prepare(
      """
      UPDATE committed_offsets SET committed_at = ?, expires_at = ?
      WHERE group_id = ? AND partition_id = ?
      """)
    deleteOffset = try connection.prepare(
      "DELETE FROM committed_offsets WHERE group_id = ? AND partition_id = ?")
    findPosition = try connection.prepare(
      "SELECT id FROM audited_positions WHERE group_name = ? AND partition_id = ?")
    insertPosition = try connection.prepare(
      """
      INSERT INTO audited_positions(group_name, partition_id, topic, partition)
      SELECT ?1, p.id, t.name, p.number FROM partitions AS p JOIN topics AS t ON t.id = p.topic_id
      WHERE p.id = ?2
      """)
    findCommitter = try connection.prepare(
      """
      SELECT id FROM committers
      WHERE member_id = ? AND instance_id IS ? AND client_id = ? AND client_host = ? AND source = ?
        AND principal IS ? AND client_software IS ? AND client_software_version IS ?
      """)
    insertCommitter = try connection.prepare(
      """
      INSERT INTO committers(member_id, instance_id, client_id, client_host, source, principal,
        client_software, client_software_version, used_through)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    extendCommitter = try connection.prepare("UPDATE committers SET used_through = ? WHERE id = ?")
    appendCommit = try connection.prepare(
      """
      INSERT INTO offset_commits(id, position_id, committer_id, committed_at, offset_before,
        offset_after, leader_epoch, generation, metadata, is_indexed)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
      """)
  }

  private static let putGroupSQL = """
    INSERT INTO consumer_groups(name, type, state, protocol_type, protocol, leader_id, generation,
      assignment_epoch, state_changed_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?9, ?9)
    ON CONFLICT (name) DO UPDATE SET
      type = excluded.type, protocol_type = excluded.protocol_type, protocol = excluded.protocol,
      leader_id = excluded.leader_id, generation = excluded.generation,
      assignment_epoch = excluded.assignment_epoch, state = excluded.state,
      state_changed_at = iif(state = excluded.state, state_changed_at, excluded.state_changed_at)
    """

  private static let putMemberSQL = """
    INSERT OR REPLACE INTO group_members(group_id, \(MemberRow.columns))
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    """

  private static let writeOffsetSQL = """
    INSERT INTO committed_offsets(group_id, partition_id, committed_offset, leader_epoch, metadata,
      committed_at, changed_at, expires_at, position_id) VALUES (?, ?, ?, ?, ?, ?6, ?6, ?7, ?8)
    ON CONFLICT (group_id, partition_id) DO UPDATE SET
      committed_offset = excluded.committed_offset, leader_epoch = excluded.leader_epoch,
      metadata = excluded.metadata, committed_at = excluded.committed_at,
      changed_at = excluded.changed_at, expires_at = excluded.expires_at
    """
}
