import ActaModel

extension ConsumerGroup {
  /// A refused heartbeat changes nothing.
  package mutating func heartbeat(
    _ request: ConsumerHeartbeat, topics: some TopicLookup, settings: GroupSettings,
    at now: Instant, effects: inout Effects
  ) -> ConsumerHeartbeatReply {
    defer { flush(into: &effects) }
    let epoch = row.generation
    do {
      try Self.validate(request, settings: settings)
      switch request.memberEpoch {
      case -1: return try leave(request, settings: settings, at: now, effects: &effects)
      case ConsumerMember.awayEpoch: return try stepAway(request, effects: &effects)
      case 0: try join(request, topics: topics, settings: settings, at: now, effects: &effects)
      default: try recognise(request, topics: topics)
      }
    } catch {
      note(error, of: request, effects: &effects)
      return ConsumerHeartbeatReply(error: error.code, message: error.message)
    }
    if let reason = update(request), row.generation == epoch {
      raiseEpoch(because: reason, settings: settings, at: now, effects: &effects)
    }
    checkTopics(topics, settings: settings, at: now, effects: &effects)
    assignIfDue(topics: topics, settings: settings, at: now)
    return proceed(request, topics: topics, settings: settings, at: now, effects: &effects)
  }

  /// Leads the member a step closer to its target, and tells it where it is.
  private mutating func proceed(
    _ request: ConsumerHeartbeat, topics: some TopicLookup, settings: GroupSettings,
    at now: Instant, effects: inout Effects
  ) -> ConsumerHeartbeatReply {
    let id = request.memberID
    let isChanged = reconcile(id, owned: request.owned, at: now)
    if isChanged || request.memberEpoch == 0 { namePartitions(of: id, topics) }
    if isChanged { noteAssignment(of: id, effects: &effects) }
    prolongSession(of: id, settings: settings, at: now)

    var reply = ConsumerHeartbeatReply()
    reply.memberID = id
    reply.memberEpoch = members[id]!.consumer.epoch
    reply.heartbeatIntervalMilliseconds = settings.consumerHeartbeatInterval
    if isChanged || request.isFull || isRevocationOverdue(members[id]!, settings, at: now) {
      reply.assignment = members[id]!.consumer.assigned.mapValues { Set($0.keys) }
    }
    return reply
  }

  /// Whether the member was told a heartbeat interval ago to give something up, and has not. The
  /// answer that said so may be lost, which not every client notices: it is told again, or nobody
  /// would get those partitions before its rebalance timeout (librdkafka's is five minutes).
  private func isRevocationOverdue(
    _ member: ConsumerMember, _ settings: GroupSettings, at now: Instant
  ) -> Bool {
    guard member.consumer.state == .unrevokedPartitions, let deadline = member.rebalanceDeadline
    else { return false }
    let patience = member.row.rebalanceTimeoutMilliseconds - settings.consumerHeartbeatInterval
    return deadline <= now + patience
  }

  /// Takes over what the request says about the member, and returns why the group epoch must rise.
  private mutating func update(_ request: ConsumerHeartbeat) -> String? {
    let id = request.memberID
    if hasNoNews(request) { return nil }
    var reason: String?
    if let assignor = request.assignor, assignor != members[id]!.consumer.assignor {
      change(id) { $0.consumer.assignor = assignor }
      reason = "assignor of \(id) changed"
    }
    let present = members[id]!.subscription
    let wanted = Subscription(
      names: request.subscribedTopics.map { Set($0).sorted() } ?? present.names,
      regex: request.subscribedRegex.map { $0.isEmpty ? nil : $0 } ?? present.regex)
    if wanted != present {
      subscribe(id, to: wanted)
      reason = "subscription of \(id) changed"
    }
    change(id) { member in
      member.row.clientID = request.client.clientID
      member.row.clientHost = request.client.clientHost
      member.row.attribution = request.client.attribution
      if let rack = request.rackID { member.consumer.rackID = rack }
      if request.rebalanceTimeoutMilliseconds >= 0 {
        member.row.rebalanceTimeoutMilliseconds = request.rebalanceTimeoutMilliseconds
      }
    }
    return reason
  }

  mutating func subscribe(_ id: String, to wanted: Subscription) {
    subscriptions.remove(members[id]!.subscription)
    let kept = subscriptions.add(wanted)
    // A new pattern is matched when the topics are looked at, which happens in the same event.
    if let regex = kept.regex, !subscriptions.knows(regex: regex) { topicsVersion = nil }
    change(id) { member in
      member.subscription = kept
      member.consumer.subscribedTopics = kept.names
      member.consumer.subscribedRegex = kept.regex
    }
  }

  /// Most heartbeats say nothing but that the member is there.
  private func hasNoNews(_ request: ConsumerHeartbeat) -> Bool {
    request.assignor == nil && request.subscribedTopics == nil && request.subscribedRegex == nil
      && request.rackID == nil && request.rebalanceTimeoutMilliseconds < 0
      && members[request.memberID]!.isFrom(request.client)
  }
}

extension ConsumerHeartbeat {
  /// Whether the client says what it has or wants, as it does when it joins, when it has given up
  /// or taken over partitions, and when an answer was lost: then it is told its assignment.
  var isFull: Bool {
    memberEpoch == 0 || owned != nil || subscribedTopics != nil || subscribedRegex != nil
  }
}
