import ActaModel

// Members that speak the consumer protocol: they do everything by heartbeats.
extension ConsumerGroup {
  /// A refused heartbeat changes nothing.
  package mutating func heartbeat(
    _ request: ConsumerHeartbeat, _ turn: inout Turn
  ) -> ConsumerHeartbeatReply {
    do {
      try ConsumerValidation.check(request, turn.settings)
      switch request.memberEpoch {
      case -1: return try leave(request, &turn)
      case ConsumerMember.awayEpoch: return try stepAway(request, &turn)
      default: return try proceed(request, &turn)
      }
    } catch {
      note(error, of: request, &turn)
      return ConsumerHeartbeatReply(error: error.code, message: error.message)
    }
  }

  /// Leads the member a step closer to its target, and tells it where it is.
  private mutating func proceed(
    _ request: ConsumerHeartbeat, _ turn: inout Turn
  ) throws(HeartbeatRefusal) -> ConsumerHeartbeatReply {
    let epoch = row.generation
    let isNew = request.memberEpoch == 0
    let seat = try isNew ? join(request, &turn) : recognise(request, turn)
    if let reason = update(seat, request), row.generation == epoch {
      raiseEpoch(because: reason, &turn)
    }
    aim(&turn)
    let isChanged = reconcile(seat, owned: request.owned, &turn)
    if isNew && !isChanged { namePartitions(of: seat, turn) }
    prolongSession(of: seat, turn)

    let consumer = roster[seat].consumer
    var reply = ConsumerHeartbeatReply()
    reply.memberID = request.memberID
    reply.memberEpoch = consumer.epoch
    reply.heartbeatIntervalMilliseconds = turn.settings.consumerHeartbeatInterval
    if isChanged || request.isFull || roster[seat].isRevocationOverdue(turn) {
      reply.assignment = consumer.assigned.mapValues { Set($0.keys) }
    }
    return reply
  }

  private func recognise(
    _ request: ConsumerHeartbeat, _ turn: Turn
  ) throws(HeartbeatRefusal) -> ConsumerRoster.Seat {
    let seat = try roster.recognise(request)
    try roster.subscriptions.checkPattern(of: request, turn.topics)
    return seat
  }

  // MARK: Joining

  /// A member joins, joins again, or comes back under another member id. Afterwards it is there,
  /// with nothing assigned.
  private mutating func join(
    _ request: ConsumerHeartbeat, _ turn: inout Turn
  ) throws(HeartbeatRefusal) -> ConsumerRoster.Seat {
    try roster.subscriptions.checkPattern(of: request, turn.topics)
    forgetRefusal(of: request.memberID)
    if let seat = roster.seat(of: request.memberID) {
      return try joinAgain(seat, request, &turn)
    }
    if let instance = request.instanceID, let holder = roster.id(ofInstance: instance) {
      return try comeBack(as: instance, of: holder, request, &turn)
    }
    guard roster.count < turn.settings.consumerMaxSize else {
      throw HeartbeatRefusal(
        .groupMaxSizeReached, "Group \(name) has its \(turn.settings.consumerMaxSize) members.")
    }
    let seat = roster.add(
      MemberRow(
        memberID: request.memberID, instanceID: request.instanceID,
        clientID: request.client.clientID, clientHost: request.client.clientHost,
        attribution: request.client.attribution,
        sessionTimeoutMilliseconds: turn.settings.consumerSessionTimeout,
        rebalanceTimeoutMilliseconds: request.rebalanceTimeoutMilliseconds, joinOrder: 0,
        consumer: MemberRow.ConsumerPart(epoch: 0, previousEpoch: 0)),
      at: turn.now)
    // Who subscribes to nothing changes nothing for anybody, as in Kafka; but no member's epoch is 0.
    guard request.subscribesToSomething || row.generation < Self.initialEpoch else {
      turn.note(event(.joined, of: request))
      admitWithoutSubscription()
      return seat
    }
    raiseEpoch(
      because: "member \(request.memberID) joined", after: event(.joined, of: request), &turn)
    return seat
  }

