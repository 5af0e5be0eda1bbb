import ActaModel
import LogStorage
import SQLite

/// A change of a committed offset.
struct AuditEntry {
  let positionID: Int64
  var before: Int64?
  /// `nil`: forgotten.
  var after: Int64?
  var leaderEpoch: Int32 = -1
  var metadata = ""
}

/// The audit trail: rows are added at its end, and taken into its index many at a time
/// (`migrations/v0002_groups.sql` says why).
extension Writer {
  /// After a start, a rollback, or somebody else's write.
  func loadAudit() throws(SQLiteError) {
    let indexed = try connection.integer("SELECT indexed_through FROM audit_progress") ?? 0
    let last = try connection.integer("SELECT max(id) FROM offset_commits") ?? 0
    auditState = AuditState()
    auditState.indexedThrough = indexed
    auditState.nextID = max(indexed, last) + 1
    auditState.endsInRow = last > 0 && last >= indexed
  }

  func audit(_ entry: AuditEntry, by committer: Committer) throws(SQLiteError) {
    let id = auditState.nextID
    try groupStatements.appendCommit.bind(auditState.endsInRow ? nil : id, at: 1)
    try groupStatements.appendCommit.bind(entry.positionID, at: 2)
    try groupStatements.appendCommit.bind(try committerID(of: committer, for: id), at: 3)
    try groupStatements.appendCommit.bind(now, at: 4)
    try groupStatements.appendCommit.bind(entry.before, at: 5)
    try groupStatements.appendCommit.bind(entry.after, at: 6)
    try groupStatements.appendCommit.bind(Int64(entry.leaderEpoch), at: 7)
    try groupStatements.appendCommit.bind(Int64(committer.generation), at: 8)
    try groupStatements.appendCommit.bind(entry.metadata.isEmpty ? nil : entry.metadata, at: 9)
    try groupStatements.appendCommit.run()
    auditState.nextID = id + 1
    auditState.endsInRow = true
  }

  // MARK: Names

  func positionID(
    of group: String, in partition: PartitionID
  ) throws(SQLiteError) -> Int64 {
    try groupStatements.findPosition.bind(group, at: 1)
    try groupStatements.findPosition.bind(partition.value, at: 2)
    if try groupStatements.findPosition.step() {
      defer { groupStatements.findPosition.reset() }
      return groupStatements.findPosition.integer(0)
    }
    try groupStatements.insertPosition.bind(group, at: 1)
    try groupStatements.insertPosition.bind(partition.value, at: 2)
    try groupStatements.insertPosition.run()
    return connection.lastInsertedRowID
  }

  /// The committer's row, good for the audit row `auditID`.
  private func committerID(
    of committer: Committer, for auditID: Int64
  ) throws(SQLiteError) -> Int64 {
    var name = committer
    name.generation = -1
    if let known = auditState[name], known.usedThrough >= auditID { return known.id }
    let usedThrough = auditID + Self.idsAhead
    let id: Int64
    if let found = try findCommitter(name) {
      try groupStatements.extendCommitter.run(usedThrough, found)
      id = found
    } else {
      id = try insert(name, usedThrough: usedThrough)
    }
    auditState[name] = AuditState.KnownCommitter(id: id, usedThrough: usedThrough)
    return id
  }

  private static var idsAhead: Int64 { 65_536 }

  private func findCommitter(
    _ committer: Committer
  ) throws(SQLiteError) -> Int64? {
    try Self.bind(committer, to: groupStatements.findCommitter)
    guard try groupStatements.findCommitter.step() else { return nil }
    defer { groupStatements.findCommitter.reset() }
    return groupStatements.findCommitter.integer(0)
  }

  private func insert(
    _ committer: Committer, usedThrough: Int64
  ) throws(SQLiteError) -> Int64 {
    try Self.bind(committer, to: groupStatements.insertCommitter)
    try groupStatements.insertCommitter.bind(usedThrough, at: 9)
    try groupStatements.insertCommitter.run()
    return connection.lastInsertedRowID
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
  }

  // MARK: The index

  /// Takes a slice of the newest rows into the index. In a transaction of its own.
  func indexAuditSlice() throws {
    let first = auditState.indexedThrough
    let last = min(auditState.nextID - 1, first + Int64(options.auditSliceRows))
    let transaction = try connection.beginImmediate()
    try connection.prepare(
      "UPDATE offset_commits SET is_indexed = 1 WHERE id > ? AND id <= ?"
    ).run(first, last)
    try connection.prepare("UPDATE audit_progress SET indexed_through = ?").run(last)
    try transaction.commit()
    auditState.indexedThrough = last
  }
}
