import ActaModel

// SyncGroup and Heartbeat.
extension ClassicGroup {
  /// What one member may be assigned.
  static let maximumAssignmentBytes = 1 << 20

  mutating func sync(_ request: SyncRequest, token: ReplyToken, turn: inout Turn) {
    if let error = objection(to: request, turn: &turn) {
      return turn.effects.syncs.append((token, SyncReply(error: error)))
    }
    roster.mark(request.memberID) { $0.lastContact = turn.now }
    switch state {
    case .completingRebalance:
      park(sync: token, of: request.memberID, turn: &turn)
      if request.memberID == row.leaderID { assign(request.assignments, turn: &turn) }
    case .stable:
      roster.mark(request.memberID) { $0.owesSync = false }
      turn.effects.syncs.append((token, currentAssignment(of: request.memberID)))
    case .preparingRebalance:
      turn.effects.syncs.append((token, SyncReply(error: .rebalanceInProgress)))
    case .empty, .dead, .assigning, .reconciling:
      turn.effects.syncs.append((token, SyncReply(error: .unknownMemberID)))
    }
  }

  mutating func heartbeat(_ request: HeartbeatRequest, turn: inout Turn) -> ErrorCode {
    let error = memberObjection(request.memberID, instanceID: request.instanceID, turn: &turn)
    if let error { return error }
    guard request.generation == row.generation else { return .illegalGeneration }
    roster.mark(request.memberID) { $0.lastContact = turn.now }
    switch state {
    case .completingRebalance, .stable: return .none
    case .preparingRebalance: return .rebalanceInProgress
    case .empty, .dead, .assigning, .reconciling: return .unknownMemberID
    }
  }

  private mutating func objection(to request: SyncRequest, turn: inout Turn) -> ErrorCode? {
    let error = memberObjection(request.memberID, instanceID: request.instanceID, turn: &turn)
    if let error { return error }
    guard request.generation == row.generation else { return .illegalGeneration }
    if let type = request.protocolType, type != row.protocolType {
      return .inconsistentGroupProtocol
    }
    if let name = request.protocolName, name != row.protocolName {
      return .inconsistentGroupProtocol
    }
    let isTooLarge = request.assignments.contains {
      $0.assignment.count > Self.maximumAssignmentBytes
    }
    return isTooLarge ? .invalidRequest : nil
  }

  /// Keeps a SyncGroup until the leader's comes, in place of one that the member sent before.
  private mutating func park(sync token: ReplyToken, of id: String, turn: inout Turn) {
    var earlier: ReplyToken?
    roster.mark(id) { presence in
      earlier = presence.sync
      presence.sync = token
      presence.owesSync = false
    }
    if let earlier {
      turn.effects.syncs.append((earlier, SyncReply(error: .rebalanceInProgress)))
    }
  }

  /// The leader has shared out: every member has what it was given, or nothing. Members that have
  /// not asked yet still owe their SyncGroup.
  private mutating func assign(
    _ assignments: [(memberID: String, assignment: [UInt8])], turn: inout Turn
  ) {
    let given = Dictionary(assignments.map { ($0.memberID, $0.assignment) }) { $1 }
    row.state = .stable
    for member in roster.inJoinOrder {
      let assignment = given[member.id] ?? []
      roster.update(member.id) { $0.assignment = assignment }
      turn.effects.events.append(assigned(assignment, to: member.profile))
      guard let token = member.presence.sync else { continue }
      roster.mark(member.id) { presence in
        presence.sync = nil
        presence.lastContact = turn.now
      }
      turn.effects.syncs.append((token, currentAssignment(of: member.id)))
    }
  }

  private func currentAssignment(of id: String) -> SyncReply {
    var reply = SyncReply()
    reply.protocolType = row.protocolType
    reply.protocolName = row.protocolName
    reply.assignment = roster[id]?.profile.assignment ?? []
    return reply
  }

  private func assigned(_ assignment: [UInt8], to member: ClassicMember.Profile) -> GroupEvent {
    let partitions = partitions(in: assignment)
    let reason = partitions == nil ? "assignment of \(assignment.count) bytes" : nil
    return event(.assigned, of: member, reason: reason, partitions: partitions)
  }
}
