import ActaModel

// SyncGroup, Heartbeat and LeaveGroup.
extension ClassicGroup {
  /// What one member may be assigned.
  static let maximumAssignmentBytes = 1 << 20

  mutating func sync(_ request: SyncRequest, token: ReplyToken, _ turn: inout Turn) {
    if let error = objection(to: request, &turn) {
      return turn.refuse(sync: token, error)
    }
    round.roster.mark(request.memberID) { $0.lastContact = turn.now }
    switch state {
    case .completingRebalance:
      round.park(sync: token, of: request.memberID, &turn)
      if request.memberID == row.leaderID { round.assign(request.assignments, &turn) }
    case .stable:
      round.roster.mark(request.memberID) { $0.owesSync = false }
      turn.answer(token, round.currentAssignment(of: request.memberID))
    case .preparingRebalance:
      turn.refuse(sync: token, .rebalanceInProgress)
    case .empty, .dead, .assigning, .reconciling:
      turn.refuse(sync: token, .unknownMemberID)
    }
  }

  private mutating func objection(to request: SyncRequest, _ turn: inout Turn) -> ErrorCode? {
    let error = memberObjection(request.memberID, instanceID: request.instanceID, &turn)
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

  mutating func heartbeat(_ request: ClassicHeartbeat, _ turn: inout Turn) -> ErrorCode {
    let error = memberObjection(request.memberID, instanceID: request.instanceID, &turn)
    if let error { return error }
    guard request.generation == round.row.generation else { return .illegalGeneration }
    round.roster.mark(request.memberID) { $0.lastContact = turn.now }
    switch state {
    case .completingRebalance, .stable: return .none
    case .preparingRebalance: return .rebalanceInProgress
    case .empty, .dead, .assigning, .reconciling: return .unknownMemberID
    }
  }

  // MARK: LeaveGroup

  /// One error per member.
  mutating func leave(_ leaving: [LeavingMember], _ turn: inout Turn) -> [ErrorCode] {
    var gone: [String] = []
    let errors = leaving.map { leave($0, &gone, &turn) }
    if let first = gone.first {
      round.lose(because: Phrase.ofFirst(first, of: gone.count), &turn)
    } else {
      round.endIfAllJoined(&turn)
    }
    return errors
  }

  /// Adds to `gone` what is said of a member that leaves.
  private mutating func leave(
    _ leaving: LeavingMember, _ gone: inout [String], _ turn: inout Turn
  ) -> ErrorCode {
    if leaving.instanceID == nil, round.roster.pending.remove(leaving.memberID) { return .none }
    switch member(of: leaving, &turn) {
    case .failure(let refusal): return refusal.code
    case .success(let member):
      let byAdministrator = leaving.memberID.isEmpty
      let reason =
        Phrase.shortened(leaving.reason) ?? (byAdministrator ? "removed by its instance id" : nil)
      turn.note(round.event(.left, of: member.profile, reason: reason))
      gone.append(Phrase.of("\(member.id) left", reason))
      round.remove(member.id, &turn)
      return .none
    }
  }

  private mutating func member(
    of leaving: LeavingMember, _ turn: inout Turn
  ) -> Result<ClassicMember, MemberRefusal> {
    var id = leaving.memberID
    if id.isEmpty {
      id = leaving.instanceID.flatMap { roster.id(ofInstance: $0) } ?? ""
    } else if let error = memberObjection(id, instanceID: leaving.instanceID, &turn) {
      return .failure(MemberRefusal(error))
    }
    guard let member = roster[id] else { return .failure(MemberRefusal(.unknownMemberID)) }
    return .success(member)
  }
}
