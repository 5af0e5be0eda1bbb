import ActaModel

extension ConsumerGroup {
  /// Member epoch -1.
  mutating func leave(
    _ request: ConsumerHeartbeat, settings: GroupSettings, at now: Instant,
    effects: inout Effects
  ) throws(HeartbeatRefusal) -> ConsumerHeartbeatReply {
    let member = try find(request)
    expel(
      member.id, event: event(.left, of: member), because: "member \(member.id) left",
      settings: settings, at: now, effects: &effects)
    return Self.farewell(request)
  }

  /// Member epoch -2: a static member leaves and means to come back. Its partitions stay its own
  /// until its session runs out; it has stopped, so those that it was to give up are free.
  mutating func stepAway(
    _ request: ConsumerHeartbeat, effects: inout Effects
  ) throws(HeartbeatRefusal) -> ConsumerHeartbeatReply {
    let member = try find(request)
    if member.isAway { return Self.farewell(request) }
    owners.release(member.consumer.revoking, by: member)
    change(member.id) { member in
      member.consumer.revoking = [:]
      member.rebalanceDeadline = nil
      member.move(to: .stable, epoch: ConsumerMember.awayEpoch)
    }
    effects.events.append(event(.left, of: member, reason: "for a while"))
    return Self.farewell(request)
  }

  private static func farewell(_ request: ConsumerHeartbeat) -> ConsumerHeartbeatReply {
    var reply = ConsumerHeartbeatReply()
    reply.memberID = request.memberID
    reply.memberEpoch = request.memberEpoch
    return reply
  }

  /// LeaveGroup: of a member that speaks the classic protocol, or v3 and later by an administrator
  /// (kafka-consumer-groups, removeMembersFromConsumerGroup). Kafka removes static members so, by their instance id; here a
  /// member may also be named by its id.
  package mutating func remove(
    _ leaving: LeavingMember, settings: GroupSettings, at now: Instant, effects: inout Effects
  ) -> ErrorCode {
    defer { flush(into: &effects) }
    var id = leaving.memberID
    if let instance = leaving.instanceID {
      guard let holder = instances[instance] else { return .unknownMemberID }
      if id.isEmpty { id = holder }
      guard id == holder else { return .fencedInstanceID }
    }
    guard let member = members[id] else { return .unknownMemberID }
    let isOwnWish = member.isClassic && !leaving.memberID.isEmpty
    let reason =
      ClassicGroup.shortened(leaving.reason) ?? (isOwnWish ? nil : "removed on request")
    expel(
      id, event: event(.left, of: member, reason: reason),
      because: ClassicGroup.phrase("member \(id) left", reason), settings: settings, at: now,
      effects: &effects)
    return .none
  }

  /// Session and rebalance timeouts that have run out; an assignment that was put off.
  package mutating func tick(
    topics: some TopicLookup, settings: GroupSettings, at now: Instant, effects: inout Effects
  ) {
    defer { flush(into: &effects) }
    if let earliestTimeout, earliestTimeout <= now {
      expire(settings: settings, at: now, effects: &effects)
    }
    if members.isEmpty { return }
    checkTopics(topics, settings: settings, at: now, effects: &effects)
    assignIfDue(topics: topics, settings: settings, at: now)
  }

  private mutating func expire(
    settings: GroupSettings, at now: Instant, effects: inout Effects
  ) {
    for member in membersInOrder {
      let reason: String
      if member.sessionDeadline <= now {
        reason = "session timed out"
      } else if let deadline = member.rebalanceDeadline, deadline <= now {
        reason = "did not give up its partitions in time"
      } else if let deadline = member.joinDeadline, deadline <= now {
        reason = "did not join again in time"
      } else if let deadline = member.syncDeadline, deadline <= now {
        reason = "did not send SyncGroup in time"
      } else {
        continue
      }
      expel(
        member.id, event: event(.evicted, of: member, reason: reason),
        because: "member \(member.id): \(reason)", settings: settings, at: now, effects: &effects)
    }
    earliestTimeout = nil
    for member in members.values { noteTimeouts(of: member) }
  }

  private mutating func expel(
    _ id: String, event: GroupEvent, because reason: String, settings: GroupSettings,
    at now: Instant, effects: inout Effects
  ) {
    let member = remove(id: id)
    subscriptions.remove(member.subscription)
    owners.remove(member)
    if members.isEmpty { forgetMembers() }
    // A group that becomes a classic one begins with a rebalance of that kind.
    if isDowngradeDue(settings) { return effects.events.append(event) }
    raiseEpoch(because: reason, after: event, settings: settings, at: now, effects: &effects)
  }

  /// Gives back the memory of the last member: most groups that are empty stay so.
  private mutating func forgetMembers() {
    members = [:]
    instances = [:]
    subscriptions = Subscriptions()
    owners = PartitionOwners()
    targetShapes = [:]
    earliestTimeout = nil
  }

  mutating func prolongSession(of id: String, settings: GroupSettings, at now: Instant) {
    let index = members.index(forKey: id)!
    let timeout = sessionTimeout(of: members.values[index], settings)
    members.values[index].sessionDeadline = now + timeout
    noteTimeouts(of: members.values[index])
  }

  /// The broker's present setting, and not what it was when the member joined. A member of the
  /// classic protocol chooses for itself.
  func sessionTimeout(of member: ConsumerMember, _ settings: GroupSettings) -> Int32 {
    member.isClassic ? member.row.sessionTimeoutMilliseconds : settings.consumerSessionTimeout
  }

  mutating func noteTimeouts(of member: ConsumerMember) {
    var first = member.sessionDeadline
    for case let deadline? in [
      member.rebalanceDeadline, member.joinDeadline, member.syncDeadline,
    ] {
      first = min(first, deadline)
    }
    earliestTimeout = Instant.earlier(earliestTimeout, first)
  }
}
