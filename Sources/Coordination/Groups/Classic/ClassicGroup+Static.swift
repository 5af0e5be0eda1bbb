import ActaModel

// Static membership (KIP-345): a member with an instance id keeps its place while its process is
// away, and a process that comes back with the same instance id takes the place of the one before.
extension ClassicGroup {
  /// Whether a request comes from a present member. One that names an instance id which is
  /// another's now is the older of two twins.
  mutating func memberObjection(
    _ id: String, instanceID: String?, orPending: Bool = false, turn: inout Turn
  ) -> ErrorCode? {
    guard let instanceID else {
      let isKnown = roster.contains(id) || orPending && pending.contains(id)
      return isKnown ? nil : .unknownMemberID
    }
    guard let present = roster.id(ofInstance: instanceID) else { return .unknownMemberID }
    if present == id { return nil }
    if lastFencedID != id {
      lastFencedID = id
      var fenced = event(.fenced, reason: "\(present) has its instance id")
      fenced.memberID = id
      fenced.instanceID = instanceID
      turn.effects.events.append(fenced)
    }
    return .fencedInstanceID
  }

  /// A process without member id joins as `instanceID`.
  mutating func joinStatic(
    _ request: JoinRequest, instanceID: String, token: ReplyToken, turn: inout Turn
  ) {
    let newID = request.newMemberID
    guard let oldID = roster.id(ofInstance: instanceID) else {
      return admit(request, as: newID, token: token, turn: &turn)
    }
    let wasLeader = row.leaderID == oldID
    replace(oldID, with: newID, request, turn: &turn)
    if state == .stable, roster.chosenProtocol() == row.protocolName {
      var reply = currentReply(to: newID)
      if wasLeader && request.canSkipAssignment {
        reply.skipsAssignment = true
      } else if wasLeader {
        // Told that the leader is the one it was before, it acts as a follower.
        reply.leaderID = oldID
        reply.members = []
      }
      return turn.effects.joins.append((token, reply))
    }
    park(join: token, of: newID, turn: &turn)
    let reason = Self.phrase(
      "\(newID) joined in place of \(oldID)", Self.shortened(request.reason))
    advance(because: reason, turn: &turn)
  }

  /// Puts a new member id in the place of an old one, whose waiting requests are fenced.
  private mutating func replace(
    _ oldID: String, with newID: String, _ request: JoinRequest, turn: inout Turn
  ) {
    var waiting = ClassicMember.Presence(lastContact: turn.now)
    roster.mark(oldID) { presence in
      waiting = presence
      presence.join = nil
      presence.sync = nil
      presence.isNew = false
      presence.lastContact = turn.now
    }
    if let token = waiting.join { refuse(token, .fencedInstanceID, memberID: oldID, turn: &turn) }
    if let token = waiting.sync {
      turn.effects.syncs.append((token, SyncReply(error: .fencedInstanceID)))
    }
    roster.replace(oldID, with: newID)
    roster.update(newID) { $0.take(request) }
    if row.leaderID == oldID { row.leaderID = newID }
    turn.effects.events.append(
      event(.replaced, of: roster[newID]?.profile, reason: "in place of \(oldID)"))
  }
}
