package import ActaModel

// Members of a consumer group that still speak the classic protocol (KIP-848, online migration).
//
// Such a member does not wait for others: JoinGroup is a step of its own reconciliation and is
// answered at once, with its member epoch as the generation and itself as a follower; SyncGroup
// brings what it is assigned by then. When it has to give something up or may have more, its
// heartbeats are answered REBALANCE_IN_PROGRESS until it joins again. A JoinGroup says what the
// member owns: nothing, if it gives up everything before it joins.
extension ConsumerGroup {
  // MARK: JoinGroup

  mutating func join(_ request: JoinRequest, token: ReplyToken, _ turn: inout Turn) {
    turn.answer(token, answer(request, &turn))
  }

  private mutating func answer(_ request: JoinRequest, _ turn: inout Turn) -> JoinReply {
    guard request.protocolType == "consumer",
      let metadata = request.protocols.first?.metadata,
      let subscription = ConsumerSubscription(reading: metadata)
    else { return JoinReply(error: .inconsistentGroupProtocol, memberID: request.memberID) }
    if let error = roster.objection(to: request, turn.settings) {
      return JoinReply(error: error, memberID: request.memberID)
    }
    if request.memberID.isEmpty, request.instanceID == nil, request.isMemberIDRequired {
      return JoinReply(error: .memberIDRequired, memberID: request.newMemberID)
    }
    let epoch = row.generation
    let seat = admit(request, &turn)
    if describe(seat, by: request, subscription), row.generation == epoch {
      raiseEpoch(because: "subscription of \(roster[seat].id) changed", &turn)
    }
    aim(&turn)
    let owned = turn.topics.identified(subscription.owned)
    if !reconcile(seat, owned: owned, &turn) { namePartitions(of: seat, turn) }
    prolongSession(of: seat, turn)
    roster.expectSync(of: seat, at: turn.now)
    return Self.reply(to: roster[seat])
  }

  private static func reply(to member: ConsumerMember) -> JoinReply {
    var reply = JoinReply(error: .none, memberID: member.id)
    reply.generation = member.consumer.epoch
    reply.protocolType = "consumer"
    reply.protocolName = member.classicProtocol?.name
    return reply
  }

  /// The member that the request is from, which is there afterwards.
  private mutating func admit(
    _ request: JoinRequest, _ turn: inout Turn
  ) -> ConsumerRoster.Seat {
    if let seat = roster.seat(of: request.memberID) { return seat }
    let id = request.memberID.isEmpty ? request.newMemberID : request.memberID
    if let twin = request.instanceID.flatMap({ roster.id(ofInstance: $0) }),
      let seat = roster.replace(twin, with: id)
    {
      turn.note(event(.replaced, of: roster[seat], reason: "came back after \(twin)"))
      return seat
    }
    let seat = roster.add(
      MemberRow(
        memberID: id, instanceID: request.instanceID, clientID: request.client.clientID,
        clientHost: request.client.clientHost, attribution: request.client.attribution,
        sessionTimeoutMilliseconds: request.sessionTimeoutMilliseconds,
        rebalanceTimeoutMilliseconds: max(1, request.rebalanceTimeoutMilliseconds), joinOrder: 0,
        classic: MemberRow.ClassicPart(protocols: request.protocols),
        consumer: MemberRow.ConsumerPart(epoch: 0, previousEpoch: 0)),
      at: turn.now)
    let reason = Phrase.shortened(request.reason)
    raiseEpoch(
      because: Phrase.of("member \(id) joined", reason),
      after: event(.joined, of: roster[seat], reason: reason), &turn)
    return seat
  }

  /// Takes over what the request says; true if the subscription is another than before.
  private mutating func describe(
    _ seat: ConsumerRoster.Seat, by request: JoinRequest, _ subscription: ConsumerSubscription
  ) -> Bool {
    let wanted = Subscription(names: Set(subscription.topics).sorted(), regex: nil)
    let isOther = wanted != roster[seat].subscription
    if isOther { subscribe(seat, to: wanted) }
    roster.update(seat) { member in
      member.row.clientID = request.client.clientID
      member.row.clientHost = request.client.clientHost
      member.row.attribution = request.client.attribution
      member.row.sessionTimeoutMilliseconds = request.sessionTimeoutMilliseconds
      member.row.rebalanceTimeoutMilliseconds = max(1, request.rebalanceTimeoutMilliseconds)
      member.row.classic = MemberRow.ClassicPart(protocols: request.protocols)
      member.consumer.rackID = subscription.rackID
      member.consumer.assignor = nil
      member.presence.rebalanceDeadline = nil
    }
    return isOther
  }

