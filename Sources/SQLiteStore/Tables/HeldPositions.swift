import ActaModel
import LogStorage
import SQLite

/// `held_offsets`: positions that wait for the end of a transaction.
final class HeldPositions {
  private let database: Database
  private let groups: GroupTables
  private let positions: PositionTable

  init(_ database: Database, groups: GroupTables, positions: PositionTable) {
    self.database = database
    self.groups = groups
    self.positions = positions
  }

  func hold(
    _ commits: [OffsetCommit], of group: String, by committer: Committer, at now: Int64
  ) throws {
    let id = try groups.existingID(of: group)
    guard let producer = committer.producerID else {
      throw StoreError.refused("a position is held for no producer")
    }
    let entry = try database.kept(
      """
      INSERT OR REPLACE INTO held_offsets(producer_id, group_id, partition_id, committed_offset,
        leader_epoch, metadata, expires_at, held_at, transactional_id, generation, member_id,
        instance_id, client_id, client_host, principal, client_software, client_software_version)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    for commit in commits {
      try entry.statement.bind(producer.value, at: 1)
      try entry.statement.bind(id, at: 2)
      try commit.bind(to: entry.statement, from: 3)
      try entry.statement.bind(now, at: 8)
      try committer.bind(to: entry.statement, from: 9)
      try entry.statement.run()
    }
  }

  func partitions(
    of group: String, in partitions: [PartitionID]?
  ) throws -> Set<PartitionID> {
    guard let id = try groups.id(of: group) else { return [] }
    let entry = try database.kept(
      "SELECT DISTINCT partition_id FROM held_offsets WHERE group_id = ?")
    try entry.statement.bind(id, at: 1)
    defer { entry.statement.reset() }
    var held: Set<PartitionID> = []
    while try entry.statement.step() { held.insert(PartitionID(entry.statement.integer(0))) }
    return partitions.map { held.intersection($0) } ?? held
  }

  /// Nothing is held for the producer afterwards.
  func release(heldFor producer: ProducerID, isCommit: Bool, at now: Int64) throws {
    if isCommit {
      for held in try held(for: producer) {
        try positions.commit(
          held.commit, of: held.groupID, named: held.group, by: held.committer,
          unlessChangedAfter: held.heldAt, at: now)
      }
    }
    try database.run("DELETE FROM held_offsets WHERE producer_id = ?", producer.value)
  }

  private struct Held {
    let groupID: Int64
    let group: String
    let commit: OffsetCommit
    let heldAt: Int64
    let committer: Committer
  }

  private func held(for producer: ProducerID) throws -> [Held] {
    let rows = try database.kept(
      """
      SELECT h.partition_id, h.committed_offset, h.leader_epoch, h.metadata, h.expires_at, h.held_at,
        h.transactional_id, h.generation, h.member_id, h.instance_id, h.client_id, h.client_host,
        h.principal, h.client_software, h.client_software_version, g.id, g.name
      FROM held_offsets AS h JOIN consumer_groups AS g ON g.id = h.group_id
      WHERE h.producer_id = ? ORDER BY h.group_id, h.partition_id
      """)
    try rows.statement.bind(producer.value, at: 1)
    defer { rows.statement.reset() }
    var found: [Held] = []
    while try rows.statement.step() {
      func name() -> RowName {
        RowName("held_offsets", "\(producer), \(rows.statement.literal(0))")
      }
      found.append(
        Held(
          groupID: rows.statement.integer(15),
          group: try rows.statement.string(16, of: name()),
          commit: try OffsetCommit(rows.statement, of: name()),
          heldAt: try rows.statement.integer(5, in: Plausible.time, of: name()),
          committer: try Committer(rows.statement, from: 6, of: producer, name())))
    }
    return found
  }

  // MARK: Dropping

  func drop(_ partition: PartitionID, of group: Int64) throws(SQLiteError) {
    try database.run(
      "DELETE FROM held_offsets WHERE group_id = ? AND partition_id = ?", group, partition.value)
  }

  func drop(of group: Int64) throws(SQLiteError) {
    try database.run("DELETE FROM held_offsets WHERE group_id = ?", group)
  }

  func drop(in partitions: ClosedRange<Int64>) throws(SQLiteError) {
    try database.run(
      "DELETE FROM held_offsets WHERE partition_id BETWEEN ? AND ?", partitions.lowerBound,
      partitions.upperBound)
  }
}

extension OffsetCommit {
  fileprivate func bind(
    to row: borrowing Statement, from first: Int32
  ) throws(SQLiteError) {
    try row.bind(partition.value, at: first)
    try row.bind(offset, at: first + 1)
    try row.bind(Int64(leaderEpoch.value), at: first + 2)
    try row.bind(metadata, at: first + 3)
    try row.bind(expiresAt, at: first + 4)
  }

  fileprivate init(
    _ row: borrowing Statement, of name: @autoclosure () -> RowName
  ) throws(StoreError) {
    self.init(
      partition: PartitionID(try row.integer(0, in: Plausible.id, of: name())),
      offset: try row.anyInteger(1, of: name()), leaderEpoch: try row.leaderEpoch(2, of: name()),
      metadata: try row.string(3, of: name()),
      expiresAt: row.isNull(4) ? nil : try row.anyInteger(4, of: name()))
  }
}

extension Committer {
  fileprivate func bind(
    to row: borrowing Statement, from first: Int32
  ) throws(SQLiteError) {
    try row.bind(transactionalID, at: first)
    try row.bind(Int64(generation), at: first + 1)
    try row.bind(memberID, at: first + 2)
    try row.bind(instanceID, at: first + 3)
    try row.bind(clientID, at: first + 4)
    try row.bind(clientHost, at: first + 5)
    try attribution.bind(to: row, from: first + 6)
  }

  /// Reads them in the same order.
  fileprivate init(
    _ row: borrowing Statement, from first: Int32, of producer: ProducerID,
    _ name: @autoclosure () -> RowName
  ) throws(StoreError) {
    self.init(
      memberID: try row.string(first + 2, of: name()),
      instanceID: try row.nullableString(first + 3, of: name()),
      clientID: try row.string(first + 4, of: name()),
      clientHost: try row.string(first + 5, of: name()),
      attribution: try Attribution(row: row, from: first + 6, of: name()),
      generation: try row.int32(first + 1, in: .min ... .max, of: name()), source: .transaction,
      transactionalID: try row.nullableString(first, of: name()), producerID: producer)
  }
}
