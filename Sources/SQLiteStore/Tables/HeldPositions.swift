import ActaModel
import LogStorage
import SQLite

/// `held_offsets`: positions that wait for the end of a transaction.
///
/// Of two positions of a group in a partition the one stands that was asked for later. A row is there only
/// while its own may still be that: what is committed drops what was held before it.
final class HeldPositions {
  /// Producers of which is known how much is held for them.
  private static let maxCounts = 10_000

  private let database: Database
  private let groups: GroupTables
  private let positions: PositionTable
  /// There may be rows. Who commits without transactions must not pay for them.
  private var mayHaveSome = true
  /// How many there are at most for a producer: what took another's place, or was dropped, is counted still.
  private var counts: [ProducerID: Int] = [:]

  init(_ database: Database, groups: GroupTables, positions: PositionTable) {
    self.database = database
    self.groups = groups
    self.positions = positions
  }

  /// After a rollback, and when others have written.
  func forget() {
    mayHaveSome = true
    counts = [:]
  }

  // MARK: Holding

  /// False, and none of them is held, if there were more than `limit` for the producer then.
  func hold(
    _ commits: [OffsetCommit], of group: String, by committer: Committer, atMost limit: Int,
    at now: Int64
  ) throws -> Bool {
    let id = try groups.existingID(of: group)
    guard let producer = committer.producerID else {
      throw StoreError.refused("a position is held for no producer")
    }
    guard try fits(commits, of: id, heldFor: producer, atMost: limit) else { return false }
    mayHaveSome = true
    let entry = try database.kept(
      """
      INSERT OR REPLACE INTO held_offsets(producer_id, group_id, partition_id, committed_offset,
        leader_epoch, metadata, expires_at, held_at, transactional_id, generation, member_id,
        instance_id, client_id, client_host, principal, client_software, client_software_version,
        held_order)
      VALUES (?, ?2, ?3, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (
        SELECT coalesce(max(held_order), 0) + 1 FROM held_offsets
        WHERE group_id = ?2 AND partition_id = ?3))
      """)
    for commit in commits {
      try entry.statement.bind(producer.value, at: 1)
      try entry.statement.bind(id, at: 2)
      try commit.bind(to: entry.statement, from: 3)
      try entry.statement.bind(now, at: 8)
      try committer.bind(to: entry.statement, from: 9)
      try entry.statement.run()
    }
    return true
  }

  private func fits(
    _ commits: [OffsetCommit], of group: Int64, heldFor producer: ProducerID, atMost limit: Int
  ) throws(SQLiteError) -> Bool {
    if counts.count >= Self.maxCounts { counts = [:] }
    var total = commits.count
    if let count = counts[producer] {
      total += count
    } else {
      total += try count(heldFor: producer)
    }
    if total > limit {
      let count = try count(heldFor: producer)
      let new = Set(commits.map(\.partition))
      total = count + new.count - (try replaced(new, of: group, producer))
      guard total <= limit else {
        counts[producer] = count
        return false
      }
    }
    counts[producer] = total
    return true
  }

  private func count(heldFor producer: ProducerID) throws(SQLiteError) -> Int {
    let entry = try database.kept("SELECT count(*) FROM held_offsets WHERE producer_id = ?")
    try entry.statement.bind(producer.value, at: 1)
    defer { entry.statement.reset() }
    return try entry.statement.step() ? Int(entry.statement.integer(0)) : 0
  }

  /// How many rows they would take the place of.
  private func replaced(
    _ partitions: Set<PartitionID>, of group: Int64, _ producer: ProducerID
  ) throws(SQLiteError) -> Int {
    let entry = try database.kept(
      "SELECT 1 FROM held_offsets WHERE producer_id = ? AND group_id = ? AND partition_id = ?")
    try entry.statement.bind(producer.value, at: 1)
    try entry.statement.bind(group, at: 2)
    defer { entry.statement.reset() }
    var count = 0
    for partition in partitions {
      try entry.statement.bind(partition.value, at: 3)
      if try entry.statement.step() { count += 1 }
      entry.statement.reset()
    }
    return count
  }

