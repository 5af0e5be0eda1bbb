import ActaModel

// Which type a group has: decided when a member joins a name that is free, or whose group has the
// other type.
//
// An empty group takes the type of the first member that joins. Its offsets stay, and the new group
// goes on from the number where the old one stood, so that no generation or epoch comes twice.
// Groups with members keep their type: the other type's members are refused.
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

  /// A member of the consumer protocol asks for a group that is not a consumer group.
  mutating func makeConsumer(
    for request: ConsumerHeartbeat, topics: some TopicLookup, turn: inout Turn
  ) -> ConsumerHeartbeatReply {
    let former = classic[request.groupID]?.group
    if let former, !former.isEmpty { return ConsumerHeartbeatReply(error: .groupIDNotFound) }
    guard former != nil || hasRoom || request.memberEpoch != 0 else {
      return ConsumerHeartbeatReply(error: .policyViolation)
    }
    var attempt = Turn(at: turn.now, settings: turn.settings)
    var group =
      former.map { Self.consumerGroup(inPlaceOf: $0, at: turn.now, settings: settings) }
      ?? ConsumerGroup(name: request.groupID)
    let row = group.stored.group
    let reply = group.heartbeat(
      request, topics: topics, settings: settings, at: turn.now, effects: &attempt.effects)
    guard request.memberEpoch == 0 else {
      // It is in no group that is there; but what is wrong in itself is said first.
      let isValid = reply.error == .none || reply.error == .unknownMemberID
      return isValid ? ConsumerHeartbeatReply(error: .groupIDNotFound) : reply
    }
    guard reply.error == .none else { return reply }
    if former != nil {
      turn.effects.events.append(
        GroupEvent(
          group: row.name, kind: .converted, generation: row.generation,
          reason: "from the classic protocol to the consumer"))
      turn.effects.changes.append(.putGroup(row))
    }
    turn.effects.append(attempt.effects)
    adopt(group)
    return reply
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
