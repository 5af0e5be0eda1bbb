import ActaModel

// JoinGroup.
extension ClassicGroup {
  /// What a member may say of itself, all protocols together.
  static let maximumMetadataBytes = 1 << 20

  mutating func join(_ request: JoinRequest, token: ReplyToken, turn: inout Turn) {
    if let error = objection(to: request, turn: &turn) {
      refuse(token, error, memberID: request.memberID, turn: &turn)
      // There will be no such member: the others need not wait for it.
      if error == .groupMaxSizeReached, pending.remove(request.memberID) {
        completeRoundIfAllJoined(turn: &turn)
      }
      return
    }
    if roster.contains(request.memberID) {
      rejoin(request, token: token, turn: &turn)
    } else if pending.remove(request.memberID) {
      admit(request, as: request.memberID, token: token, turn: &turn)
    } else if let instanceID = request.instanceID {
      joinStatic(request, instanceID: instanceID, token: token, turn: &turn)
    } else {
      let id = request.newMemberID
      if request.isMemberIDRequired {
        pending.add(id, until: turn.now + request.sessionTimeoutMilliseconds)
        refuse(token, .memberIDRequired, memberID: id, turn: &turn)
      } else {
        admit(request, as: id, token: token, turn: &turn)
      }
    }
  }

  /// Adds a member, which makes all others join again.
  mutating func admit(
    _ request: JoinRequest, as id: String, token: ReplyToken, turn: inout Turn
  ) {
    if roster.isEmpty { row.protocolType = request.protocolType }
    let profile = ClassicMember.Profile(request, id: id)
    roster.add(profile, presence: .init(lastContact: turn.now, isNew: true, join: token))
    if case .initialDelay(let until, let limit, _) = timer {
      timer = .initialDelay(until: until, limit: limit, newMembers: true)
    }
    let reason = Self.shortened(request.reason)
    turn.effects.events.append(event(.joined, of: profile, reason: reason))
    advance(because: Self.phrase("\(id) joined", reason), turn: &turn)
  }

  /// A member that is known joins again.
  private mutating func rejoin(_ request: JoinRequest, token: ReplyToken, turn: inout Turn) {
    guard let member = roster[request.memberID] else { return }
    roster.mark(member.id) { $0.lastContact = turn.now }
    let isChanged = member.profile.protocols != request.protocols
    let phrase: String
    switch state {
    case .completingRebalance where !isChanged,
      .stable where !isChanged && row.leaderID != member.id:
      roster.update(member.id) { $0.take(request) }
      let reply = currentReply(to: member.id)
      return turn.effects.joins.append((token, reply))
    case .stable where !isChanged: phrase = "\(member.id), the leader, joined again"
    default: phrase = "\(member.id) joined again" + (isChanged ? " with other metadata" : "")
    }
    roster.update(member.id) { $0.take(request) }
    park(join: token, of: member.id, turn: &turn)
    advance(because: Self.phrase(phrase, Self.shortened(request.reason)), turn: &turn)
  }

  /// Keeps a JoinGroup until the round ends, in place of one that the member sent before.
  mutating func park(join token: ReplyToken, of id: String, turn: inout Turn) {
    var earlier: ReplyToken?
    roster.mark(id) { presence in
      earlier = presence.join
      presence.join = token
    }
    if let earlier { refuse(earlier, .rebalanceInProgress, memberID: id, turn: &turn) }
  }

  /// What is answered in the present generation. The leader is told of all members.
  func currentReply(to id: String) -> JoinReply {
    var reply = JoinReply(error: .none, memberID: id)
    reply.generation = row.generation
    reply.protocolType = row.protocolType
    reply.protocolName = row.protocolName
    reply.leaderID = row.leaderID ?? ""
    if row.leaderID == id {
      reply.members = roster.inJoinOrder.map { member in
        .init(
          memberID: member.id, instanceID: member.profile.instanceID,
          metadata: member.profile.metadata(under: row.protocolName) ?? [])
      }
    }
    return reply
  }

  func refuse(_ token: ReplyToken, _ error: ErrorCode, memberID: String, turn: inout Turn) {
    turn.effects.joins.append((token, JoinReply(error: error, memberID: memberID)))
  }

  // MARK: What is not let in

  private mutating func objection(to request: JoinRequest, turn: inout Turn) -> ErrorCode? {
    if let error = refusal(of: request, settings: turn.settings) { return error }
    if request.memberID.isEmpty { return nil }
    return memberObjection(
      request.memberID, instanceID: request.instanceID, orPending: true, turn: &turn)
  }

  /// What is wrong with a request in any group.
  static func malformation(of request: JoinRequest, settings: GroupSettings) -> ErrorCode? {
    guard settings.sessionTimeouts.contains(request.sessionTimeoutMilliseconds) else {
      return .invalidSessionTimeout
    }
    if request.instanceID?.utf8.contains(0) == true { return .invalidRequest }
    return request.protocols.byteCount > maximumMetadataBytes ? .invalidRequest : nil
  }

  /// Why this group does not let in a request, whoever sends it.
  func refusal(of request: JoinRequest, settings: GroupSettings) -> ErrorCode? {
    let isKnown = roster.contains(request.memberID)
    if isKnown && isEmpty { return .unknownMemberID }
    let twin = request.instanceID.flatMap { roster.id(ofInstance: $0) }
    if !isKnown && twin == nil && roster.count >= settings.maxSize { return .groupMaxSizeReached }
    return protocolObjection(to: request, of: isKnown ? request.memberID : twin)
  }

  private func protocolObjection(to request: JoinRequest, of id: String?) -> ErrorCode? {
    guard !request.protocolType.isEmpty, !request.protocols.isEmpty else {
      return .inconsistentGroupProtocol
    }
    if roster.isEmpty { return nil }
    guard row.protocolType == request.protocolType, roster.supports(request.protocols, of: id)
    else { return .inconsistentGroupProtocol }
    return nil
  }

  // MARK: Phrases

  static func phrase(_ what: String, _ reason: String?) -> String {
    guard let reason else { return what }
    return "\(what): \(reason)"
  }

  /// A reason as a client gave it; Java's clients give at most 255 characters.
  static func shortened(_ reason: String?) -> String? {
    guard let reason, !reason.isEmpty else { return nil }
    return String(reason.prefix(255))
  }
}
