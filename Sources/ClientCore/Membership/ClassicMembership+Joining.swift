import ActaModel
import Coordination
import KafkaWire

// How a member of a classic group joins: JoinGroup, then SyncGroup, with the leader's assignment in between.
extension ClassicMembership {
  /// Joins when it has let go of what it must not have while it does.
  mutating func join(at now: Instant) {
    let surplus =
      settings.isCooperative
      ? held.filter { !(subscribed ?? []).contains($0.topic) } : held
    if !surplus.isEmpty {
      revoking = surplus
      return basis.change(.revoke(surplus.inOrder()))
    }
    guard basis.isDue(at: now),
      let call = basis.send(.join(joinRequest), timeoutMilliseconds: joinTimeoutMilliseconds)
    else { return }
    mustRejoin = false
    target = nil
    // What is asked of an older generation does not matter any more.
    heartbeatCall = nil
    phase = .joining(call: call, sentAt: now)
  }

  /// It is answered when all have joined, for which they have their longest rebalance timeout.
  private var joinTimeoutMilliseconds: Int32 {
    let (sum, isBeyond) = settings.maxPollIntervalMilliseconds.addingReportingOverflow(5_000)
    return max(settings.requestTimeoutMilliseconds, isBeyond ? .max : sum)
  }

  private var joinRequest: JoinGroupRequest {
    var request = JoinGroupRequest()
    request.groupID = settings.groupID
    request.sessionTimeoutMilliseconds = settings.sessionTimeoutMilliseconds
    request.rebalanceTimeoutMilliseconds = settings.maxPollIntervalMilliseconds
    request.memberID = memberID
    request.groupInstanceID = settings.groupInstanceID
    request.protocolType = Self.protocolType
    request.protocols = settings.partitionAssignmentStrategy.map { assignor in
      var known = JoinGroupRequest.GroupProtocol()
      known.name = assignor.name
      known.metadata = subscription(assignor).bytes
      return known
    }
    return request
  }

  static var protocolType: String { "consumer" }

  private func subscription(_ assignor: ClientAssignor) -> ConsumerSubscription {
    ConsumerSubscription(
      topics: (subscribed ?? []).sorted { $0.javaPrecedes($1) },
      userData: assignor.userData(assigned: lastAssignment, generation: lastGeneration),
      owned: held.inOrder().map { .init(topic: $0.topic, number: $0.partition) },
      generation: generation, rackID: settings.clientRack)
  }

  // MARK: JoinGroup's answer

  mutating func take(_ answer: JoinGroupResponse, at now: Instant) {
    phase = .unjoined
    switch answer.errorCode {
    case .none: beginGeneration(answer, at: now)
    case .memberIDRequired:
      // The coordinator wants to know whom it answers before it waits for them (KIP-394).
      memberID = answer.memberID
    case .coordinatorLoadInProgress, .rebalanceInProgress:
      basis.backOff(at: now)
    default:
      guard take(memberError: answer.errorCode, message: nil, "join") else {
        return end(ClientFailure(answer.errorCode, message: nil, of: settings, "join"))
      }
      basis.backOff(at: now)
    }
  }

  private mutating func beginGeneration(_ answer: JoinGroupResponse, at now: Instant) {
    memberID = answer.memberID
    generation = answer.generationID
    protocolName = answer.protocolName
    sharedOut = [:]
    lastContact = now
    nextHeartbeat = now + settings.heartbeatIntervalMilliseconds
    basis.succeed()
    guard answer.protocolType ?? Self.protocolType == Self.protocolType, assignor != nil else {
      return end(
        ClientFailure(
          .inconsistentGroupProtocol, message: nil, of: settings,
          "which goes by \(answer.protocolType ?? "") \(answer.protocolName ?? "")"))
    }
    if answer.leader == answer.memberID {
      phase = .assigning(answer)
    } else {
      sync([], at: now)
    }
  }

  private var assignor: ClientAssignor? {
    settings.partitionAssignmentStrategy.first { $0.name == protocolName }
  }

  // MARK: What the leader does

  /// How many partitions a topic has, 0 if there is no such topic; `nil` where nothing is known of it.
  func count(of topic: String) -> Int32? {
    if let known = view.topics[topic] { return Int32(known.partitions.count) }
    return view.refusals[topic] == nil ? nil : 0
  }

