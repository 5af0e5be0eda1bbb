import ActaModel

extension ConsumerGroup {
  /// A member that joins, joins again, or comes back under another member id. Afterwards it is
  /// there, with nothing assigned.
  mutating func join(
    _ request: ConsumerHeartbeat, topics: some TopicLookup, settings: GroupSettings,
    at now: Instant, effects: inout Effects
  ) throws(HeartbeatRefusal) {
    try validateRegex(request, topics: topics)
    if lastRefusedID == request.memberID { lastRefusedID = nil }
    if let member = members[request.memberID] {
      if let instance = request.instanceID, instance != member.row.instanceID {
        throw HeartbeatRefusal(
          .invalidRequest, "Member \(request.memberID) cannot change its instance id.")
      }
      startOver(request.memberID)
      speakConsumer(request.memberID, settings: settings)
      effects.events.append(event(.joined, of: request, reason: "joined again"))
    } else if let instance = request.instanceID, let holder = instances[instance] {
      guard members[holder]!.isAway || members[holder]!.isClassic else {
        throw HeartbeatRefusal(
          .unreleasedInstanceID, "Instance id \(instance) is owned by member \(holder).")
      }
      replace(holder, by: request.memberID)
      speakConsumer(request.memberID, settings: settings)
      effects.events.append(event(.replaced, of: request, reason: "came back after \(holder)"))
    } else {
      guard members.count < settings.consumerMaxSize else {
        throw HeartbeatRefusal(
          .groupMaxSizeReached, "Group \(name) has its \(settings.consumerMaxSize) members.")
      }
      add(
        MemberRow(
          memberID: request.memberID, instanceID: request.instanceID,
          clientID: request.client.clientID, clientHost: request.client.clientHost,
          attribution: request.client.attribution,
          sessionTimeoutMilliseconds: settings.consumerSessionTimeout,
          rebalanceTimeoutMilliseconds: request.rebalanceTimeoutMilliseconds,
          joinOrder: nextJoinOrder, consumer: MemberRow.ConsumerPart(epoch: 0, previousEpoch: 0)),
        at: now)
      raiseEpoch(
        because: "member \(request.memberID) joined", after: event(.joined, of: request),
        settings: settings, at: now, effects: &effects)
    }
  }

  /// A new member, behind all others. Its subscription comes next.
  mutating func add(_ row: MemberRow, at now: Instant) {
    nextJoinOrder += 1
    var member = ConsumerMember(row: row, sessionDeadline: now + row.sessionTimeoutMilliseconds)
    member.subscription = subscriptions.add(member.subscription)
    insert(member)
  }

  /// A member that joins by a heartbeat speaks the consumer protocol, whatever it spoke before.
  private mutating func speakConsumer(_ id: String, settings: GroupSettings) {
    guard members[id]!.isClassic else { return }
    change(id) { member in
      member.row.classic = nil
      member.row.sessionTimeoutMilliseconds = settings.consumerSessionTimeout
      member.joinDeadline = nil
      member.syncDeadline = nil
    }
  }

  /// The member says that it has nothing. It keeps its target, of which it gets at once what is
  /// free: all that it had, but as of now, so that commits of its former life do not count.
  private mutating func startOver(_ id: String) {
    owners.remove(members[id]!)
    change(id) { member in
      member.consumer.assigned = [:]
      member.consumer.revoking = [:]
      member.consumer.state = .stable
      member.consumer.epoch = 0
      member.consumer.previousEpoch = 0
      member.rebalanceDeadline = nil
    }
  }

  /// The static member `old` comes back as `new`: with its place, its subscription and its target.
  mutating func replace(_ old: String, by new: String) {
    startOver(old)
    var member = remove(id: old)
    member.row.memberID = new
    insert(member)
  }

  /// Adds a member whose subscription and partitions are counted already.
  mutating func insert(_ member: ConsumerMember) {
    members[member.id] = member
    if member.isClassic { classicCount += 1 }
    if let instance = member.row.instanceID { instances[instance] = member.id }
    if isReconciled(member) { reconciledCount += 1 }
    dirtyMembers.insert(member.id)
    noteTimeouts(of: member)
  }

  /// Takes a member out, and leaves its subscription and its partitions counted.
  mutating func remove(id: String) -> ConsumerMember {
    let member = members.removeValue(forKey: id)!
    if let instance = member.row.instanceID { instances[instance] = nil }
    if isReconciled(member) { reconciledCount -= 1 }
    if member.isClassic { classicCount -= 1 }
    dirtyMembers.remove(id)
    removedMembers.append(id)
    return member
  }
}
