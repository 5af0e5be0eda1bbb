import ActaModel

// Which type a group has: decided when a member joins a name that is free, or whose group has the
// other type.
//
// An empty group takes the type of the first member that joins. Its offsets stay, and the new group
// goes on from the number where the old one stood, so that no generation or epoch comes twice.
//
// A group with members goes over to the consumer protocol when the first member that speaks it
// joins, if it is one of consumers and `group.consumer.migration.policy` has "upgrade" in it. From
// then on a consumer group serves both kinds (`ConsumerGroup+Classic`). When the last member of the
// consumer protocol goes, it becomes a classic group again, if the policy has "downgrade" in it.
//
// A group is made, or takes another type, only by a request that is let in: one that is refused
// changes nothing.
extension GroupCoordinator {
  /// A classic member asks for a group that is not a classic one. Returns why it is refused; `nil`
  /// when the request is to go to the group of that name, which is there now.
  mutating func makeClassic(
    for request: JoinRequest, turn: inout Turn
  ) -> ErrorCode? {
    let name = request.groupID
    let former = consumer[name]?.group
    if let former, !former.isEmpty { return .inconsistentGroupProtocol }
    guard request.memberID.isEmpty else { return .unknownMemberID }
    guard former != nil || hasRoom else { return .policyViolation }
    let group = ClassicGroup(name: name, generation: former?.stored.group.generation ?? 0)
    if let error = group.refusal(of: request, settings: turn.settings) { return error }
    adopt(group)
    turn.effects.events.append(
      former == nil
        ? group.event(.created)
        : group.event(.converted, reason: "from the consumer protocol to the classic"))
    return nil
  }

  /// A member of the consumer protocol asks for a group that is not a consumer group. What is wrong
  /// with the request in itself is said first.
  mutating func makeConsumer(
    for request: ConsumerHeartbeat, topics: some TopicLookup, turn: inout Turn
  ) -> ConsumerHeartbeatReply {
    do {
      try ConsumerGroup.validate(request, settings: settings)
    } catch {
      return ConsumerHeartbeatReply(error: error.code, message: error.message)
    }
    guard request.memberEpoch == 0 else {
      return ConsumerHeartbeatReply(
        error: .groupIDNotFound, message: "Consumer group \(request.groupID) not found.")
    }
    let former = classic[request.groupID]?.group
    guard former != nil || hasRoom else {
      return ConsumerHeartbeatReply(
        error: .policyViolation, message: "There are \(count) groups already.")
    }
    guard var group = newConsumerGroup(for: request, topics: topics, at: turn.now) else {
      return ConsumerHeartbeatReply(
        error: .groupIDNotFound,
        message: "Group \(request.groupID) is a classic group that cannot be converted.")
    }
    var attempt = Turn(at: turn.now, settings: turn.settings)
    let row = group.row
    let reply = group.heartbeat(
      request, topics: topics, settings: settings, at: turn.now, effects: &attempt.effects)
    guard reply.error == .none else { return reply }
    let kind: GroupEvent.Kind = former == nil ? .created : .converted
    turn.effects.events.append(
      GroupEvent(
        group: row.name, kind: kind, generation: row.generation,
        reason: former == nil ? nil : "from the classic protocol to the consumer"))
    former?.dismiss(turn: &turn)
    turn.effects.append(attempt.effects)
    adopt(group)
    return reply
  }

  /// `nil` if there is a classic group with members that cannot become a consumer group.
  private func newConsumerGroup(
    for request: ConsumerHeartbeat, topics: some TopicLookup, at now: Instant
  ) -> ConsumerGroup? {
    guard let former = classic[request.groupID]?.group else {
      return ConsumerGroup(name: request.groupID)
    }
    if former.isEmpty { return Self.consumerGroup(inPlaceOf: former, at: now, settings: settings) }
    guard settings.migrationPolicy.allowsUpgrade, former.isConsumerType,
      former.roster.count <= settings.consumerMaxSize
    else { return nil }
    return ConsumerGroup(upgrading: former.stored, topics: topics, settings: settings, at: now)
  }

  /// The last member that spoke the consumer protocol has gone.
  mutating func downgrade(_ former: ConsumerGroup, turn: inout Turn) {
    let group = former.downgraded(at: turn.now)
    let stored = group.stored
    turn.effects.changes.append(.putGroup(stored.group))
    for member in stored.members {
      turn.effects.changes.append(.putMember(member, group: group.name))
    }
    let reason = "from the consumer protocol to the classic"
    turn.effects.events.append(group.event(.converted, reason: reason))
    turn.effects.events.append(group.event(.rebalance, reason: "the group is a classic one now"))
    adopt(group)
  }

  /// Whether one more group may be made.
  var hasRoom: Bool { count < settings.maxGroups }

  private static func consumerGroup(
    inPlaceOf former: ClassicGroup, at now: Instant, settings: GroupSettings
  ) -> ConsumerGroup {
    let generation = former.row.generation
    let row = GroupRow(
      name: former.name, type: .consumer, protocolType: "consumer", generation: generation,
      assignmentEpoch: generation)
    return ConsumerGroup(restoring: StoredGroup(group: row), settings: settings, at: now)
  }
}
