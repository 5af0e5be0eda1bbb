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
    let asked = Distinct(request.groupIDs.lazy.map(ExactText.init))
    let questions = GroupQuestions<Item, ConsumerGroupDescribeResponse.Group>(
      broker: broker, connection: context.connection,
      items: asked.items.map { ($0.text, session.authorize(.describe, .group($0.text))) },
      counts: asked.counts, size: { $0.answerSize },
      ask: { item, bytes, coordinator, turn, _ in
        item.isAllowed
          ? describe(item.groupID, within: bytes, coordinator, turn.topics)
          : .denial(of: item.groupID, session.refusal(of: .describe, .group(item.groupID)))
      })
    questions.run { result in
      switch result {
      case .success(let answers):
        respond(
          .large(
            LargeAnswer(bytes: answers.bytes, grant: answers.grant) {
              Self.response(to: request, asked.places, answers.values, session)
            }))
      case .failure(let error):
        var response = ConsumerGroupDescribeResponse()
        response.groups = request.groupIDs.map { .refusal(of: $0, error.code, error.message) }
        respond(.response(response))
      }
    }
  }

  private typealias Item = (groupID: String, isAllowed: Bool)

  /// - Parameter places: For each group of the request its place among `found`.
  private static func response(
    to request: ConsumerGroupDescribeRequest, _ places: [Int],
    _ found: [ConsumerGroupDescribeResponse.Group?], _ session: Session
  ) -> ConsumerGroupDescribeResponse {
    var room = AnswerRoom()
    let seen = found.map { $0.map { checked($0, session) } }
    var response = ConsumerGroupDescribeResponse()
    response.groups = zip(request.groupIDs, places).map { groupID, place in
      guard var group = seen[place], room.take(group.answerSize) else {
        let error = ProtocolError.answerTooLarge
        return .refusal(of: groupID, error.code, error.message)
      }
      if request.includeAuthorizedOperations, group.errorCode == .none {
        group.authorizedOperations = session.authorizedOperations(on: .group(groupID))
      }
      return group
    }
    return response
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

  /// `nil` if it takes more bytes.
  private func describe(
    _ groupID: String, within bytes: Int, _ coordinator: borrowing GroupCoordinator,
    _ topics: any TopicLookup
  ) -> ConsumerGroupDescribeResponse.Group? {
    if let description = coordinator.describeConsumer(groupID) {
      guard description.leastAnswerSize <= bytes else { return nil }
      return ConsumerGroupDescribeResponse.Group(groupID, description, topics)
    }
    if groupID.isEmpty { return .refusal(of: groupID, .invalidGroupID, nil) }
    let isOther = coordinator.describeClassic(groupID) != nil
    return .refusal(
      of: groupID, .groupIDNotFound,
      isOther ? "Group \(groupID) is not a consumer group." : "Group \(groupID) not found.")
  }
}

extension ConsumerGroupDescription {
  /// Without the names of topics.
  fileprivate var leastAnswerSize: Int {
    AnswerSize.sum(members) { member in
      let partitions = member.consumer.map { part in
        part.assigned.values.reduce(0) { $0 + $1.count }
          + part.target.values.reduce(0) { $0 + $1.count }
      }
      return AnswerSize.element
        + (partitions ?? 0) * ConsumerGroupDescribeResponse.Group.partitionSize
    }
  }
}

extension ConsumerGroupDescribeResponse.Group {
  /// As a number in an array, and on the wire.
  fileprivate static let partitionSize = 2 * MemoryLayout<Int32>.size

  fileprivate var answerSize: Int {
    AnswerSize.sum(members) { member in
      AnswerSize.element + AnswerSize.text(member.memberID) + AnswerSize.text(member.instanceID)
        + AnswerSize.text(member.clientID)
        + AnswerSize.sum(member.subscribedTopicNames) { AnswerSize.element + AnswerSize.text($0) }
        + AnswerSize.text(member.subscribedTopicRegex) + Self.size(of: member.assignment)
        + Self.size(of: member.targetAssignment)
    } + AnswerSize.element + AnswerSize.text(groupID)
  }

  private static func size(of assignment: ConsumerGroupDescribeResponse.Assignment) -> Int {
    AnswerSize.sum(assignment.topicPartitions) { topic in
      AnswerSize.element + AnswerSize.text(topic.topicName)
        + topic.partitions.count * partitionSize
    }
  }

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
