import ActaModel

// JoinGroup: by a new member, by one that is known, and by a static one that comes back (KIP-345): it
// keeps its place while its process is away, and a process that comes back with the same instance id
// takes the place of the one before.
extension ClassicGroup {
  /// What a member may say of itself, all protocols together.
  static let maximumMetadataBytes = 1 << 20

  mutating func join(_ request: JoinRequest, token: ReplyToken, _ turn: inout Turn) {
    if let error = objection(to: request, &turn) {
      turn.refuse(join: token, error, memberID: request.memberID)
      // There will be no such member: the others need not wait for it.
      if error == .groupMaxSizeReached, round.roster.pending.remove(request.memberID) {
        round.endIfAllJoined(&turn)
      }
      return
    }
    if let member = round.roster[request.memberID] {
      rejoin(member, request, token: token, &turn)
    } else if round.roster.pending.remove(request.memberID) {
      round.admit(request, as: request.memberID, token: token, &turn)
    } else if let instanceID = request.instanceID {
      joinStatic(request, instanceID: instanceID, token: token, &turn)
    } else {
      joinNew(request, token: token, &turn)
    }
  }

  private mutating func joinNew(
    _ request: JoinRequest, token: ReplyToken, _ turn: inout Turn
  ) {
    let id = request.newMemberID
    guard request.isMemberIDRequired else {
      return round.admit(request, as: id, token: token, &turn)
    }
    round.roster.pending.add(id, until: turn.now + request.sessionTimeoutMilliseconds)
    turn.refuse(join: token, .memberIDRequired, memberID: id)
  }

  /// A member that is known joins again.
  private mutating func rejoin(
    _ member: ClassicMember, _ request: JoinRequest, token: ReplyToken, _ turn: inout Turn
  ) {
    let id = member.id
    round.roster.mark(id) { $0.lastContact = turn.now }
    let isChanged = member.profile.protocols != request.protocols
    round.roster.update(id) { $0.take(request) }
    let phrase: String
    switch state {
    case .completingRebalance where !isChanged, .stable where !isChanged && row.leaderID != id:
      return turn.answer(token, round.currentReply(to: id))
    case .stable where !isChanged: phrase = "\(id), the leader, joined again"
    default: phrase = "\(id) joined again" + (isChanged ? " with other metadata" : "")
    }
    round.park(join: token, of: id, &turn)
    round.advance(because: Phrase.of(phrase, Phrase.shortened(request.reason)), &turn)
  }

  /// A process without member id joins as `instanceID`.
  private mutating func joinStatic(
    _ request: JoinRequest, instanceID: String, token: ReplyToken, _ turn: inout Turn
  ) {
    let newID = request.newMemberID
    guard let oldID = round.roster.id(ofInstance: instanceID) else {
      return round.admit(request, as: newID, token: token, &turn)
    }
    let wasLeader = row.leaderID == oldID
    round.replace(oldID, with: newID, request, &turn)
    if state == .stable, round.roster.chosenProtocol() == row.protocolName {
      var reply = round.currentReply(to: newID)
      if wasLeader && request.canSkipAssignment {
        reply.skipsAssignment = true
      } else if wasLeader {
        // Told that the leader is the one it was before, it acts as a follower.
        reply.leaderID = oldID
        reply.members = []
      }
      return turn.answer(token, reply)
    }
    round.park(join: token, of: newID, &turn)
    let phrase = "\(newID) joined in place of \(oldID)"
    round.advance(because: Phrase.of(phrase, Phrase.shortened(request.reason)), &turn)
  }

  // MARK: What is not let in

  private mutating func objection(to request: JoinRequest, _ turn: inout Turn) -> ErrorCode? {
    if let error = refusal(of: request, turn.settings) { return error }
    if request.memberID.isEmpty { return nil }
    return memberObjection(
      request.memberID, instanceID: request.instanceID, orPending: true, &turn)
  }

  /// What is wrong with a request in any group.
  static func malformation(of request: JoinRequest, _ settings: GroupSettings) -> ErrorCode? {
    guard settings.sessionTimeouts.contains(request.sessionTimeoutMilliseconds) else {
      return .invalidSessionTimeout
    }
    if request.instanceID?.utf8.contains(0) == true { return .invalidRequest }
    return request.protocols.byteCount > maximumMetadataBytes ? .invalidRequest : nil
  }

  /// Why this group does not let in a request, from whatever member.
  func refusal(of request: JoinRequest, _ settings: GroupSettings) -> ErrorCode? {
    let isKnown = roster.contains(request.memberID)
    if isKnown && isEmpty { return .unknownMemberID }
    let twin = request.instanceID.flatMap { roster.id(ofInstance: $0) }
    if !isKnown && twin == nil && roster.count >= settings.maxSize { return .groupMaxSizeReached }
    return protocolObjection(to: request)
  }

  private func protocolObjection(to request: JoinRequest) -> ErrorCode? {
    guard !request.protocolType.isEmpty, !request.protocols.isEmpty else {
      return .inconsistentGroupProtocol
    }
    if roster.isEmpty { return nil }
    guard row.protocolType == request.protocolType, roster.supports(request.protocols) else {
      return .inconsistentGroupProtocol
    }
    return nil
  }
}
