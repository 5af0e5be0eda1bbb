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
    let asked = request.groups.map { ($0, session.authorize(.describe, .group($0))) }
    broker.groups.perform { coordinator, _, _ in
      asked.map { group, isAllowed in
        isAllowed ? describe(group, coordinator, version: context.version) : .denial(of: group)
      }
    } completion: { result in
      var response = DescribeGroupsResponse()
      switch result {
      case .success(let groups): response.groups = groups
      case .failure(let error):
        response.groups = request.groups.map { .refusal(of: $0, error.code, error.message) }
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
