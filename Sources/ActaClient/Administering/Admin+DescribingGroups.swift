import ActaModel
import ClientCore
import Coordination
import KafkaWire

extension Admin {
  /// Groups, their members and what these have. Asked as groups of both protocols.
  ///
  /// - Returns: By id. One that is not there is 69, and with brokers before Kafka 4.0 has the state `dead`.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func describeGroups(
    _ ids: some Sequence<String>
  ) async throws(KafkaError) -> [String: Result<GroupDescription, KafkaError>] {
    try await performEach("describeConsumerGroups(api=FIND_COORDINATOR)") {
      call throws(ClientFailure) in
      try await call.each(ids, by: .coordinator(.group, \.self)) {
        node, ids throws(ClientFailure) in
        let coordinator = try await call.node(node)
        var results = try await call.consumerGroups(ids, at: coordinator)
        let others = ids.filter { results[$0] == nil }
        if !others.isEmpty {
          for (id, result) in try await call.classicGroups(others, at: coordinator) {
            results[id] = result
          }
        }
        return results
      }
    }
  }
}

extension AdminCall {
  fileprivate func node(_ id: Int32?) async throws(ClientFailure) -> Node {
    guard let id, let known = try await view.nodes[id] else {
      throw ClientFailure(.disconnected, "The coordinator is not known any more.", node: id)
    }
    return Node(
      id: id, host: known.host, port: Int32(known.port), rack: nil, isFenced: false)
  }

  /// Those of the groups that are such.
  fileprivate func consumerGroups(
    _ ids: [String], at coordinator: Node
  ) async throws(ClientFailure) -> [String: Result<GroupDescription, ClientFailure>] {
    var request = ConsumerGroupDescribeRequest()
    request.groupIDs = ids
    do throws(ClientFailure) {
      let response = try await send(request, to: coordinator.id)
      let others: Set<ErrorCode> = [.groupIDNotFound, .unsupportedVersion]
      return .telling(response.groups.filter { !others.contains($0.errorCode) }) { group in
        (
          group.groupID,
          .of(
            group.errorCode, group.errorMessage, about: "group \(group.groupID)",
            GroupDescription(group, at: coordinator))
        )
      }
    } catch  where error.reason == .unsupportedVersion {
      return [:]
    }
  }

  fileprivate func classicGroups(
    _ ids: [String], at coordinator: Node
  ) async throws(ClientFailure) -> [String: Result<GroupDescription, ClientFailure>] {
    var request = DescribeGroupsRequest()
    request.groups = ids
    let response = try await send(request, to: coordinator.id)
    return .telling(response.groups) { group in
      (
        group.groupID,
        .of(
          group.errorCode, group.errorMessage, about: "group \(group.groupID)",
          GroupDescription(group, at: coordinator))
      )
    }
  }
}

extension GroupDescription {
  fileprivate init(_ group: ConsumerGroupDescribeResponse.Group, at node: Node) {
    groupID = group.groupID
    type = .consumer
    state = GroupState(spelled: group.groupState)
    protocolType = "consumer"
    partitionAssignor = group.assignorName
    coordinator = node
    groupEpoch = group.groupEpoch
    targetAssignmentEpoch = group.assignmentEpoch
    members = group.members.map { member in
      Member(
        memberID: member.memberID, groupInstanceID: member.instanceID, clientID: member.clientID,
        host: member.clientHost, rack: member.rackID, assignment: member.assignment.partitions,
        targetAssignment: member.targetAssignment.partitions, memberEpoch: member.memberEpoch,
        subscribedTopics: member.subscribedTopicNames,
        subscribedPattern: member.subscribedTopicRegex.flatMap { $0.isEmpty ? nil : $0 },
        isUpgraded: member.memberType < 0 ? nil : member.memberType == 1)
    }
  }

  fileprivate init(_ group: DescribeGroupsResponse.Group, at node: Node) {
    groupID = group.groupID
    type = .classic
    state = GroupState(spelled: group.groupState)
    protocolType = group.protocolType
    partitionAssignor = group.protocolData
    coordinator = node
    groupEpoch = nil
    targetAssignmentEpoch = nil
    let isConsumers = group.protocolType == "consumer"
    members = group.members.map { member in
      let assigned =
        isConsumers ? ConsumerAssignment.partitions(in: member.memberAssignment) ?? [] : []
      return Member(
        memberID: member.memberID, groupInstanceID: member.groupInstanceID,
        clientID: member.clientID, host: member.clientHost, rack: nil,
        assignment: assigned.map { TopicPartition($0.topic, $0.number) }.sorted(),
        targetAssignment: nil, memberEpoch: nil, subscribedTopics: nil, subscribedPattern: nil,
        isUpgraded: nil)
    }
  }
}

extension ConsumerGroupDescribeResponse.Assignment {
  fileprivate var partitions: [TopicPartition] {
    topicPartitions.flatMap { topic in
      topic.partitions.map { TopicPartition(topic.topicName, $0) }
    }.sorted()
  }
}
