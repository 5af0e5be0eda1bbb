import ActaModel
import LogStorage
import SQLite

/// Rows of `stored_partitions` that are made a slice at a time, and seen by nobody before the last.
///
/// Those of a topic in the making name a topic that has no row. Those that a topic grows by stand in
/// `deleted_partitions` as well until it has all of them, as do those of a topic that has gone
/// (`TopicRemains`): whatever is in both tables is nobody's. What a crash has cut short is deleted at the next
/// start.
final class PartitionStaging {
  private let database: Database

  init(_ database: Database) { self.database = database }

  // MARK: Topics that are still to be inserted

  func stage(_ count: Int, after staged: StagedTopic?) throws -> StagedTopic {
    let key = try staged?.key ?? reserveTopicRow()
    let present = staged?.partitions ?? []
    return StagedTopic(
      key: key, partitions: present + (try insert(count, after: present.count, ofTopic: key)))
  }

  /// What AUTOINCREMENT would give next, which it gives nobody else then, not even after a crash.
  private func reserveTopicRow() throws -> Int64 {
    if try database.run("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'topics'") == 0 {
      try database.run("INSERT INTO sqlite_sequence(name, seq) VALUES ('topics', 1)")
    }
    guard let row = try lastTopicRow() else {
      throw StoreError.refused("no row could be reserved for a topic")
    }
    return row
  }

  func lastTopicRow() throws(SQLiteError) -> Int64? {
    try database.integer("SELECT seq FROM sqlite_sequence WHERE name = 'topics'")
  }

  func discard(_ staged: StagedTopic) throws(SQLiteError) {
    try database.run("DELETE FROM stored_partitions WHERE topic_id = ?", staged.key)
  }

  // MARK: Topics that grow

  /// Makes up to `limit` of the partitions from `present` up to `count`. Once there are all of them, whoever
  /// has made them, they are the topic's, and are returned; before that, `nil`.
  func grow(
    _ topicRow: Int64, from present: Int, to count: Int, atMost limit: Int, at now: Int64
  ) throws -> [PartitionID]? {
    if count == present { return [] }
    let staged = try stagedCount(topicRow, from: present)
    let missing = count - present - staged
    let added = try insert(min(max(missing, 0), limit), after: present + staged, ofTopic: topicRow)
    guard missing <= limit else {
      try hide(added, at: now)
      return nil
    }
    return staged == 0 ? added : try take(topicRow, from: present, to: count)
  }

  private func stagedCount(_ topicRow: Int64, from present: Int) throws(SQLiteError) -> Int {
    let row = try database.kept(
      "SELECT count(*) FROM partitions WHERE topic_id = ? AND number >= ?")
    try row.statement.bind(topicRow, at: 1)
    try row.statement.bind(Int64(present), at: 2)
    defer { row.statement.reset() }
    return try row.statement.step() ? Int(row.statement.integer(0)) : 0
  }

  private func hide(_ partitions: [PartitionID], at now: Int64) throws(SQLiteError) {
    guard let first = partitions.first, let last = partitions.last else { return }
    try database.run(
      "INSERT INTO deleted_partitions SELECT id, ?3 FROM partitions WHERE id BETWEEN ?1 AND ?2",
      first.value, last.value, now)
  }

  private func take(
    _ topicRow: Int64, from present: Int, to count: Int
  ) throws(SQLiteError) -> [PartitionID] {
    let range = (first: Int64(present), last: Int64(count) - 1)
    try database.run(
      """
      DELETE FROM deleted_partitions WHERE partition_id IN (
        SELECT id FROM partitions WHERE topic_id = ? AND number BETWEEN ? AND ?)
      """, topicRow, range.first, range.last)
    let rows = try database.prepare(
      "SELECT id FROM partitions WHERE topic_id = ? AND number BETWEEN ? AND ? ORDER BY number")
    try rows.bind(topicRow, at: 1)
    try rows.bind(range.first, at: 2)
    try rows.bind(range.last, at: 3)
    var taken: [PartitionID] = []
    while try rows.step() { taken.append(PartitionID(rows.integer(0))) }
    return taken
  }

  /// The topic will not grow by what was made for it.
  func discardGrowth(of topicRow: Int64, from present: Int) throws(SQLiteError) {
    try database.run(
      """
      DELETE FROM deleted_partitions WHERE partition_id IN (
        SELECT id FROM partitions WHERE topic_id = ? AND number >= ?)
      """, topicRow, Int64(present))
    try database.run(
      "DELETE FROM stored_partitions WHERE topic_id = ? AND number >= ?", topicRow, Int64(present))
  }

  // MARK: Rows

  /// In one statement, two microseconds each.
  private func insert(
    _ count: Int, after present: Int, ofTopic topicRow: Int64
  ) throws -> [PartitionID] {
    if count == 0 { return [] }
    let first = Int64(present)
    let added = try database.run(
      """
      INSERT INTO stored_partitions(topic_id, number, view_number)
      WITH RECURSIVE new(number) AS (
        SELECT ?2 UNION ALL SELECT number + 1 FROM new WHERE number + 1 < ?3)
      SELECT ?1, number, 0 FROM new
      """, topicRow, first, first + Int64(count))
    guard added == count else {
      throw StoreError.refused("\(added) of \(count) partitions were inserted")
    }
    // AUTOINCREMENT: inside one statement the ids follow each other.
    let last = database.connection.lastInsertedRowID
    return (last - Int64(count) + 1...last).map { PartitionID($0) }
  }

  /// What a crash has cut short. Nothing was written to it, so rows that somebody has orphaned otherwise
  /// are let be.
  static func discardLeftovers(_ database: Database) throws(SQLiteError) {
    let transaction = try database.connection.beginImmediate()
    try database.run(
      """
      DELETE FROM stored_partitions WHERE id IN (
        SELECT id FROM partitions
        WHERE view_number = 0 AND next_offset = 0 AND topic_id NOT IN (SELECT id FROM topics)
          AND id NOT IN (SELECT partition_id FROM deleted_partitions))
      """)
    let rows = try database.prepare(
      """
      SELECT id FROM partitions JOIN deleted_partitions ON partition_id = id
      WHERE view_number = 0 AND topic_id IN (SELECT id FROM topics)
      """)
    var grown: [Int64] = []
    while try rows.step() { grown.append(rows.integer(0)) }
    for id in grown {
      try database.run("DELETE FROM stored_partitions WHERE id = ?", id)
      try database.run("DELETE FROM deleted_partitions WHERE partition_id = ?", id)
    }
    try transaction.commit()
  }
}
