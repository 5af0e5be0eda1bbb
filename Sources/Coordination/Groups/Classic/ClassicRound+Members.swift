import ActaModel

// How members come and go in a round, what they wait for, and what they are answered.
extension ClassicRound {
  // MARK: Coming

  /// Adds a member, which makes all others join again.
  mutating func admit(
    _ request: JoinRequest, as id: String, token: ReplyToken, _ turn: inout Turn
  ) {
    if roster.isEmpty { row.protocolType = request.protocolType }
    let profile = ClassicMember.Profile(request, id: id)
    roster.add(profile, presence: .init(lastContact: turn.now, isNew: true, join: token))
    prolongInitialDelay()
    let reason = Phrase.shortened(request.reason)
    turn.note(event(.joined, of: profile, reason: reason))
    advance(because: Phrase.of("\(id) joined", reason), &turn)
  }

  /// Puts a new member id in the place of an old one, whose waiting requests are fenced.
  mutating func replace(
    _ oldID: String, with newID: String, _ request: JoinRequest, _ turn: inout Turn
  ) {
    var waiting = ClassicMember.Presence(lastContact: turn.now)
    roster.mark(oldID) { presence in
      waiting = presence
      presence.join = nil
      presence.sync = nil
      presence.isNew = false
      presence.lastContact = turn.now
    }
    refuse(waiting, of: oldID, .fencedInstanceID, &turn)
    roster.replace(oldID, with: newID)
    roster.update(newID) { $0.take(request) }
    if row.leaderID == oldID { row.leaderID = newID }
    turn.note(event(.replaced, of: roster[newID]?.profile, reason: "in place of \(oldID)"))
  }

  // MARK: Waiting

  /// Keeps a JoinGroup until the round ends, in place of one that the member sent before.
  mutating func park(join token: ReplyToken, of id: String, _ turn: inout Turn) {
    var earlier: ReplyToken?
    roster.mark(id) { presence in
      earlier = presence.join
      presence.join = token
    }
    if let earlier { turn.refuse(join: earlier, .rebalanceInProgress, memberID: id) }
  }

  /// Keeps a SyncGroup until the leader's comes, in place of one that the member sent before.
  mutating func park(sync token: ReplyToken, of id: String, _ turn: inout Turn) {
    var earlier: ReplyToken?
    roster.mark(id) { presence in
      earlier = presence.sync
      presence.sync = token
      presence.owesSync = false
    }
    if let earlier { turn.refuse(sync: earlier, .rebalanceInProgress) }
  }

  /// Answers all that wait, because this group is no more, or begins anew.
  func dismissAll(with error: ErrorCode, _ turn: inout Turn) {
    for member in roster.inJoinOrder { refuse(member.presence, of: member.id, error, &turn) }
  }

  private func refuse(
    _ waiting: ClassicMember.Presence, of id: String, _ error: ErrorCode, _ turn: inout Turn
  ) {
    if let token = waiting.join { turn.refuse(join: token, error, memberID: id) }
    if let token = waiting.sync { turn.refuse(sync: token, error) }
  }

  // MARK: Going

  mutating func evict(_ member: ClassicMember, because reason: String, _ turn: inout Turn) {
    turn.note(event(.evicted, of: member.profile, reason: reason))
    remove(member.id, &turn)
  }

  /// Takes a member out. It joins again as a new one if it is there and asks.
  mutating func remove(_ id: String, _ turn: inout Turn) {
    guard let member = roster.remove(id) else { return }
    if row.leaderID == id { row.leaderID = nil }
    refuse(member.presence, of: id, .unknownMemberID, &turn)
  }

  // MARK: The generation

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

  /// The leader has shared out: every member has what it was given, or nothing. Members that have
  /// not asked yet still owe their SyncGroup.
  mutating func assign(
    _ assignments: [(memberID: String, assignment: [UInt8])], _ turn: inout Turn
  ) {
    let given = Dictionary(assignments.map { ($0.memberID, $0.assignment) }) { $1 }
    row.state = .stable
    for member in roster.inJoinOrder {
      let assignment = given[member.id] ?? []
      roster.update(member.id) { $0.assignment = assignment }
      turn.note(assigned(assignment, to: member.profile))
      guard let token = member.presence.sync else { continue }
      roster.mark(member.id) { presence in
        presence.sync = nil
        presence.lastContact = turn.now
      }
      turn.answer(token, currentAssignment(of: member.id))
    }
  }

  func currentAssignment(of id: String) -> SyncReply {
    var reply = SyncReply()
    reply.protocolType = row.protocolType
    reply.protocolName = row.protocolName
    reply.assignment = roster[id]?.profile.assignment ?? []
    return reply
  }

  private func assigned(_ assignment: [UInt8], to member: ClassicMember.Profile) -> GroupEvent {
    let partitions = ClassicMember.Profile.partitions(
      in: assignment, protocolType: row.protocolType)
    let reason = partitions == nil ? "assignment of \(assignment.count) bytes" : nil
    return event(.assigned, of: member, reason: reason, partitions: partitions)
  }
}
