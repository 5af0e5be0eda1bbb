import ActaModel
import LogStorage
import SQLite

/// `committed_offsets`: where each group is. Every change of a position goes into the audit trail with
/// it.
final class PositionTable {
  private let database: Database
  private let groups: GroupTables
  private let trail: AuditTrail
  private let readOne: Statement
  private let readAll: Statement
  private let readKept: Statement
  private let readNext: Statement
  private let write: Statement
  private let refresh: Statement
  private let delete: Statement

  init(_ database: Database, groups: GroupTables, trail: AuditTrail) throws(SQLiteError) {
    self.database = database
    self.groups = groups
    self.trail = trail
    readOne = try database.prepare(
      "SELECT \(PositionRow.columns) FROM committed_offsets WHERE group_id = ? AND partition_id = ?"
    )
    readAll = try database.prepare(
      "SELECT \(PositionRow.columns) FROM committed_offsets WHERE group_id = ?")
    // What is left of deleted topics is nobody's position any more.
    let isKept = "partition_id NOT IN (SELECT partition_id FROM deleted_partitions)"
    readKept = try database.prepare(
      """
      SELECT \(PositionRow.columns) FROM committed_offsets WHERE group_id = ? AND \(isKept)
      """)
    readNext = try database.prepare(
      """
      SELECT \(PositionRow.columns) FROM committed_offsets WHERE group_id = ? AND partition_id > ?
        AND \(isKept)
      ORDER BY partition_id LIMIT ?
      """)
    write = try database.prepare(
      """
      INSERT INTO committed_offsets(group_id, partition_id, committed_offset, leader_epoch,
        metadata, committed_at, changed_at, expires_at, position_id)
      VALUES (?, ?, ?, ?, ?, ?6, ?6, ?7, ?8)
      ON CONFLICT (group_id, partition_id) DO UPDATE SET
        committed_offset = excluded.committed_offset, leader_epoch = excluded.leader_epoch,
        metadata = excluded.metadata, committed_at = excluded.committed_at,
        changed_at = excluded.changed_at, expires_at = excluded.expires_at
      """)
    refresh = try database.prepare(
      """
      UPDATE committed_offsets SET committed_at = ?, expires_at = ?
      WHERE group_id = ? AND partition_id = ?
      """)
    delete = try database.prepare(
      "DELETE FROM committed_offsets WHERE group_id = ? AND partition_id = ?")
  }

  // MARK: Committing

  func commit(
    _ commits: [OffsetCommit], of group: String, by committer: Committer, at now: Int64
  ) throws {
    let id = try groups.existingID(of: group)
    for commit in commits {
      try self.commit(commit, of: id, named: group, by: committer, at: now)
    }
  }

  func commit(
    _ commit: OffsetCommit, of group: Int64, named name: String, by committer: Committer,
    at now: Int64
  ) throws {
    let before = try row(of: group, in: commit.partition)
    if let before, before.says(commit) { return try refresh(commit, of: group, at: now) }
    let positionID =
      if let before { before.positionID } else {
        try trail.positionID(of: name, in: commit.partition)
      }
    try write.bind(group, at: 1)
    try write.bind(commit.partition.value, at: 2)
    try write.bind(commit.offset, at: 3)
    try write.bind(Int64(commit.leaderEpoch.value), at: 4)
    try write.bind(commit.metadata, at: 5)
    try write.bind(now, at: 6)
    try write.bind(commit.expiresAt, at: 7)
    try write.bind(positionID, at: 8)
    try write.run()
    try trail.append(
      AuditEntry(
        positionID: positionID, before: before?.stored.offset, after: commit.offset,
        leaderEpoch: commit.leaderEpoch, metadata: commit.metadata), by: committer, at: now)
  }

  private func refresh(_ commit: OffsetCommit, of group: Int64, at now: Int64) throws(SQLiteError) {
    try refresh.bind(now, at: 1)
    try refresh.bind(commit.expiresAt, at: 2)
    try refresh.bind(group, at: 3)
    try refresh.bind(commit.partition.value, at: 4)
    try refresh.run()
  }

