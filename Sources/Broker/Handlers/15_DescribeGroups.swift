import ActaModel
import Coordination
import KafkaWire

/// DescribeGroups, versions 0–6: classic groups and their members (KafkaWire/PROTOCOL.md §12).
///
/// A group that is not there, or speaks the consumer protocol, is a dead one without members.
///
/// Rights: DESCRIBE of each group.
///
/// - v3: authorized operations, when asked for. v4: instance ids. v6: such a group is
///   GROUP_ID_NOT_FOUND with a message.
struct DescribeGroupsHandler: Handler {
  let broker: Broker

  func handle(
    _ request: DescribeGroupsRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<DescribeGroupsResponse>) -> Void
  ) {
    let session = context.session
    let asked = Distinct(request.groups.lazy.map(ExactText.init))
    let questions = GroupQuestions<Item, DescribeGroupsResponse.Group>(
      broker: broker, connection: context.connection,
      items: asked.items.map { ($0.text, session.authorize(.describe, .group($0.text))) },
      counts: asked.counts, size: { $0.answerSize },
      ask: { item, _, coordinator, _, _ in
        item.isAllowed
          ? describe(item.groupID, coordinator, version: context.version)
          : .denial(of: item.groupID)
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
        var response = DescribeGroupsResponse()
        response.groups = request.groups.map { .refusal(of: $0, error.code, error.message) }
        respond(.response(response))
      }
    }
  }

  private typealias Item = (groupID: String, isAllowed: Bool)

  /// - Parameter places: For each group of the request its place among `found`.
  private static func response(
    to request: DescribeGroupsRequest, _ places: [Int], _ found: [DescribeGroupsResponse.Group?],
    _ session: Session
  ) -> DescribeGroupsResponse {
    var room = AnswerRoom()
    var response = DescribeGroupsResponse()
    response.groups = zip(request.groups, places).map { groupID, place in
      guard var group = found[place], room.take(group.answerSize) else {
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

  private func describe(
    _ groupID: String, _ coordinator: borrowing GroupCoordinator, version: Int16
  ) -> DescribeGroupsResponse.Group {
    if let description = coordinator.describeClassic(groupID) {
      return DescribeGroupsResponse.Group(groupID, description)
    }
    guard version >= 6 else { return .refusal(of: groupID, .none, nil) }
    let isOther = coordinator.describeConsumer(groupID) != nil
    return .refusal(
      of: groupID, .groupIDNotFound,
      isOther ? "Group \(groupID) is not a classic group." : "Group \(groupID) not found.")
  }
}

extension DescribeGroupsResponse.Group {
  fileprivate var answerSize: Int {
    AnswerSize.sum(members) { member in
      AnswerSize.element + AnswerSize.text(member.memberID)
        + AnswerSize.text(member.groupInstanceID) + AnswerSize.text(member.clientID)
        + member.memberMetadata.count + member.memberAssignment.count
    } + AnswerSize.element + AnswerSize.text(groupID) + AnswerSize.text(protocolType)
  }

  fileprivate static func refusal(
    of groupID: String, _ code: ErrorCode, _ message: String?
  ) -> Self {
    var group = Self()
    group.groupID = groupID
    group.groupState = GroupState.dead.rawValue
    group.errorCode = code
    group.errorMessage = message
    return group
  }

  /// Without a state, as in Kafka.
  fileprivate static func denial(of groupID: String) -> Self {
    var group = Self()
    group.groupID = groupID
    group.errorCode = .groupAuthorizationFailed
    return group
  }

  fileprivate init(_ groupID: String, _ description: ClassicGroupDescription) {
    self.init()
    self.groupID = groupID
    groupState = description.state.rawValue
    protocolType = description.protocolType
    protocolData = description.protocolName
    members = description.members.map { member in
      var answer = DescribeGroupsResponse.Member()
      answer.memberID = member.memberID
      answer.groupInstanceID = member.instanceID
      answer.clientID = member.client.clientID
      answer.clientHost = member.client.clientHost
      answer.memberMetadata = member.metadata
      answer.memberAssignment = member.assignment
      return answer
    }
  }
}
