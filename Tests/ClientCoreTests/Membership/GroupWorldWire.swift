import ActaModel
import Coordination
import KafkaWire

@testable import ClientCore

// Between what members send and what the coordinator is asked, as the broker's handlers do it.

struct WorldTopics: TopicLookup {
  var version: UInt64 = 1
  var partitionCounts: [String: Int32]

  func topic(named name: String) -> TopicShape? {
    partitionCounts[name].map {
      TopicShape(id: TopicID(of: name), name: name, partitionCount: $0)
    }
  }

  func topic(id: TopicID) -> TopicShape? {
    partitionCounts.keys.first { TopicID(of: $0) == id }.flatMap { topic(named: $0) }
  }

  func names(matching pattern: String) -> [String]? { nil }
}

extension JoinRequest {
  init(_ request: JoinGroupRequest, _ client: ClientIdentity, freshID: String) {
    self.init(
      groupID: request.groupID, memberID: request.memberID, instanceID: request.groupInstanceID,
      client: client, sessionTimeoutMilliseconds: request.sessionTimeoutMilliseconds,
      rebalanceTimeoutMilliseconds: request.rebalanceTimeoutMilliseconds,
      protocolType: request.protocolType,
      protocols: request.protocols.map { .init(name: $0.name, metadata: $0.metadata) },
      freshID: freshID)
  }
}

extension JoinGroupResponse {
  init(_ reply: JoinReply) {
    self.init()
    errorCode = reply.error
    generationID = reply.generation
    protocolType = reply.protocolType
    protocolName = reply.protocolName
    leader = reply.leaderID
    skipAssignment = reply.skipsAssignment
    memberID = reply.memberID
    members = reply.members.map { joined in
      var member = Member()
      member.memberID = joined.memberID
      member.groupInstanceID = joined.instanceID
      member.metadata = joined.metadata
      return member
    }
  }
}

extension SyncRequest {
  init(_ request: SyncGroupRequest) {
    self.init(
      groupID: request.groupID, generation: request.generationID, memberID: request.memberID,
      instanceID: request.groupInstanceID, protocolType: request.protocolType,
      protocolName: request.protocolName,
      assignments: request.assignments.map { ($0.memberID, $0.assignment) })
  }
}

extension SyncGroupResponse {
  init(_ reply: SyncReply) {
    self.init()
    errorCode = reply.error
    protocolType = reply.protocolType
    protocolName = reply.protocolName
    assignment = reply.assignment
  }
}

extension ConsumerHeartbeat {
  init(_ request: ConsumerGroupHeartbeatRequest, _ client: ClientIdentity) {
    self.init(
      groupID: request.groupID, memberID: request.memberID, memberEpoch: request.memberEpoch,
      instanceID: request.instanceID, rackID: request.rackID,
      rebalanceTimeoutMilliseconds: request.rebalanceTimeoutMilliseconds,
      subscribedTopics: request.subscribedTopicNames,
      subscribedRegex: request.subscribedTopicRegex, assignor: request.serverAssignor,
      owned: request.topicPartitions.map { topics in
        Dictionary(
          topics.map { ($0.topicID, Set($0.partitions)) }, uniquingKeysWith: { $0.union($1) })
      }, client: client)
  }
}

extension ConsumerGroupHeartbeatResponse {
  init(_ reply: ConsumerHeartbeatReply) {
    self.init()
    errorCode = reply.error
    errorMessage = reply.errorMessage
    memberID = reply.memberID
    memberEpoch = reply.memberEpoch
    heartbeatIntervalMilliseconds = reply.heartbeatIntervalMilliseconds
    assignment = reply.assignment.map { assigned in
      var assignment = Assignment()
      assignment.topicPartitions = assigned.map { id, numbers in
        var partitions = TopicPartitions()
        partitions.topicID = id
        partitions.partitions = numbers.sorted()
        return partitions
      }
      return assignment
    }
  }
}
