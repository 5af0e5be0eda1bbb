import ActaModel

// Members of a consumer group that still speak the classic protocol (KIP-848, online migration).
//
// Such a member does not wait for others: JoinGroup is a step of its own reconciliation and is
// answered at once, with its member epoch as the generation and itself as a follower; SyncGroup
// brings what it is assigned by then. When it has to give something up or may have more, its
// heartbeats are answered REBALANCE_IN_PROGRESS until it joins again. A JoinGroup says what the
// member owns: nothing, if it gives up everything before it joins.
extension ConsumerGroup {
  mutating func join(
    _ request: JoinRequest, token: ReplyToken, topics: some TopicLookup, turn: inout Turn
  ) {
    turn.effects.joins.append((token, answer(request, topics: topics, turn: &turn)))
    flush(into: &turn.effects)
  }

  private mutating func answer(
    _ request: JoinRequest, topics: some TopicLookup, turn: inout Turn
  ) -> JoinReply {
    guard request.protocolType == "consumer",
      let subscription = request.protocols.first.flatMap({
        ConsumerSubscription(reading: $0.metadata)
      })
    else { return JoinReply(error: .inconsistentGroupProtocol, memberID: request.memberID) }
    if let error = objection(to: request, settings: turn.settings) {
      return JoinReply(error: error, memberID: request.memberID)
    }
    if request.memberID.isEmpty, request.instanceID == nil, request.isMemberIDRequired {
      return JoinReply(error: .memberIDRequired, memberID: request.newMemberID)
    }
    let epoch = row.generation
    let id = admit(request, turn: &turn)
    if describe(id, by: request, subscription), row.generation == epoch {
      raiseEpoch(
        because: "subscription of \(id) changed", settings: turn.settings, at: turn.now,
        effects: &turn.effects)
    }
    checkTopics(topics, settings: turn.settings, at: turn.now, effects: &turn.effects)
    assignIfDue(topics: topics, settings: turn.settings, at: turn.now)
    let owned = Self.partitions(subscription.owned, topics)
    let isChanged = reconcile(id, owned: owned, at: turn.now)
    namePartitions(of: id, topics)
    if isChanged { noteAssignment(of: id, effects: &turn.effects) }
    prolongSession(of: id, settings: turn.settings, at: turn.now)
    expectSync(of: id, at: turn.now)
    return joinReply(of: members[id]!)
  }

  private func joinReply(of member: ConsumerMember) -> JoinReply {
    var reply = JoinReply(error: .none, memberID: member.id)
    reply.generation = member.consumer.epoch
    reply.protocolType = "consumer"
    reply.protocolName = member.row.classic?.protocols.first?.name
    return reply
  }

  // MARK: SyncGroup and Heartbeat

  mutating func sync(_ request: SyncRequest, token: ReplyToken, turn: inout Turn) {
    turn.effects.syncs.append((token, answer(request, turn: &turn)))
  }

  private mutating func answer(_ request: SyncRequest, turn: inout Turn) -> SyncReply {
    let found = classicMember(
      request.memberID, instanceID: request.instanceID, generation: request.generation)
    guard case .success(let member) = found else { return SyncReply(error: found.code) }
    let protocolName = member.row.classic?.protocols.first?.name
    guard request.protocolType ?? "consumer" == "consumer",
      request.protocolName ?? protocolName == protocolName
    else { return SyncReply(error: .inconsistentGroupProtocol) }
    if isBehind(member) {
      expectJoin(of: member.id, at: turn.now)
      return SyncReply(error: .rebalanceInProgress)
    }
    let index = members.index(forKey: member.id)!
    members.values[index].syncDeadline = nil
    prolongSession(of: member.id, settings: turn.settings, at: turn.now)
    var reply = SyncReply()
    reply.protocolType = "consumer"
    reply.protocolName = protocolName
    reply.assignment = member.assignmentBytes
    return reply
  }

  mutating func heartbeat(_ request: HeartbeatRequest, turn: inout Turn) -> ErrorCode {
    let found = classicMember(
      request.memberID, instanceID: request.instanceID, generation: request.generation)
    guard case .success(let member) = found else { return found.code }
    prolongSession(of: member.id, settings: turn.settings, at: turn.now)
    let mustJoin =
      isBehind(member) || member.consumer.state == .unrevokedPartitions
      || member.consumer.state == .unreleasedPartitions && isTargetFree(member)
    guard mustJoin else { return .none }
    expectJoin(of: member.id, at: turn.now)
    return .rebalanceInProgress
  }

  /// There is a newer target. A member that is giving up partitions is on its way to it. While a
  /// target is put off there is nothing that a member could join again for.
  private func isBehind(_ member: ConsumerMember) -> Bool {
    member.consumer.epoch < row.assignmentEpoch && member.consumer.state != .unrevokedPartitions
  }

  /// Whether nobody else has anything of what the member waits for.
  private func isTargetFree(_ member: ConsumerMember) -> Bool {
    member.consumer.target.allSatisfy { topic, numbers in
      numbers.allSatisfy {
        member.consumer.assigned[topic]?[$0] != nil || owners.isFree(topic, $0)
      }
    }
  }

  private func classicMember(
    _ id: String, instanceID: String?, generation: Int32
  ) -> Result<ConsumerMember, MemberRefusal> {
    if let error = objection(to: id, instanceID: instanceID) {
      return .failure(MemberRefusal(error))
    }
    guard let member = members[id], member.isClassic else {
      return .failure(MemberRefusal(.unknownMemberID))
    }
    guard generation == member.consumer.epoch else {
      return .failure(MemberRefusal(.illegalGeneration))
    }
    return .success(member)
  }

  // MARK: Timeouts

  /// Told to join again, the member has its rebalance timeout for it.
  private mutating func expectJoin(of id: String, at now: Instant) {
    let index = members.index(forKey: id)!
    guard members.values[index].joinDeadline == nil else { return }
    let timeout = members.values[index].row.rebalanceTimeoutMilliseconds
    members.values[index].joinDeadline = now + timeout
    noteTimeouts(of: members.values[index])
  }

  private mutating func expectSync(of id: String, at now: Instant) {
    let index = members.index(forKey: id)!
    let timeout = members.values[index].row.rebalanceTimeoutMilliseconds
    members.values[index].joinDeadline = nil
    members.values[index].syncDeadline = now + timeout
    noteTimeouts(of: members.values[index])
  }
}

extension Result where Failure == MemberRefusal {
  /// `.none` for a success.
  fileprivate var code: ErrorCode {
    switch self {
    case .success: .none
    case .failure(let refusal): refusal.code
    }
  }
}
