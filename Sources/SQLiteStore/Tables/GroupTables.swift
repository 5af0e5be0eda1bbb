import ActaModel
import LogStorage
import SQLite

/// `consumer_groups`, `group_members`, `group_events`: what coordinators have decided.
final class GroupTables {
  /// Ids of groups by name that are kept in memory.
  private static let maxIDs = 20_000

  private let database: Database
  private let find: Statement
  private let putGroup: Statement
  private let deleteGroup: Statement
  private let putMember: Statement
  private let deleteMember: Statement
  private let deleteMembers: Statement
  private let insertEvent: Statement
  private var ids: [ExactText: Int64] = [:]

  init(_ database: Database) throws(SQLiteError) {
    self.database = database
    find = try database.prepare("SELECT id FROM consumer_groups WHERE name = ?")
    putGroup = try database.prepare(Self.putGroupSQL)
    deleteGroup = try database.prepare("DELETE FROM consumer_groups WHERE id = ?")
    putMember = try database.prepare(
      """
      INSERT OR REPLACE INTO group_members(group_id, \(MemberRow.columns))
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    deleteMember = try database.prepare(
      "DELETE FROM group_members WHERE group_id = ? AND member_id = ?")
    deleteMembers = try database.prepare("DELETE FROM group_members WHERE group_id = ?")
    insertEvent = try database.prepare(
      """
      INSERT INTO group_events(occurred_at, group_name, kind, generation, member_id, instance_id,
        client_id, client_host, reason, partitions, principal, client_software,
        client_software_version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
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

  /// After a rollback, and when others have written groups.
  func forget() { ids = [:] }

  // MARK: Ids

  /// `nil` when there is no such group.
  func id(of name: String) throws(SQLiteError) -> Int64? {
    if let id = ids[ExactText(name)] { return id }
    try find.bind(name, at: 1)
    guard try find.step() else { return nil }
    defer { find.reset() }
    if ids.count >= Self.maxIDs { ids = [:] }
    ids[ExactText(name)] = find.integer(0)
    return find.integer(0)
  }

  /// For those who must have put the group before. The error ends the turn, and then only the request
  /// at fault is refused.
  func existingID(of name: String) throws -> Int64 {
    guard let id = try id(of: name) else { throw StoreError.refused("there is no group \(name)") }
    return id
  }

  /// When the group's state last changed.
  func stateChanged(_ id: Int64) throws -> Int64? {
    let entry = try database.kept("SELECT state_changed_at FROM consumer_groups WHERE id = ?")
    try entry.statement.bind(id, at: 1)
    guard try entry.statement.step() else { return nil }
    defer { entry.statement.reset() }
    return try entry.statement.integer(
      0, in: Plausible.time, of: RowName("consumer_groups", String(id)))
  }

  // MARK: Writing

  func put(_ group: GroupRow, at now: Int64) throws(SQLiteError) {
    try group.bind(to: putGroup)
    try putGroup.bind(now, at: 9)
    try putGroup.run()
  }

  /// The group's positions are gone already.
  func remove(_ id: Int64, named name: String) throws(SQLiteError) {
    try deleteMembers.run(id)
    try deleteGroup.run(id)
    ids[ExactText(name)] = nil
  }

  func put(_ member: MemberRow, in group: String) throws {
    try putMember.bind(try existingID(of: group), at: 1)
    try member.bind(to: putMember, from: 2)
    try putMember.run()
  }

  func removeMember(_ memberID: String, from group: String) throws(SQLiteError) {
    guard let id = try id(of: group) else { return }
    try deleteMember.bind(id, at: 1)
    try deleteMember.bind(memberID, at: 2)
    try deleteMember.run()
  }

  func insert(_ event: GroupEvent, at now: Int64) throws(SQLiteError) {
    try insertEvent.bind(now, at: 1)
    try insertEvent.bind(event.group, at: 2)
    try insertEvent.bind(event.kind.rawValue, at: 3)
    try insertEvent.bind(Int64(event.generation), at: 4)
    try insertEvent.bind(event.memberID, at: 5)
    try insertEvent.bind(event.instanceID, at: 6)
    try insertEvent.bind(event.clientID, at: 7)
    try insertEvent.bind(event.clientHost, at: 8)
    try insertEvent.bind(event.reason, at: 9)
    try insertEvent.bind(event.partitions.map { GroupColumns.encode($0) }, at: 10)
    try event.attribution.bind(to: insertEvent, from: 11)
    try insertEvent.run()
  }

  // MARK: Reading

  /// One statement, so that what it gives is of one moment even outside a turn.
  func all() throws -> [StoredGroup] {
    let rows = try database.prepare(
      """
      SELECT g.id, \(Self.qualified(GroupRow.columns, "g")), \(Self.qualified(MemberRow.columns, "m"))
      FROM consumer_groups AS g LEFT JOIN group_members AS m ON m.group_id = g.id
      ORDER BY g.id, m.join_order, m.member_id
      """)
    var groups: [StoredGroup] = []
    var lastID: Int64?
    while try rows.step() {
      if rows.integer(0) != lastID {
        lastID = rows.integer(0)
        let name = RowName("consumer_groups", rows.literal(0))
        groups.append(StoredGroup(group: try GroupRow(row: rows, from: 1, of: name)))
      }
      if rows.isNull(Self.firstMemberColumn) { continue }
      groups[groups.count - 1].members.append(
        try MemberRow(
          row: rows, from: Self.firstMemberColumn, of: RowName("group_members", rows.literal(0))))
    }
    return groups
  }

  private static let firstMemberColumn: Int32 = 9

  private static func qualified(_ columns: String, _ table: String) -> String {
    columns.split { $0 == "," || $0.isWhitespace }.map { "\(table).\($0)" }.joined(separator: ", ")
  }
}
