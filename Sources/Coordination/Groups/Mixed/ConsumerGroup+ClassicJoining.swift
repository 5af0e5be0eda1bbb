import ActaModel

// Who may come in by JoinGroup, and as whom.
extension ConsumerGroup {
  /// Why a JoinGroup is refused.
  func objection(to request: JoinRequest, settings: GroupSettings) -> ErrorCode? {
    let id = request.memberID
    if id.utf8.count > Self.maximumTextBytes || id.utf8.contains(0) { return .unknownMemberID }
    if let member = members[id], !member.isClassic { return .unknownMemberID }
    if !id.isEmpty, let error = objection(to: id, instanceID: request.instanceID) { return error }
    let twin = request.instanceID.flatMap { instances[$0] }
    if members[id] == nil, twin == nil, members.count >= settings.consumerMaxSize {
      return .groupMaxSizeReached
    }
    return isSupported(request.protocols, exceptBy: twin ?? id) ? nil : .inconsistentGroupProtocol
  }

  /// A member that names an instance id is the one that has it. A member id that is not known may
  /// join: it may have been given out before the group was converted.
  func objection(to id: String, instanceID: String?) -> ErrorCode? {
    guard let instanceID else { return nil }
    guard let holder = instances[instanceID] else { return .unknownMemberID }
    return holder == id ? nil : .fencedInstanceID
  }

  /// One protocol at least is listed by all classic members, so that the group could become a
  /// classic one.
  private func isSupported(_ protocols: [GroupProtocol], exceptBy id: String) -> Bool {
    var names = Set(protocols.map(\.name))
    for member in members.values where member.id != id {
      guard let classic = member.row.classic else { continue }
      names.formIntersection(classic.protocols.map(\.name))
    }
    return !names.isEmpty
  }

  /// The member that the request is from, which is there afterwards.
  mutating func admit(_ request: JoinRequest, turn: inout Turn) -> String {
    if members[request.memberID] != nil { return request.memberID }
    let id = request.memberID.isEmpty ? request.newMemberID : request.memberID
    if let instance = request.instanceID, let twin = instances[instance] {
      replace(twin, by: id)
      turn.effects.events.append(
        event(.replaced, of: members[id]!, reason: "came back after \(twin)"))
      return id
    }
    add(
      MemberRow(
        memberID: id, instanceID: request.instanceID, clientID: request.client.clientID,
        clientHost: request.client.clientHost, attribution: request.client.attribution,
        sessionTimeoutMilliseconds: request.sessionTimeoutMilliseconds,
        rebalanceTimeoutMilliseconds: max(1, request.rebalanceTimeoutMilliseconds),
        joinOrder: nextJoinOrder, classic: MemberRow.ClassicPart(protocols: request.protocols),
        consumer: MemberRow.ConsumerPart(epoch: 0, previousEpoch: 0)), at: turn.now)
    let reason = ClassicGroup.shortened(request.reason)
    raiseEpoch(
      because: ClassicGroup.phrase("member \(id) joined", reason),
      after: event(.joined, of: members[id]!, reason: reason), settings: turn.settings,
      at: turn.now, effects: &turn.effects)
    return id
  }

  /// Takes over what the request says; true if the subscription is another than before.
  mutating func describe(
    _ id: String, by request: JoinRequest, _ subscription: ConsumerSubscription
  ) -> Bool {
    let wanted = Subscription(names: Set(subscription.topics).sorted(), regex: nil)
    let isOther = wanted != members[id]!.subscription
    if isOther { subscribe(id, to: wanted) }
    change(id) { member in
      member.row.clientID = request.client.clientID
      member.row.clientHost = request.client.clientHost
      member.row.attribution = request.client.attribution
      member.row.sessionTimeoutMilliseconds = request.sessionTimeoutMilliseconds
      member.row.rebalanceTimeoutMilliseconds = max(1, request.rebalanceTimeoutMilliseconds)
      member.row.classic = MemberRow.ClassicPart(protocols: request.protocols)
      member.consumer.rackID = subscription.rackID
      member.consumer.assignor = nil
      member.rebalanceDeadline = nil
    }
    return isOther
  }

  /// Partitions under the ids of their topics, as far as those are there.
  static func partitions(
    _ named: [TopicPartition], _ topics: some TopicLookup
  ) -> [TopicID: Set<Int32>] {
    var partitions: [TopicID: Set<Int32>] = [:]
    for partition in named {
      guard let topic = topics.topic(named: partition.topic) else { continue }
      guard (0..<topic.partitionCount).contains(partition.number) else { continue }
      partitions[topic.id, default: []].insert(partition.number)
    }
    return partitions
  }
}

extension ConsumerMember {
  var isClassic: Bool { row.classic != nil }

  /// What the member is assigned, in the version in which it subscribed.
  var assignmentBytes: [UInt8] {
    let metadata = row.classic?.protocols.first?.metadata ?? []
    let version = ConsumerSubscription(reading: metadata)?.version ?? 0
    return ConsumerAssignment(version: min(version, 3), partitions: row.partitions).bytes
  }
}
