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

/// What can be said of a consumer's heartbeat without knowing its group.
struct ConsumerValidation {
  /// Of a member, instance or rack id and of a pattern.
  static let maximumTextBytes = 4_096

  /// What a heartbeat may bring along, which stays in memory and in the tables. Kafka has no such
  /// limits; these are far above what clients send.
  private static let maximumTopicNames = 10_000
  private static let maximumTopicNameBytes = 1_048_576

  private let request: ConsumerHeartbeat

  /// Throws the first thing that is wrong with the request.
  static func check(
    _ request: ConsumerHeartbeat, _ settings: GroupSettings
  ) throws(HeartbeatRefusal) {
    let validation = Self(request: request)
    try validation.checkIDs()
    try validation.checkSizes()
    try validation.checkEpoch()
    try validation.checkAssignor(settings)
  }

  private func checkIDs() throws(HeartbeatRefusal) {
    if request.memberID.isEmpty { throw Self.invalid("MemberId can't be empty.") }
    if request.groupID.isEmpty { throw Self.invalid("GroupId can't be empty.") }
    if request.instanceID?.isEmpty == true { throw Self.invalid("InstanceId can't be empty.") }
    if request.rackID?.isEmpty == true { throw Self.invalid("RackId can't be empty.") }
  }

  private func checkSizes() throws(HeartbeatRefusal) {
    guard Self.isFit(request.memberID), Self.isFit(request.instanceID),
      Self.isFit(request.rackID), Self.isFit(request.subscribedRegex)
    else {
      throw Self.invalid(
        "Ids and patterns may have \(Self.maximumTextBytes) bytes, none of them zero.")
    }
    guard let names = request.subscribedTopics else { return }
    if names.contains(where: { $0.utf8.contains(0) }) {
      throw Self.invalid("No topic has a zero byte in its name.")
    }
    if names.count > Self.maximumTopicNames {
      throw Self.invalid("A member may subscribe to \(Self.maximumTopicNames) topics.")
    }
    if names.reduce(0, { $0 + $1.utf8.count }) > Self.maximumTopicNameBytes {
      throw Self.invalid(
        "The names of subscribed topics may have \(Self.maximumTopicNameBytes) bytes.")
    }
  }

  private func checkEpoch() throws(HeartbeatRefusal) {
    switch request.memberEpoch {
    case 0: try checkJoin()
    case ConsumerMember.awayEpoch where request.instanceID == nil:
      throw Self.invalid("InstanceId can't be null.")
    case ..<ConsumerMember.awayEpoch: throw Self.invalid("MemberEpoch is invalid.")
    default: break
    }
  }

  private func checkJoin() throws(HeartbeatRefusal) {
    if request.rebalanceTimeoutMilliseconds < 0 {
      throw Self.invalid("RebalanceTimeoutMs must be provided in first request.")
    }
    guard let owned = request.owned, owned.isEmpty else {
      throw Self.invalid("TopicPartitions must be empty when (re-)joining.")
    }
    if request.subscribedTopics == nil, request.subscribedRegex == nil {
      throw Self.invalid(
        "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.")
    }
  }

  private func checkAssignor(_ settings: GroupSettings) throws(HeartbeatRefusal) {
    guard let assignor = request.assignor, !settings.consumerAssignors.contains(assignor) else {
      return
    }
    let known = settings.consumerAssignors.joined(separator: ", ")
    throw HeartbeatRefusal(
      .unsupportedAssignor,
      "ServerAssignor \(assignor) is not supported. Supported assignors: \(known).")
  }

  static func isFit(_ text: String?) -> Bool {
    guard let text else { return true }
    return text.utf8.count <= maximumTextBytes && !text.utf8.contains(0)
  }

  private static func invalid(_ message: String) -> HeartbeatRefusal {
    HeartbeatRefusal(.invalidRequest, message)
  }
}

// What can be said of it by those who know the members.
extension ConsumerRoster {
  /// The member that sends a heartbeat.
  func find(_ request: ConsumerHeartbeat) throws(HeartbeatRefusal) -> Seat {
    if let instance = request.instanceID {
      guard let holder = id(ofInstance: instance) else {
        throw HeartbeatRefusal(.unknownMemberID, "Instance id \(instance) is unknown.")
      }
      guard holder == request.memberID else {
        throw HeartbeatRefusal(
          .fencedInstanceID,
          "Static member \(request.memberID) with instance id \(instance) was fenced by member"
            + " \(holder).")
      }
    }
    guard let seat = seat(of: request.memberID), !self[seat].isClassic else {
      throw HeartbeatRefusal(
        .unknownMemberID,
        "Member \(request.memberID) is not a member of group \(request.groupID).")
    }
    return seat
  }

  /// The member that sends a heartbeat, with the right epoch. The one before it passes when the
  /// member owns nothing but what it is assigned: it did not get the answer with the present one.
  func recognise(_ request: ConsumerHeartbeat) throws(HeartbeatRefusal) -> Seat {
    let seat = try find(request)
    let epoch = self[seat].consumer.epoch
    if request.memberEpoch == epoch { return seat }
    if request.memberEpoch == self[seat].consumer.previousEpoch, request.memberEpoch < epoch,
      let owned = request.owned, Self.isSubset(owned, of: self[seat].consumer.assigned)
    {
      return seat
    }
    throw HeartbeatRefusal(
      .fencedMemberEpoch,
      "The consumer group member has a \(request.memberEpoch > epoch ? "greater" : "smaller") member"
        + " epoch (\(request.memberEpoch)) than the one known by the group coordinator (\(epoch))."
        + " The member must abandon all its partitions and rejoin.")
  }

  private static func isSubset(
    _ owned: [TopicID: Set<Int32>], of assigned: [TopicID: [Int32: Int32]]
  ) -> Bool {
    owned.allSatisfy { topic, numbers in
      numbers.allSatisfy { assigned[topic]?[$0] != nil }
    }
  }
}

extension Subscriptions {
  func checkPattern(
    of request: ConsumerHeartbeat, _ topics: any TopicLookup
  ) throws(HeartbeatRefusal) {
    guard let regex = request.subscribedRegex, !regex.isEmpty, !knows(regex: regex) else { return }
    guard topics.names(matching: regex) != nil else {
      throw HeartbeatRefusal(
        .invalidRegularExpression,
        "SubscribedTopicRegex `\(regex)` is not a valid regular expression.")
    }
  }
}
