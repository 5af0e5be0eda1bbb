import ActaModel

// How members go: they leave, are made to leave, or are not heard of any more.
extension ClassicGroup {
  /// One error per member.
  mutating func leave(_ leaving: [LeavingMember], turn: inout Turn) -> [ErrorCode] {
    var gone: [String] = []
    let errors = leaving.map { leaving in
      if leaving.instanceID == nil, pending.remove(leaving.memberID) { return ErrorCode.none }
      switch member(of: leaving, turn: &turn) {
      case .failure(let refusal): return refusal.code
      case .success(let member):
        let byAdministrator = leaving.memberID.isEmpty
        let reason =
          Self.shortened(leaving.reason) ?? (byAdministrator ? "removed by its instance id" : nil)
        turn.effects.events.append(event(.left, of: member.profile, reason: reason))
        gone.append(Self.phrase("\(member.id) left", reason))
        remove(member.id, turn: &turn)
        return .none
      }
    }
    if let first = gone.first {
      let others = gone.count > 1 ? ", and \(gone.count - 1) more" : ""
      lose(because: first + others, turn: &turn)
    } else {
      completeRoundIfAllJoined(turn: &turn)
    }
    return errors
  }

  /// Whatever is due by `now`.
  mutating func tick(turn: inout Turn) {
    if pending.expire(at: turn.now) { completeRoundIfAllJoined(turn: &turn) }
    let late = roster.due(at: turn.now)
    for member in late { evict(member, because: Self.lateness(of: member), turn: &turn) }
    if let first = late.first {
      let others = late.count > 1 ? ", and \(late.count - 1) more" : ""
      lose(because: "\(first.id) timed out" + others, turn: &turn)
    }
    guard let deadline = timer.deadline, deadline <= turn.now else { return }
    switch timer {
    case .none: break
    case .initialDelay(_, let limit, let newMembers):
      endInitialDelay(limit: limit, newMembers: newMembers, turn: &turn)
    case .join: completeRound(turn: &turn)
    case .sync: evictUnsynced(turn: &turn)
    }
  }

  /// Answers all that wait, because the group begins anew from the tables, or is no more.
  func abandon(turn: inout Turn) {
    for member in roster.inJoinOrder {
      if let token = member.presence.join {
        refuse(token, .coordinatorNotAvailable, memberID: member.id, turn: &turn)
      }
      if let token = member.presence.sync {
        turn.effects.syncs.append((token, SyncReply(error: .coordinatorNotAvailable)))
      }
    }
  }

  mutating func evict(_ member: ClassicMember, because reason: String, turn: inout Turn) {
    turn.effects.events.append(event(.evicted, of: member.profile, reason: reason))
    remove(member.id, turn: &turn)
  }

  // MARK: Helpers

  private mutating func member(
    of leaving: LeavingMember, turn: inout Turn
  ) -> Result<ClassicMember, MemberRefusal> {
    var id = leaving.memberID
    if id.isEmpty {
      id = leaving.instanceID.flatMap { roster.id(ofInstance: $0) } ?? ""
    } else if let error = memberObjection(id, instanceID: leaving.instanceID, turn: &turn) {
      return .failure(MemberRefusal(error))
    }
    guard let member = roster[id] else { return .failure(MemberRefusal(.unknownMemberID)) }
    return .success(member)
  }

  private static func lateness(of member: ClassicMember) -> String {
    member.presence.join == nil
      ? "session timed out after \(member.profile.sessionTimeoutMilliseconds) ms"
      : "waited \(ClassicMember.newMemberTimeout) ms in JoinGroup"
  }

  /// The sync timer stays when the group becomes stable: whoever has not asked for its assignment by
  /// then is gone.
  private mutating func evictUnsynced(turn: inout Turn) {
    timer = .none
    let milliseconds = roster.largestRebalanceTimeout
    let late = roster.inJoinOrder.filter(\.presence.owesSync)
    for member in late {
      evict(member, because: "did not send SyncGroup within \(milliseconds) ms", turn: &turn)
    }
    guard let first = late.first else { return }
    lose(because: "\(first.id) did not send SyncGroup", turn: &turn)
  }

  /// Members have gone: those that are left share out anew.
  private mutating func lose(because reason: String, turn: inout Turn) {
    guard state != .empty else { return }
    advance(because: reason, turn: &turn)
  }

  /// Takes a member out. It joins again as a new one if it is there and asks.
  private mutating func remove(_ id: String, turn: inout Turn) {
    guard let member = roster.remove(id) else { return }
    if row.leaderID == id { row.leaderID = nil }
    if let token = member.presence.join {
      refuse(token, .unknownMemberID, memberID: id, turn: &turn)
    }
    if let token = member.presence.sync {
      turn.effects.syncs.append((token, SyncReply(error: .unknownMemberID)))
    }
  }
}
