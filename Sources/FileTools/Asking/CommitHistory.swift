import SQLite
package import SQLiteStore

/// Who has changed a group's positions, and what they were at a time.
package struct CommitHistory {
  /// A change of a position.
  package struct Change: Equatable, Sendable {
    package let id: Int64
    /// Epoch milliseconds.
    package let committedAt: Int64
    package let topic: String
    package let partition: Int64
    /// `nil`: there was none.
    package let before: Int64?
    /// `nil`: it was forgotten.
    package let after: Int64?
    /// consumer, simple consumer, transaction, admin reset, admin delete, expiry, topic deletion.
    package let source: String
    package let client: String
    package let host: String
    package let member: String?
    package let principal: String?
    package let software: String?
    package let transactionalID: String?

    package var isRewind: Bool { before.flatMap { before in after.map { $0 < before } } ?? false }
  }

  private static let columns = """
    id, committed_at, topic, partition, offset_before, offset_after, source, client, host, member,
    principal, trim(coalesce(client_software, '') || ' ' || coalesce(client_software_version, '')),
    transactional_id
    """

  let log: StoredLog
  let group: String

  package init(_ log: StoredLog, group: String) {
    self.log = log
    self.group = group
  }

  /// Whether the trail has anything of the group.
  package func isKnown() throws -> Bool {
    let row = try log.prepare(
      """
      SELECT EXISTS (SELECT 1 FROM audited_positions WHERE group_name = ?1)
        OR EXISTS (SELECT 1 FROM consumer_groups WHERE name = ?1)
      """)
    try row.bind(group, at: 1)
    return try row.step() && row.integer(0) != 0
  }

  /// The newest `limit` changes up to `time` (epoch milliseconds, inclusive), oldest first.
  package func changes(
    topic: String? = nil, rewindsOnly: Bool = false, through time: Int64? = nil, limit: Int
  ) throws -> [Change] {
    let recent = try changes(topic, rewindsOnly, time, limit, isRecent: true)
    return recent.count == limit
      ? recent : try changes(topic, rewindsOnly, time, limit, isRecent: false)
  }

  /// How many changes, of whatever group, are walked through from the newest before the indices are asked. They give a
  /// group's changes in no order that helps: all of them would be sorted for the last few.
  static let recentCount = 20_000

  /// - Parameter isRecent: Whether only the newest of the trail are looked at.
  private func changes(
    _ topic: String?, _ rewindsOnly: Bool, _ time: Int64?, _ limit: Int, isRecent: Bool
  ) throws -> [Change] {
    let rows = try log.prepare(
      isRecent
        ? """
        SELECT \(Self.columns) FROM offset_history
        WHERE id IN (
          SELECT c.id FROM offset_commits AS c
          CROSS JOIN audited_positions AS p ON p.id = c.position_id
          WHERE c.id > (SELECT max(id) FROM offset_commits) - \(Self.recentCount)
            AND p.group_name = ?1 AND (?2 IS NULL OR p.topic = ?2)
            AND (?3 = 0 OR c.offset_after < c.offset_before) AND c.committed_at <= ?4
          ORDER BY c.id DESC LIMIT ?5)
        ORDER BY id DESC
        """
        : """
        SELECT \(Self.columns) FROM offset_history
        WHERE "group" = ?1 AND (?2 IS NULL OR topic = ?2) AND (?3 = 0 OR rewound = 1)
          AND committed_at <= ?4
        ORDER BY id DESC LIMIT ?5
        """)
    try rows.bind(group, at: 1)
    try rows.bind(topic, at: 2)
    try rows.bind(rewindsOnly ? 1 : 0, at: 3)
    try rows.bind(time ?? .max, at: 4)
    try rows.bind(Int64(limit), at: 5)
    return try read(rows).reversed()
  }

  /// Each position as it was at `time`, with the change that made it so.
  package func positions(at time: Int64, topic: String? = nil) throws -> [Change] {
    let rows = try log.prepare(
      """
      \(Self.eachPosition("max", "<=")),
      newest(id) AS (SELECT max(id) FROM each GROUP BY topic, partition)
      SELECT \(Self.columns) FROM offset_history
      WHERE id IN (SELECT id FROM newest) AND (?3 IS NULL OR topic = ?3)
      ORDER BY topic, partition
      """)
    try rows.bind(group, at: 1)
    try rows.bind(time, at: 2)
    try rows.bind(topic, at: 3)
    return try read(rows).filter { $0.after != nil }
  }

  /// The beginning of a query: `each` has, for each position of the group (?1), the least or greatest id of its changes
  /// on one side of a time (?2). What is indexed is found in the index alone; the newest, which are in none, are
  /// walked through once for all positions.
  static func eachPosition(_ extreme: String, _ comparison: String) -> String {
    """
    WITH tail(position_id, id) AS MATERIALIZED (
      SELECT position_id, \(extreme)(id) FROM offset_commits
      WHERE id > (SELECT indexed_through FROM audit_progress) AND is_indexed = 0
        AND committed_at \(comparison) ?2
      GROUP BY position_id),
    each(topic, partition, id) AS MATERIALIZED (
      SELECT p.topic, p.partition, (
        SELECT \(extreme)(c.id) FROM offset_commits AS c INDEXED BY offset_commits_by_position
        WHERE c.position_id = p.id AND c.is_indexed = 1 AND c.committed_at \(comparison) ?2)
      FROM audited_positions AS p WHERE p.group_name = ?1
      UNION ALL
      SELECT p.topic, p.partition, t.id
      FROM tail AS t JOIN audited_positions AS p ON p.id = t.position_id
      WHERE p.group_name = ?1)
    """
  }

  private func read(_ rows: borrowing Statement) throws -> [Change] {
    var changes: [Change] = []
    while try rows.step() {
      let software = rows.text(11)
      changes.append(
        Change(
          id: rows.integer(0), committedAt: rows.integer(1), topic: rows.text(2),
          partition: rows.integer(3), before: rows.nullableInteger(4),
          after: rows.nullableInteger(5),
          source: rows.text(6), client: rows.text(7), host: rows.text(8),
          member: rows.nullableText(9), principal: rows.nullableText(10),
          software: software.isEmpty ? nil : software, transactionalID: rows.nullableText(12)))
    }
    return changes
  }
}
