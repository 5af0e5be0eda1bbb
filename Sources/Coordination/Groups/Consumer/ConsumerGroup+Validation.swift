import ActaModel

/// Why a heartbeat is refused.
struct HeartbeatRefusal: Error {
  let code: ErrorCode
  let message: String

  init(_ code: ErrorCode, _ message: String) {
    self.code = code
    self.message = message
  }
}

extension ConsumerGroup {
  /// Of a member, instance or rack id and of a pattern.
  static let maximumTextBytes = 4_096

  /// What a heartbeat may bring along, which stays in memory and in the tables. Kafka has no such
  /// limits; these are far above what clients send.
  private enum Limits {
    static let topicNames = 10_000
    static let topicNameBytes = 1_048_576
  }

  /// What can be said of a heartbeat without knowing the group.
  static func validate(
    _ request: ConsumerHeartbeat, settings: GroupSettings
  ) throws(HeartbeatRefusal) {
    if request.groupID.isEmpty { throw invalid("The group id is empty.") }
    if request.memberID.isEmpty { throw invalid("The member id is empty.") }
    if request.instanceID?.isEmpty == true { throw invalid("The instance id is empty.") }
    if request.rackID?.isEmpty == true { throw invalid("The rack id is empty.") }
    try validateSizes(request)
    switch request.memberEpoch {
    case 0: try validateJoin(request)
    case ConsumerMember.awayEpoch where request.instanceID == nil:
      throw invalid("Only a member with an instance id can leave for a while.")
    case ..<ConsumerMember.awayEpoch: throw invalid("The member epoch is out of range.")
    default: break
    }
    if let assignor = request.assignor, !settings.consumerAssignors.contains(assignor) {
      let known = settings.consumerAssignors.joined(separator: ", ")
      throw HeartbeatRefusal(
        .unsupportedAssignor, "There is no assignor \(assignor) here, only \(known).")
    }
  }

  private static func validateJoin(_ request: ConsumerHeartbeat) throws(HeartbeatRefusal) {
    if request.rebalanceTimeoutMilliseconds < 0 {
      throw invalid("A member that joins must name its rebalance timeout.")
    }
    guard let owned = request.owned, owned.isEmpty else {
      throw invalid("A member that joins must say that it owns no partitions.")
    }
    if request.subscribedTopics == nil, request.subscribedRegex == nil {
      throw invalid("A member that joins must say what it subscribes to.")
    }
  }

  private static func validateSizes(_ request: ConsumerHeartbeat) throws(HeartbeatRefusal) {
    let texts = [
      request.memberID, request.instanceID, request.rackID, request.subscribedRegex,
    ]
    if texts.contains(where: { !isFit($0 ?? "") }) {
      throw invalid("Ids and patterns may have \(maximumTextBytes) bytes, none of them zero.")
    }
    let names = request.subscribedTopics ?? []
    if names.contains(where: { $0.utf8.contains(0) }) {
      throw invalid("No topic has a zero byte in its name.")
    }
    if names.count > Limits.topicNames {
      throw invalid("A member may subscribe to \(Limits.topicNames) topics.")
    }
    if names.reduce(0, { $0 + $1.utf8.count }) > Limits.topicNameBytes {
      throw invalid("The names of subscribed topics may have \(Limits.topicNameBytes) bytes.")
    }
  }

  private static func isFit(_ text: String) -> Bool {
    text.utf8.count <= maximumTextBytes && !text.utf8.contains(0)
  }

  private static func invalid(_ message: String) -> HeartbeatRefusal {
    HeartbeatRefusal(.invalidRequest, message)
  }

  /// The member that sends the heartbeat is known, and its epoch is the right one.
  func recognise(
    _ request: ConsumerHeartbeat, topics: some TopicLookup
  ) throws(HeartbeatRefusal) {
    let member = try find(request)
    try validateEpoch(request, of: member)
    try validateRegex(request, topics: topics)
  }

  func find(_ request: ConsumerHeartbeat) throws(HeartbeatRefusal) -> ConsumerMember {
    if let instance = request.instanceID {
      guard let holder = instances[instance] else {
        throw HeartbeatRefusal(.unknownMemberID, "Instance id \(instance) is unknown.")
      }
      guard holder == request.memberID else {
        throw HeartbeatRefusal(
          .fencedInstanceID,
          "Member \(request.memberID) was replaced by \(holder) as instance \(instance).")
      }
    }
    guard let member = members[request.memberID], !member.isClassic else {
      throw HeartbeatRefusal(
        .unknownMemberID, "Member \(request.memberID) is not in group \(name).")
    }
    return member
  }

  /// The epoch before the present one passes when the member owns nothing but what it is assigned:
  /// it did not get the answer with the present one.
  private func validateEpoch(
    _ request: ConsumerHeartbeat, of member: ConsumerMember
  ) throws(HeartbeatRefusal) {
    let epoch = member.consumer.epoch
    if request.memberEpoch == epoch { return }
    if request.memberEpoch == member.consumer.previousEpoch, request.memberEpoch < epoch,
      let owned = request.owned, Self.isSubset(owned, of: member.consumer.assigned)
    {
      return
    }
    throw HeartbeatRefusal(
      .fencedMemberEpoch,
      "Member epoch \(request.memberEpoch) is not \(epoch): abandon all partitions and rejoin.")
  }

  func validateRegex(
    _ request: ConsumerHeartbeat, topics: some TopicLookup
  ) throws(HeartbeatRefusal) {
    guard let regex = request.subscribedRegex, !regex.isEmpty,
      !subscriptions.knows(regex: regex)
    else { return }
    guard topics.names(matching: regex) != nil else {
      throw HeartbeatRefusal(.invalidRegularExpression, "\(regex) is not a valid pattern.")
    }
  }

  private static func isSubset(
    _ owned: [TopicID: Set<Int32>], of assigned: [TopicID: [Int32: Int32]]
  ) -> Bool {
    owned.allSatisfy { topic, numbers in
      numbers.allSatisfy { assigned[topic]?[$0] != nil }
    }
  }
}
