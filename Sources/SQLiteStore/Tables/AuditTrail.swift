import ActaModel
import LogStorage
import SQLite

/// A change of a committed offset.
struct AuditEntry {
  let positionID: Int64
  var before: Int64?
  /// `nil`: forgotten.
  var after: Int64?
  var leaderEpoch = LeaderEpoch.absent
  var metadata = ""
}

/// `offset_commits` with its names: every change of a position. Rows are added at the end, and taken into
/// their index many at a time (`migrations/v0002_groups.sql` says why).
final class AuditTrail {
  private static let idsAhead: Int64 = 65_536

  let database: Database
  /// Rows that one slice of work indexes or deletes, and that wait for the index.
  let sliceRows: Int
  private let findPosition: Statement
  private let insertPosition: Statement
  private let findCommitter: Statement
  private let insertCommitter: Statement
  private let extendCommitter: Statement
  private let insert: Statement
  /// Read when it is first needed, and again after a rollback or another process's write.
  private var known: AuditState?

  init(_ database: Database, sliceRows: Int) throws(SQLiteError) {
    self.database = database
    self.sliceRows = sliceRows
    findPosition = try database.prepare(
      "SELECT id FROM audited_positions WHERE group_name = ? AND partition_id = ?")
    insertPosition = try database.prepare(
      """
      INSERT INTO audited_positions(group_name, partition_id, topic, partition)
      SELECT ?1, p.id, t.name, p.number FROM partitions AS p JOIN topics AS t ON t.id = p.topic_id
      WHERE p.id = ?2
      """)
    findCommitter = try database.prepare(
      """
      SELECT id FROM committers
      WHERE member_id = ? AND instance_id IS ? AND client_id = ? AND client_host = ? AND source = ?
        AND principal IS ? AND client_software IS ? AND client_software_version IS ?
        AND transactional_id IS ? AND producer_id IS ?
      """)
    insertCommitter = try database.prepare(
      """
      INSERT INTO committers(member_id, instance_id, client_id, client_host, source, principal,
        client_software, client_software_version, transactional_id, producer_id, used_through)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    extendCommitter = try database.prepare("UPDATE committers SET used_through = ? WHERE id = ?")
    insert = try database.prepare(
      """
      INSERT INTO offset_commits(id, position_id, committer_id, committed_at, offset_before,
        offset_after, leader_epoch, generation, metadata, is_indexed)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
      """)
  }

  /// After a rollback, and when others have written.
  func forget() { known = nil }

  func state() throws(SQLiteError) -> AuditState {
    if let known { return known }
    let indexed = try lastID("SELECT indexed_through FROM audit_progress")
    let last = try lastID("SELECT max(id) FROM offset_commits")
    let state = AuditState(
      nextID: max(indexed, last) + 1, indexedThrough: indexed,
      endsInRow: last > 0 && last >= indexed)
    known = state
    return state
  }

  /// Others may have written any number; history goes on all the same.
  private func lastID(_ sql: String) throws(SQLiteError) -> Int64 {
    min(max(0, try database.integer(sql) ?? 0), Plausible.count.upperBound)
  }

  func append(_ entry: AuditEntry, by committer: Committer, at now: Int64) throws(SQLiteError) {
    let state = try state()
    let id = state.nextID
    try insert.bind(state.endsInRow ? nil : id, at: 1)
    try insert.bind(entry.positionID, at: 2)
    try insert.bind(try committerID(of: committer, for: id, state), at: 3)
    try insert.bind(now, at: 4)
    try insert.bind(entry.before, at: 5)
    try insert.bind(entry.after, at: 6)
    try insert.bind(Int64(entry.leaderEpoch.value), at: 7)
    try insert.bind(Int64(committer.generation), at: 8)
    try insert.bind(entry.metadata.isEmpty ? nil : entry.metadata, at: 9)
    try insert.run()
    state.nextID = id + 1
    state.endsInRow = true
  }

  // MARK: Names

  func positionID(of group: String, in partition: PartitionID) throws(SQLiteError) -> Int64 {
    try findPosition.bind(group, at: 1)
    try findPosition.bind(partition.value, at: 2)
    if try findPosition.step() {
      defer { findPosition.reset() }
      return findPosition.integer(0)
    }
    try insertPosition.bind(group, at: 1)
    try insertPosition.bind(partition.value, at: 2)
    try insertPosition.run()
    return database.connection.lastInsertedRowID
  }

  /// The committer's row, good for the audit row `auditID`.
  private func committerID(
    of committer: Committer, for auditID: Int64, _ state: AuditState
  ) throws(SQLiteError) -> Int64 {
    var name = committer
    name.generation = -1
    if let known = state[name], known.usedThrough >= auditID { return known.id }
    let usedThrough = auditID + Self.idsAhead
    let id: Int64
    if let found = try find(name) {
      try extendCommitter.run(usedThrough, found)
      id = found
    } else {
      id = try insert(name, usedThrough: usedThrough)
    }
    state[name] = AuditState.KnownCommitter(id: id, usedThrough: usedThrough)
    return id
  }

  private func find(_ committer: Committer) throws(SQLiteError) -> Int64? {
    try Self.bind(committer, to: findCommitter)
    guard try findCommitter.step() else { return nil }
    defer { findCommitter.reset() }
    return findCommitter.integer(0)
  }

  private func insert(_ committer: Committer, usedThrough: Int64) throws(SQLiteError) -> Int64 {
    try Self.bind(committer, to: insertCommitter)
    try insertCommitter.bind(usedThrough, at: 11)
    try insertCommitter.run()
    return database.connection.lastInsertedRowID
  }

  private static func bind(
    _ committer: Committer, to row: borrowing Statement
  ) throws(SQLiteError) {
    try row.bind(committer.memberID, at: 1)
    try row.bind(committer.instanceID, at: 2)
    try row.bind(committer.clientID, at: 3)
    try row.bind(committer.clientHost, at: 4)
    try row.bind(committer.source.rawValue, at: 5)
    try committer.attribution.bind(to: row, from: 6)
    try row.bind(committer.transactionalID, at: 9)
    try row.bind(committer.producerID?.value, at: 10)
  }

  // MARK: The index

  /// Without a look at the tables: unknown counts as yes.
  var mayHaveRowsToIndex: Bool { known.map { $0.unindexed >= sliceRows } ?? true }

  func hasRowsToIndex() throws(SQLiteError) -> Bool { try state().unindexed >= sliceRows }

  /// Takes a slice of the newest rows into the index. In a transaction of its own.
  func indexSlice() throws(SQLiteError) {
    let state = try state()
    let first = state.indexedThrough
    let last = min(state.nextID - 1, first + Int64(sliceRows))
    let transaction = try database.connection.beginImmediate()
    try database.run(
      "UPDATE offset_commits SET is_indexed = 1 WHERE id > ? AND id <= ?", first, last)
    try database.run("UPDATE audit_progress SET indexed_through = ?", last)
    try transaction.commit()
    state.indexedThrough = last
  }
}