  // MARK: Reading

  func positions(of group: String, in partitions: [PartitionID]?) throws -> [StoredPosition] {
    guard let id = try groups.id(of: group) else { return [] }
    guard let partitions else { return try rows(of: id, by: readKept).map(\.stored) }
    return try partitions.compactMap { try row(of: id, in: $0)?.stored }
  }

  func positions(
    of group: String, after partition: PartitionID?, atMost count: Int
  ) throws -> [StoredPosition] {
    guard let id = try groups.id(of: group) else { return [] }
    try readNext.bind(id, at: 1)
    try readNext.bind(partition?.value ?? .min, at: 2)
    try readNext.bind(Int64(count), at: 3)
    defer { readNext.reset() }
    var positions: [StoredPosition] = []
    while try readNext.step() {
      positions.append(try PositionRow(readNext, ofGroup: id).stored)
    }
    return positions
  }

  private func row(
    of group: Int64, in partition: PartitionID
  ) throws -> PositionRow? {
    try readOne.bind(group, at: 1)
    try readOne.bind(partition.value, at: 2)
    guard try readOne.step() else { return nil }
    defer { readOne.reset() }
    return try PositionRow(readOne, ofGroup: group)
  }

  private func rows(
    of group: Int64, by statement: borrowing Statement
  ) throws -> [PositionRow] {
    try statement.bind(group, at: 1)
    defer { statement.reset() }
    var rows: [PositionRow] = []
    while try statement.step() { rows.append(try PositionRow(statement, ofGroup: group)) }
    return rows
  }

  // MARK: Forgetting

  func forget(
    _ partitions: [PartitionID], of group: String, by committer: Committer, at now: Int64
  ) throws -> [Bool] {
    guard let id = try groups.id(of: group) else { return partitions.map { _ in false } }
    return try partitions.map { partition in
      guard let row = try row(of: id, in: partition) else { return false }
      try forget(row, of: id, by: committer, at: now)
      return true
    }
  }

  func forgetAll(of group: Int64, by committer: Committer, at now: Int64) throws {
    for row in try rows(of: group, by: readAll) {
      try forget(row, of: group, by: committer, at: now)
    }
  }

  /// What groups have committed for the partitions of a topic that goes.
  func forgetAll(in partitions: [PartitionID], at now: Int64) throws {
    // The ids of partitions that were made together follow each other: one look for all of them.
    for run in PartitionID.runs(of: partitions) {
      for (group, row) in try rows(in: run) {
        try forget(row, of: group, by: Committer(source: .topicDeletion), at: now)
      }
    }
  }

  private func rows(
    in partitions: ClosedRange<Int64>
  ) throws -> [(group: Int64, row: PositionRow)] {
    let entry = try database.kept(
      """
      SELECT \(PositionRow.columns), group_id FROM committed_offsets
      WHERE partition_id BETWEEN ? AND ?
      """)
    try entry.statement.bind(partitions.lowerBound, at: 1)
    try entry.statement.bind(partitions.upperBound, at: 2)
    defer { entry.statement.reset() }
    var found: [(group: Int64, row: PositionRow)] = []
    while try entry.statement.step() {
      let group = entry.statement.integer(7)
      found.append((group, try PositionRow(entry.statement, ofGroup: group)))
    }
    return found
  }

  private func forget(
    _ row: PositionRow, of group: Int64, by committer: Committer, at now: Int64
  ) throws {
    try delete.run(group, row.stored.partition.value)
    try trail.append(
      AuditEntry(positionID: row.positionID, before: row.stored.offset), by: committer, at: now)
  }
}

extension PartitionID {
  /// Ranges of ids that follow each other.
  static func runs(of partitions: [PartitionID]) -> [ClosedRange<Int64>] {
    var runs: [ClosedRange<Int64>] = []
    for id in partitions.map(\.value).sorted() {
      if let last = runs.last, last.upperBound + 1 == id {
        runs[runs.count - 1] = last.lowerBound...id
      } else {
        runs.append(id...id)
      }
    }
    return runs
  }
}
