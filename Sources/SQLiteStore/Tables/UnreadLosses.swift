import ActaModel
import LogStorage
import SQLite

/// `unread_losses`: what groups had not read of the records that were deleted. It costs a deletion one look
/// into an index where no group is behind.
final class UnreadLosses {
  private let database: Database
  private let isAnyBehind: Statement

  init(_ database: Database) throws(SQLiteError) {
    self.database = database
    isAnyBehind = try database.prepare(
      """
      SELECT 1 FROM committed_offsets WHERE partition_id = ? AND committed_offset < ? LIMIT 1
      """)
  }

  /// Before the records are deleted, those from `start` up to `end`, that are counted here.
  func note(
    in partition: PartitionID, from start: Offset, to end: Offset, _ pass: TrimPass, at now: Int64
  ) throws(SQLiteError) {
    try isAnyBehind.bind(partition.value, at: 1)
    try isAnyBehind.bind(end.value, at: 2)
    guard try isAnyBehind.step() else { return }
    isAnyBehind.reset()
    try add(in: partition, from: start, to: end, pass, at: now)
  }

  /// For all groups at once. Most stand below the slice's beginning and lose the same, which is counted once.
  private func add(
    in partition: PartitionID, from start: Offset, to end: Offset, _ pass: TrimPass, at now: Int64
  ) throws(SQLiteError) {
    let records = RecordTables.name(partition)
    let upsert = try database.kept(
      """
      INSERT INTO unread_losses(occurred_at, group_name, topic, partition, partition_id, pass_start,
        first_offset, end_offset, records, cause, client_id, client_host, principal,
        client_software, client_software_version)
      SELECT ?4, l.name, t.name, p.number, p.id, ?5, l.first, ?3, l.records, ?6, ?7, ?8, ?9, ?10, ?11
      FROM (
        SELECT g.name, max(c.committed_offset, ?2) AS first,
          CASE WHEN c.committed_offset <= ?2
            THEN (SELECT count(*) FROM \(records) WHERE "offset" >= ?2 AND "offset" < ?3)
            ELSE (SELECT count(*) FROM \(records)
              WHERE "offset" >= c.committed_offset AND "offset" < ?3) END AS records
        FROM committed_offsets AS c JOIN consumer_groups AS g ON g.id = c.group_id
        WHERE c.partition_id = ?1 AND c.committed_offset < ?3) AS l
      JOIN partitions AS p ON p.id = ?1 JOIN topics AS t ON t.id = p.topic_id
      WHERE l.records > 0
      ON CONFLICT (group_name, partition_id, pass_start, cause) DO UPDATE SET
        occurred_at = excluded.occurred_at, end_offset = excluded.end_offset,
        records = records + excluded.records
      """)
    try upsert.statement.bind(partition.value, at: 1)
    try upsert.statement.bind(start.value, at: 2)
    try upsert.statement.bind(end.value, at: 3)
    try upsert.statement.bind(now, at: 4)
    try upsert.statement.bind(pass.logStartOffset.value, at: 5)
    try upsert.statement.bind(pass.author.cause.rawValue, at: 6)
    try upsert.statement.bind(pass.author.clientID, at: 7)
    try upsert.statement.bind(pass.author.clientHost, at: 8)
    try pass.author.attribution.bind(to: upsert.statement, from: 9)
    try upsert.statement.run()
  }
}
