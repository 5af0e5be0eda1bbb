import SQLite
import SQLiteStore

// What can be taken back of a group's positions.

extension CommitHistory {
  /// A position, and where it is to be; `nil`: there is to be none.
  package struct Position: Equatable, Sendable {
    package let topic: String
    package let partition: Int32
    package let offset: Int64?
  }

  /// What the positions were that the last move has changed. A move is what an administrator has set or deleted, and
  /// what a commit has put behind where it was; changes of one moment by the same client are one.
  ///
  /// - Parameters:
  ///   - tool: A client whose every commit is a move: who sets positions of a group that never had members looks
  ///     like a consumer otherwise.
  ///   - isWanted: Whether changes of a partition count.
  package func beforeLastMove(
    tool: String, isWanted: (_ topic: String, _ partition: Int32) -> Bool
  ) throws -> [Position] {
    let recent = try lastMove(tool, isWanted, isRecent: true)
    // What began before the newest changes are looked at has more to it than was seen.
    if recent.isWhole { return recent.positions }
    return try lastMove(tool, isWanted, isRecent: false).positions
  }

  /// - Parameter isRecent: Whether only the newest changes of the trail are walked through, see `recentCount`.
  /// - Returns: Whether it is known where the move began.
  private func lastMove(
    _ tool: String, _ isWanted: (_ topic: String, _ partition: Int32) -> Bool, isRecent: Bool
  ) throws -> (positions: [Position], isWhole: Bool) {
    let isMove = """
      (c.offset_after < c.offset_before OR k.source IN ('admin reset', 'admin delete')
        OR (k.source = 'simple consumer' AND k.client_id = ?2))
      """
    let rows = try log.prepare(
      isRecent
        ? """
        SELECT p.topic, p.partition, c.offset_before, c.committed_at, k.source, k.client_id,
          k.client_host, k.member_id, \(isMove)
        FROM offset_commits AS c
        CROSS JOIN audited_positions AS p ON p.id = c.position_id
        CROSS JOIN committers AS k ON k.id = c.committer_id
        WHERE c.id > (SELECT max(id) FROM offset_commits) - \(Self.recentCount)
          AND p.group_name = ?1
        ORDER BY c.id DESC
        """
        : """
        SELECT topic, partition, offset_before, committed_at, source, client, host,
          coalesce(member, ''), 1
        FROM offset_history
        WHERE "group" = ?1 AND (rewound = 1 OR source IN ('admin reset', 'admin delete')
          OR (source = 'simple consumer' AND client = ?2))
        ORDER BY id DESC
        """)
    try rows.bind(group, at: 1)
    try rows.bind(tool, at: 2)
    var positions: [Position] = []
    var move: [String]?
    while try rows.step() {
      let act = (3...7).map { rows.text(Int32($0)) }
      // An earlier moment: what was done in the one before is seen.
      if let move, move[0] != act[0] { return (positions, true) }
      let position = Position(
        topic: rows.text(0), partition: Int32(clamping: rows.integer(1)),
        offset: rows.nullableInteger(2))
      guard rows.integer(8) != 0, isWanted(position.topic, position.partition) else { continue }
      if let move, move != act { return (positions, true) }
      move = act
      positions.append(position)
    }
    return (positions, !isRecent)
  }

  /// Where positions were at a time that have changed since. It follows from what came after, so that it holds
  /// as far back as the trail goes.
  ///
  /// - Parameter time: Epoch milliseconds; what happened in it has happened.
  package func changedPositions(since time: Int64) throws -> [Position] {
    let rows = try log.prepare(
      """
      \(Self.eachPosition("min", ">")),
      oldest(id) AS (SELECT min(id) FROM each GROUP BY topic, partition)
      SELECT topic, partition, offset_before FROM offset_history
      WHERE id IN (SELECT id FROM oldest)
      ORDER BY topic, partition
      """)
    try rows.bind(group, at: 1)
    try rows.bind(time, at: 2)
    var positions: [Position] = []
    while try rows.step() {
      positions.append(
        Position(
          topic: rows.text(0), partition: Int32(clamping: rows.integer(1)),
          offset: rows.nullableInteger(2)))
    }
    return positions
  }
}