  // MARK: SyncGroup and Heartbeat

  mutating func sync(_ request: SyncRequest, token: ReplyToken, _ turn: inout Turn) {
    turn.answer(token, answer(request, turn))
  }

  private mutating func answer(_ request: SyncRequest, _ turn: Turn) -> SyncReply {
    let seat: ConsumerRoster.Seat
    switch roster.findClassic(
      request.memberID, instanceID: request.instanceID, generation: request.generation)
    {
    case .failure(let refusal): return SyncReply(error: refusal.code)
    case .success(let found): seat = found
    }
    let protocolName = roster[seat].classicProtocol?.name
    guard request.protocolType ?? "consumer" == "consumer",
      request.protocolName ?? protocolName == protocolName
    else { return SyncReply(error: .inconsistentGroupProtocol) }
    if isBehind(roster[seat]) {
      roster.expectJoin(of: seat, at: turn.now)
      return SyncReply(error: .rebalanceInProgress)
    }
    roster.mark(seat) { $0.syncDeadline = nil }
    prolongSession(of: seat, turn)
    var reply = SyncReply()
    reply.protocolType = "consumer"
    reply.protocolName = protocolName
    reply.assignment = roster[seat].assignmentBytes
    return reply
  }

  mutating func heartbeat(_ request: ClassicHeartbeat, _ turn: inout Turn) -> ErrorCode {
    switch roster.findClassic(
      request.memberID, instanceID: request.instanceID, generation: request.generation)
    {
    case .failure(let refusal): return refusal.code
    case .success(let seat):
      prolongSession(of: seat, turn)
      guard mustJoin(roster[seat]) else { return .none }
      roster.expectJoin(of: seat, at: turn.now)
      return .rebalanceInProgress
    }
  }

  /// There is something to give up or to be had.
  private func mustJoin(_ member: ConsumerMember) -> Bool {
    switch member.consumer.state {
    case .unrevokedPartitions: true
    case .unreleasedPartitions: isBehind(member) || member.isTargetFree(roster.owners)
    case .stable: isBehind(member)
    }
  }

  /// There is a newer target. A member that is giving up partitions is on its way to it. While a
  /// target is put off there is nothing that a member could join again for.
  private func isBehind(_ member: ConsumerMember) -> Bool {
    member.consumer.epoch < row.assignmentEpoch && member.consumer.state != .unrevokedPartitions
  }

  // MARK: LeaveGroup

  /// One error per member.
  package mutating func leave(
    _ members: [LeavingMember], _ turn: inout Turn
  ) -> [ErrorCode] {
    members.map { leave($0, &turn) }
  }

  /// A member that speaks the classic protocol leaves, or v3 and later an administrator removes one
  /// (kafka-consumer-groups, removeMembersFromConsumerGroup). Kafka removes static members so, by
  /// their instance id; here a member may also be named by its id.
  private mutating func leave(_ leaving: LeavingMember, _ turn: inout Turn) -> ErrorCode {
    var id = leaving.memberID
    if let instance = leaving.instanceID {
      guard let holder = roster.id(ofInstance: instance) else { return .unknownMemberID }
      if id.isEmpty { id = holder }
      guard id == holder else { return .fencedInstanceID }
    }
    guard let member = roster[id] else { return .unknownMemberID }
    let isOwnWish = member.isClassic && !leaving.memberID.isEmpty
    let reason = Phrase.shortened(leaving.reason) ?? (isOwnWish ? nil : "removed on request")
    expel(
      member, event: event(.left, of: member, reason: reason),
      because: Phrase.of("member \(id) left", reason), &turn)
    return .none
  }
}