  // MARK: Reading

  func partitions(
    of group: String, in partitions: [PartitionID]?
  ) throws -> Set<PartitionID> {
    guard try hasSome(), let id = try groups.id(of: group) else { return [] }
    guard let partitions else { return try self.partitions(of: id) }
    let entry = try database.kept(
      "SELECT 1 FROM held_offsets WHERE group_id = ? AND partition_id = ? LIMIT 1")
    try entry.statement.bind(id, at: 1)
    defer { entry.statement.reset() }
    var held: Set<PartitionID> = []
    for partition in partitions {
      try entry.statement.bind(partition.value, at: 2)
      if try entry.statement.step() { held.insert(partition) }
      entry.statement.reset()
    }
    return held
  }

  private func partitions(of group: Int64) throws(SQLiteError) -> Set<PartitionID> {
    let entry = try database.kept(
      "SELECT DISTINCT partition_id FROM held_offsets WHERE group_id = ?")
    try entry.statement.bind(group, at: 1)
    defer { entry.statement.reset() }
    var held: Set<PartitionID> = []
    while try entry.statement.step() { held.insert(PartitionID(entry.statement.integer(0))) }
    return held
  }

  /// Without a look at the table where there was nothing the last time.
  private func hasSome() throws(SQLiteError) -> Bool {
    if mayHaveSome {
      mayHaveSome = try database.integer("SELECT 1 FROM held_offsets LIMIT 1") != nil
    }
    return mayHaveSome
  }

  // MARK: The end

  /// Nothing is held for the producer afterwards; the result is how much was.
  func release(heldFor producer: ProducerID, isCommit: Bool, at now: Int64) throws -> Int {
    if isCommit { try commit(heldFor: producer, at: now) }
    counts[producer] = nil
    return try database.run("DELETE FROM held_offsets WHERE producer_id = ?", producer.value)
  }

  /// Row by row, because each may bring some kilobytes of metadata. What goes from the table meanwhile is
  /// held for others.
  private func commit(heldFor producer: ProducerID, at now: Int64) throws {
    let rows = try database.kept(
      """
      SELECT h.partition_id, h.committed_offset, h.leader_epoch, h.metadata, h.expires_at,
        h.held_order, h.transactional_id, h.generation, h.member_id, h.instance_id, h.client_id,
        h.client_host, h.principal, h.client_software, h.client_software_version, g.id, g.name
      FROM held_offsets AS h CROSS JOIN consumer_groups AS g ON g.id = h.group_id
      WHERE h.producer_id = ? ORDER BY h.group_id, h.partition_id
      """)
    try rows.statement.bind(producer.value, at: 1)
    defer { rows.statement.reset() }
    while try rows.statement.step() {
      func name() -> RowName {
        RowName("held_offsets", "\(producer), \(rows.statement.literal(0))")
      }
      let commit = try OffsetCommit(rows.statement, of: name())
      let group = rows.statement.integer(15)
      try positions.commit(
        commit, of: group, named: try rows.statement.string(16, of: name()),
        by: try Committer(rows.statement, from: 6, of: producer, name()), at: now)
      try drop(commit.partition, of: group, heldBefore: rows.statement.integer(5))
    }
  }

  // MARK: Dropping

  /// The group has committed positions by itself: whatever is held of them was asked for before.
  func drop(overtakenBy commits: [OffsetCommit], of group: String) throws {
    guard try hasSome(), let id = try groups.id(of: group) else { return }
    for commit in commits { try drop(commit.partition, of: id) }
  }

  private func drop(
    _ partition: PartitionID, of group: Int64, heldBefore order: Int64
  ) throws(SQLiteError) {
    try database.run(
      "DELETE FROM held_offsets WHERE group_id = ? AND partition_id = ? AND held_order < ?", group,
      partition.value, order)
  }

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