  /// Shares out the partitions, when it is known how many there are.
  mutating func assign(_ answer: JoinGroupResponse, at now: Instant) {
    guard let assignor else { return }
    var members: [SubscribedGroup.Member] = []
    for member in answer.members {
      guard let subscription = ConsumerSubscription(reading: member.metadata) else {
        return end(
          ClientFailure(
            .malformedAnswer,
            "Group \(settings.groupID): what \(member.memberID) says of itself makes no sense."))
      }
      members.append(
        .init(
          id: member.memberID, instanceID: member.groupInstanceID, subscription: subscription))
    }
    let topics = Set(members.lazy.flatMap(\.subscription.topics))
    let unknown = topics.filter { count(of: $0) == nil }
    if !unknown.isEmpty { return learn(unknown) }
    sharedOut = Dictionary(uniqueKeysWithValues: topics.map { ($0, count(of: $0) ?? 0) })
    if answer.skipAssignment { return sync([], at: now) }
    let group = SubscribedGroup(
      members: members, partitionCounts: sharedOut,
      partitionRacks: Dictionary(uniqueKeysWithValues: topics.map { ($0, view.racks(of: $0)) }))
    let shares = assignor.assign(group)
    sync(
      zip(members, shares).map { member, share in
        var assignment = SyncGroupRequest.Assignment()
        assignment.memberID = member.id
        assignment.assignment = ConsumerAssignment(giving: share).bytes
        return assignment
      }, at: now)
  }

  /// Topics may have come, gone or grown since they were shared out.
  mutating func lookAtTopics() {
    if sharedOut.contains(where: { count(of: $0.key) ?? $0.value != $0.value }) {
      mustRejoin = true
    }
  }

  /// Asks once; whatever is asked for meanwhile is the answer to it.
  private mutating func learn(_ topics: Set<String>) {
    guard asked != topics else { return }
    asked = topics
    basis.ask(.learnTopics(topics))
  }

  // MARK: SyncGroup

  private mutating func sync(_ assignments: [SyncGroupRequest.Assignment], at now: Instant) {
    asked = []
    var request = SyncGroupRequest()
    request.groupID = settings.groupID
    request.generationID = generation
    request.memberID = memberID
    request.groupInstanceID = settings.groupInstanceID
    request.protocolType = Self.protocolType
    request.protocolName = protocolName
    request.assignments = assignments
    guard
      let call = basis.send(
        .sync(request), timeoutMilliseconds: joinTimeoutMilliseconds)
    else {
      // The coordinator is gone meanwhile; it tells whoever joins again of the same generation.
      phase = .unjoined
      return
    }
    phase = .syncing(call: call, sentAt: now)
  }

  mutating func take(_ answer: SyncGroupResponse, sentAt: Instant, at now: Instant) {
    phase = .unjoined
    switch answer.errorCode {
    case .none: beginWork(answer, sentAt: sentAt, at: now)
    case .coordinatorLoadInProgress: basis.backOff(at: now)
    case .rebalanceInProgress: break
    default:
      guard take(memberError: answer.errorCode, message: nil, "sync") else {
        return end(ClientFailure(answer.errorCode, message: nil, of: settings, "sync"))
      }
      basis.backOff(at: now)
    }
  }

  private mutating func beginWork(
    _ answer: SyncGroupResponse, sentAt: Instant, at now: Instant
  ) {
    guard let partitions = Self.partitions(answer.assignment),
      answer.protocolName ?? protocolName == protocolName
    else {
      return end(
        ClientFailure(
          .malformedAnswer, "Group \(settings.groupID): the leader's assignment makes no sense."))
    }
    lastContact = sentAt
    basis.succeed()
    phase = .member
    lastAssignment = partitions
    lastGeneration = generation
    let wanted = Set(partitions.filter { (subscribed ?? []).contains($0.topic) })
    target = wanted
    lookAtTopics()
    // A static member that comes back is given what the one before it had, whatever it has subscribed to.
    if settings.groupInstanceID != nil, wanted.count < partitions.count {
      mustRejoin = true
      basis.backOff(at: now)
    }
  }

  /// Whom the leader has forgotten has no bytes, and so nothing.
  private static func partitions(_ assignment: [UInt8]) -> [TopicPartition]? {
    if assignment.isEmpty { return [] }
    return ConsumerAssignment(reading: assignment)?.partitions.map {
      TopicPartition($0.topic, $0.number)
    }
  }
}
