package import ActaModel

// How groups are made, take another kind, and go. Which kind a group has is said in
// `GroupConversion`.
//
// A group is made, or takes another kind, only by a request that is let in: one that is refused
// changes nothing.
extension GroupCoordinator {
  /// Whether one more group may be made.
  private func hasRoom(_ turn: Turn) -> Bool { directory.count < turn.settings.maxGroups }

  /// A classic member asks for a group that may not be there, or be an empty one of consumers.
  /// Returns why it is refused; `nil` when the request is to go to the group of that name, which is
  /// there now.
  mutating func makeClassicIfNeeded(
    for request: JoinRequest, _ turn: inout Turn
  ) -> ErrorCode? {
    let name = request.groupID
    if directory.classic[name] != nil { return nil }
    guard request.memberID.isEmpty else { return .unknownMemberID }
    let former = directory.consumer[name]
    guard former != nil || hasRoom(turn) else { return .policyViolation }
    let group = ClassicGroup(name: name, generation: former?.row.generation ?? 0)
    if let error = group.refusal(of: request, turn.settings) { return error }
    directory.adopt(group)
    turn.note(
      former == nil
        ? group.event(.created) : group.event(.converted, reason: GroupConversion.toClassic))
    return nil
  }

  /// A member of the consumer protocol asks for a group that is not a consumer group. What is wrong
  /// with the request in itself is said first.
  mutating func makeConsumer(
    for request: ConsumerHeartbeat, _ turn: inout Turn
  ) -> ConsumerHeartbeatReply {
    do {
      try ConsumerValidation.check(request, turn.settings)
    } catch {
      return ConsumerHeartbeatReply(error: error.code, message: error.message)
    }
    guard request.memberEpoch == 0 else {
      return ConsumerHeartbeatReply(
        error: .groupIDNotFound,
        message: request.memberEpoch < 0
          ? "Group \(request.groupID) not found." : "Consumer group \(request.groupID) not found.")
    }
    let former = directory.classic[request.groupID]
    guard former != nil || hasRoom(turn) else {
      return ConsumerHeartbeatReply(
        error: .policyViolation, message: "There are \(directory.count) groups already.")
    }
    let candidate: ConsumerGroup? =
      if let former {
        GroupConversion.consumerGroup(inPlaceOf: former, turn)
      } else {
        ConsumerGroup(name: request.groupID)
      }
    guard let group = candidate else {
      return ConsumerHeartbeatReply(
        error: .groupIDNotFound,
        message: "Group \(request.groupID) is a classic group that cannot be converted.")
    }
    return admit(request, to: group, inPlaceOf: former, &turn)
  }

  private mutating func admit(
    _ request: ConsumerHeartbeat, to group: ConsumerGroup, inPlaceOf former: ClassicGroup?,
    _ turn: inout Turn
  ) -> ConsumerHeartbeatReply {
    var group = group
    let generation = group.row.generation
    var attempt = Turn(
      at: turn.now, settings: turn.settings.own(of: group.name) ?? turn.settings,
      topics: turn.topics)
    let reply = group.heartbeat(request, &attempt)
    guard reply.error == .none else { return reply }
    group.settle(&attempt)
    turn.note(
      GroupEvent(
        group: group.name, kind: former == nil ? .created : .converted, generation: generation,
        reason: former == nil ? nil : GroupConversion.toConsumer))
    turn.effects.append(attempt.effects)
    former?.round.dismissAll(with: .rebalanceInProgress, &turn)
    directory.adopt(group)
    return reply
  }

  /// The last member that spoke the consumer protocol has gone.
  mutating func downgrade(_ name: String, _ turn: inout Turn) {
    guard let former = directory.consumer[name] else { return }
    let group = GroupConversion.classicGroup(inPlaceOf: former, at: turn.now)
    let stored = group.stored
    turn.change(.putGroup(stored.group))
    for member in stored.members { turn.change(.putMember(member, group: name)) }
    turn.note(group.event(.converted, reason: GroupConversion.toClassic))
    turn.note(group.event(.rebalance, reason: "the group is a classic one now"))
    directory.adopt(group)
  }

  /// A commit without generation makes a group that only has offsets.
  mutating func makeSimple(
    for request: CommitRequest, _ turn: inout Turn
  ) -> Result<CommitPermit, MemberRefusal> {
    guard request.generation < 0 else {
      let code: ErrorCode = request.knowsConsumerGroups ? .groupIDNotFound : .illegalGeneration
      return .failure(MemberRefusal(code))
    }
    guard hasRoom(turn) else { return .failure(MemberRefusal(.policyViolation)) }
    var group = ClassicGroup(name: request.groupID)
    turn.note(group.event(.created, reason: "offsets without members"))
    group.settle(&turn)
    directory.adopt(group)
    return .success(CommitPermit(source: .simpleConsumer))
  }

  // MARK: Removal

  /// The group "" can be deleted, too: it may be one that only has positions.
  package mutating func delete(
    _ groupID: String, by client: ClientIdentity? = nil, _ turn: inout Turn
  ) -> ErrorCode {
    guard let group = directory[groupID] else {
      return groupID.utf8.contains(0) ? .invalidGroupID : .groupIDNotFound
    }
    guard group.isEmpty else { return .nonEmptyGroup }
    remove(group, because: "deleted by an administrator", by: client, &turn)
    return .none
  }

  /// Removes a group that has no members, and no offsets, as the caller has found.
  package mutating func removeIfUnused(_ groupID: String, _ turn: inout Turn) {
    guard let group = directory[groupID],
      directory.classic[groupID]?.isUnused ?? group.isEmpty
    else { return }
    remove(group, because: "no members and no offsets", &turn)
  }

  private mutating func remove(
    _ group: any CoordinatedGroup, because reason: String, by client: ClientIdentity? = nil,
    _ turn: inout Turn
  ) {
    directory.remove(group.name)
    turn.change(.removeGroup(name: group.name))
    turn.note(
      GroupEvent(
        group: group.name, kind: .deleted, generation: group.stored.group.generation,
        clientID: client?.clientID, clientHost: client?.clientHost,
        attribution: client?.attribution ?? Attribution(), reason: reason))
  }
}
