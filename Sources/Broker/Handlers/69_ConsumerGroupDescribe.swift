import ActaModel
import Coordination
import KafkaWire

/// ConsumerGroupDescribe, versions 0–1: consumer groups and their members
/// (KafkaWire/PROTOCOL.md §13).
///
/// A group that is not there, or is a classic one, is GROUP_ID_NOT_FOUND.
///
/// Rights: DESCRIBE of each group, and of each topic of which its members have or are to have
/// partitions; a group is not shown in part.
///
/// - v1: which protocol each member speaks.
struct ConsumerGroupDescribeHandler: Handler {
  let broker: Broker

  func handle(
    _ request: ConsumerGroupDescribeRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<ConsumerGroupDescribeResponse>) -> Void
  ) {
    let session = context.session
    let asked = request.groupIDs.map { ($0, session.authorize(.describe, .group($0))) }
    broker.groups.perform { coordinator, turn, _ in
      asked.map { groupID, isAllowed in
        isAllowed
          ? describe(groupID, coordinator, turn.topics)
          : .denial(of: groupID, session.refusal(of: .describe, .group(groupID)))
      }
    } completion: { result in
      var response = ConsumerGroupDescribeResponse()
      switch result {
      case .success(let groups): response.groups = groups.map { Self.checked($0, session) }
      case .failure(let error):
        response.groups = request.groupIDs.map { .refusal(of: $0, error.code, error.message) }
      }
      if request.includeAuthorizedOperations {
        for index in response.groups.indices where response.groups[index].errorCode == .none {
          response.groups[index].authorizedOperations = session.authorizedOperations(
            on: .group(response.groups[index].groupID))
        }
      }
      respond(.response(response))
    }
  }

  private static func checked(
    _ group: ConsumerGroupDescribeResponse.Group, _ session: Session
  ) -> ConsumerGroupDescribeResponse.Group {
    let topics = group.members.flatMap {
      $0.assignment.topicPartitions + $0.targetAssignment.topicPartitions
    }
    let names = Set(topics.map(\.topicName))
    guard names.contains(where: { !session.authorize(.describe, .topic($0)) }) else { return group }
    return .denial(
      of: group.groupID,
      ProtocolError(
        .topicAuthorizationFailed,
        "The group has described topic(s) that the client is not authorized to describe."))
  }

  private func describe(
    _ groupID: String, _ coordinator: borrowing GroupCoordinator, _ topics: any TopicLookup
  ) -> ConsumerGroupDescribeResponse.Group {
    if let description = coordinator.describeConsumer(groupID) {
      return ConsumerGroupDescribeResponse.Group(groupID, description, topics)
    }
    if groupID.isEmpty { return .refusal(of: groupID, .invalidGroupID, nil) }
    let isOther = coordinator.describeClassic(groupID) != nil
    return .refusal(
      of: groupID, .groupIDNotFound,
      isOther ? "Group \(groupID) is not a consumer group." : "Group \(groupID) not found.")
  }
}

extension ConsumerGroupDescribeResponse.Group {
  fileprivate static func refusal(
    of groupID: String, _ code: ErrorCode, _ message: String?
  ) -> Self {
    var group = Self()
    group.groupID = groupID
    group.errorCode = code
    group.errorMessage = message
    return group
  }

  /// Without a state, as in Kafka.
  fileprivate static func denial(of groupID: String, _ error: ProtocolError) -> Self {
    var group = Self()
    group.groupID = groupID
    group.errorCode = error.code
    group.errorMessage = error.message
    return group
  }

  fileprivate init(
    _ groupID: String, _ description: ConsumerGroupDescription, _ topics: any TopicLookup
  ) {
    self.init()
    self.groupID = groupID
    groupState = description.state.rawValue
    groupEpoch = description.groupEpoch
    assignmentEpoch = description.assignmentEpoch
    assignorName = description.assignor
    members = description.members.map { ConsumerGroupDescribeResponse.Member($0, topics) }
  }
}

extension ConsumerGroupDescribeResponse.Member {
  private static let classic: Int8 = 0
  private static let consumer: Int8 = 1

  fileprivate init(_ member: MemberRow, _ topics: any TopicLookup) {
    self.init()
    memberID = member.memberID
    instanceID = member.instanceID
    clientID = member.clientID
    clientHost = member.clientHost
    memberType = member.classic == nil ? Self.consumer : Self.classic
    guard let part = member.consumer else { return }
    rackID = part.rackID
    memberEpoch = part.epoch
    subscribedTopicNames = part.subscribedTopics
    subscribedTopicRegex = part.subscribedRegex ?? ""
    assignment = .init(part.assigned.mapValues { Set($0.keys) }, topics)
    targetAssignment = .init(part.target, topics)
  }
}

extension ConsumerGroupDescribeResponse.Assignment {
  /// Topics that were deleted since have no name, and are left out as in Kafka.
  fileprivate init(_ partitions: [TopicID: Set<Int32>], _ topics: any TopicLookup) {
    self.init()
    topicPartitions = partitions.compactMap { id, numbers in
      guard let shape = topics.topic(id: id) else { return nil }
      var topic = ConsumerGroupDescribeResponse.TopicPartitions()
      topic.topicID = id
      topic.topicName = shape.name
      topic.partitions = numbers.sorted()
      return topic
    }.sorted { $0.topicName < $1.topicName }
  }
}
