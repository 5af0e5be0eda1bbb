import ActaModel
import LogStorage
import SQLite

/// The group tables: what coordinators have decided, and what they are given at a start.
extension Writer {
  func write(_ changes: [GroupChange], events: [GroupEvent]) throws(SQLiteError) {
    for change in changes {
      switch change {
      case .putGroup(let row): try put(row)
      case .removeGroup(let name): try removeGroup(name)
      case .putMember(let row, let group): try put(row, in: group)
      case .removeMember(let memberID, let group): try removeMember(memberID, from: group)
      }
    }
    for event in events { try insert(event) }
  }

  /// `nil` when there is no such group.
  func groupID(of name: String) throws(SQLiteError) -> Int64? {
    if let id = groupIDs[ExactText(name)] { return id }
    try groupStatements.groupID.bind(name, at: 1)
    guard try groupStatements.groupID.step() else { return nil }
    defer { groupStatements.groupID.reset() }
    if groupIDs.count >= Self.maxGroupIDs { groupIDs = [:] }
    groupIDs[ExactText(name)] = groupStatements.groupID.integer(0)
    return groupStatements.groupID.integer(0)
  }

  private static var maxGroupIDs: Int { 20_000 }

  /// For those who must have put the group before. The error ends the transaction, and then only the
  /// request at fault is refused.
  func existingGroupID(of name: String) throws(SQLiteError) -> Int64 {
    guard let id = try groupID(of: name) else {
      throw SQLiteError(
        extendedCode: 1, message: "there is no group \(name)", operation: "a write for a group")
    }
    return id
  }

  private func put(_ group: GroupRow) throws(SQLiteError) {
    try group.bind(to: groupStatements.putGroup)
    try groupStatements.putGroup.bind(now, at: 9)
    try groupStatements.putGroup.run()
  }

  private func removeGroup(_ name: String) throws(SQLiteError) {
    guard let id = try groupID(of: name) else { return }
    let offsets = try storedOffsets(of: id)
    try forget(offsets, of: id, by: Committer(source: .adminDelete))
    try groupStatements.deleteMembers.run(id)
    try groupStatements.deleteGroup.run(id)
    groupIDs[ExactText(name)] = nil
  }

  private func put(_ member: MemberRow, in group: String) throws(SQLiteError) {
    let id = try existingGroupID(of: group)
    try groupStatements.putMember.bind(id, at: 1)
    try member.bind(to: groupStatements.putMember, from: 2)
    try groupStatements.putMember.run()
  }

  private func removeMember(_ memberID: String, from group: String) throws(SQLiteError) {
    guard let id = try groupID(of: group) else { return }
    try groupStatements.deleteMember.bind(id, at: 1)
    try groupStatements.deleteMember.bind(memberID, at: 2)
    try groupStatements.deleteMember.run()
  }

  private func insert(_ event: GroupEvent) throws(SQLiteError) {
    try groupStatements.insertEvent.bind(now, at: 1)
    try groupStatements.insertEvent.bind(event.group, at: 2)
    try groupStatements.insertEvent.bind(event.kind.rawValue, at: 3)
    try groupStatements.insertEvent.bind(Int64(event.generation), at: 4)
    try groupStatements.insertEvent.bind(event.memberID, at: 5)
    try groupStatements.insertEvent.bind(event.instanceID, at: 6)
    try groupStatements.insertEvent.bind(event.clientID, at: 7)
    try groupStatements.insertEvent.bind(event.clientHost, at: 8)
    try groupStatements.insertEvent.bind(event.reason, at: 9)
    try groupStatements.insertEvent.bind(event.partitions.map { GroupColumns.encode($0) }, at: 10)
    try event.attribution.bind(to: groupStatements.insertEvent, from: 11)
    try groupStatements.insertEvent.run()
  }

  // MARK: The resident

  /// Between two transactions.
  func attach(_ resident: any GroupResident) throws(SQLiteError) {
    self.resident = resident
    try reloadResident(because: .start)
  }

  func reloadResident(because reason: ReloadReason) throws(SQLiteError) {
    guard let resident else { return }
    resident.reload(try loadGroups(), because: reason)
  }

  /// One statement, so that what it gives is of one moment even outside a transaction.
  private func loadGroups() throws(SQLiteError) -> [StoredGroup] {
    let rows = try connection.prepare(
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
        groups.append(StoredGroup(group: try GroupRow(row: rows, from: 1)))
      }
      if rows.isNull(Self.firstMemberColumn) { continue }
      groups[groups.count - 1].members.append(
        try MemberRow(row: rows, from: Self.firstMemberColumn))
    }
    return groups
  }

  private static var firstMemberColumn: Int32 { 9 }

  private static func qualified(_ columns: String, _ table: String) -> String {
    columns.split { $0 == "," || $0.isWhitespace }.map { "\(table).\($0)" }.joined(separator: ", ")
  }
}