  private mutating func joinAgain(
    _ seat: ConsumerRoster.Seat, _ request: ConsumerHeartbeat, _ turn: inout Turn
  ) throws(HeartbeatRefusal) -> ConsumerRoster.Seat {
    if let instance = request.instanceID, instance != roster[seat].row.instanceID {
      throw HeartbeatRefusal(
        .invalidRequest, "Member \(request.memberID) cannot change its instance id.")
    }
    roster.exchange(seat) { member, owners in
      owners.remove(member)
      member.startOver()
      member.speakConsumer(turn.settings)
    }
    turn.note(event(.joined, of: request, reason: "joined again"))
    return seat
  }

  private mutating func comeBack(
    as instance: String, of holder: String, _ request: ConsumerHeartbeat, _ turn: inout Turn
  ) throws(HeartbeatRefusal) -> ConsumerRoster.Seat {
    guard let present = roster[holder], present.isAway || present.isClassic,
      let seat = roster.replace(holder, with: request.memberID)
    else {
      throw HeartbeatRefusal(
        .unreleasedInstanceID,
        "Static member \(request.memberID) with instance id \(instance) cannot join the group"
          + " because the instance id is owned by \(holder) member.")
    }
    roster.update(seat) { $0.speakConsumer(turn.settings) }
    turn.note(event(.replaced, of: request, reason: "came back after \(holder)"))
    return seat
  }

  // MARK: What a member says of itself

  /// Takes over what the request says, and returns why the group epoch must rise.
  private mutating func update(
    _ seat: ConsumerRoster.Seat, _ request: ConsumerHeartbeat
  ) -> String? {
    guard request.hasNews(about: roster[seat]) else { return nil }
    var reason: String?
    if let assignor = request.assignor, assignor != roster[seat].consumer.assignor {
      roster.update(seat) { $0.consumer.assignor = assignor }
      reason = "assignor of \(request.memberID) changed"
    }
    let present = roster[seat].subscription
    let wanted = Subscription(
      names: request.subscribedTopics.map { Set($0).sorted() } ?? present.names,
      regex: request.subscribedRegex.map { $0.isEmpty ? nil : $0 } ?? present.regex)
    if wanted != present {
      subscribe(seat, to: wanted)
      reason = "subscription of \(request.memberID) changed"
    }
    roster.update(seat) { member in
      member.row.clientID = request.client.clientID
      member.row.clientHost = request.client.clientHost
      member.row.attribution = request.client.attribution
      member.row.attribution = request.client.attribution
      if let rack = request.rackID { member.consumer.rackID = rack }
      if request.rebalanceTimeoutMilliseconds >= 0 {
        member.row.rebalanceTimeoutMilliseconds = request.rebalanceTimeoutMilliseconds
      }
    }
    return reason
  }

  // MARK: Leaving

  /// Member epoch -1.
  private mutating func leave(
    _ request: ConsumerHeartbeat, _ turn: inout Turn
  ) throws(HeartbeatRefusal) -> ConsumerHeartbeatReply {
    let seat = try roster.find(request)
    let member = roster[seat]
    expel(member, event: event(.left, of: member), because: "member \(member.id) left", &turn)
    return .farewell(to: request)
  }

  /// Member epoch -2: a static member leaves and means to come back. Its partitions stay its own
  /// until its session runs out; it has stopped, so those that it was to give up are free.
  private mutating func stepAway(
    _ request: ConsumerHeartbeat, _ turn: inout Turn
  ) throws(HeartbeatRefusal) -> ConsumerHeartbeatReply {
    let seat = try roster.find(request)
    if roster[seat].isAway { return .farewell(to: request) }
    roster.exchange(seat) { member, owners in
      owners.release(member.consumer.revoking, by: member)
      member.consumer.revoking = [:]
      member.presence.rebalanceDeadline = nil
      member.move(to: .stable, epoch: ConsumerMember.awayEpoch)
    }
    turn.note(event(.left, of: roster[seat], reason: "for a while"))
    return .farewell(to: request)
  }
}

extension ConsumerHeartbeat {
  fileprivate var subscribesToSomething: Bool {
    subscribedTopics?.isEmpty == false || subscribedRegex?.isEmpty == false
  }
}

extension ConsumerMember {
  /// A member that joins by a heartbeat speaks the consumer protocol, whatever it spoke before.
  fileprivate mutating func speakConsumer(_ settings: GroupSettings) {
    guard isClassic else { return }
    row.classic = nil
    row.sessionTimeoutMilliseconds = settings.consumerSessionTimeout
    presence.joinDeadline = nil
    presence.syncDeadline = nil
  }
}
