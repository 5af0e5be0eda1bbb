package import ActaModel

/// ConsumerGroupHeartbeat, versions 0–1; flexible from the first. The whole life of a member of a
/// KIP-848 group: join, subscription, assignment, leave (KafkaWire/PROTOCOL.md §13).
///
/// - v1: a subscription by regular expression; the client makes its own member id.
package struct ConsumerGroupHeartbeatRequest: RequestMessage {
  package typealias Response = ConsumerGroupHeartbeatResponse
  package static let api = APIKey.consumerGroupHeartbeat

  package var groupID = ""
  package var memberID = ""
  package var memberEpoch: Int32 = 0
  package var instanceID: String?
  package var rackID: String?
  package var rebalanceTimeoutMilliseconds: Int32 = -1
  package var subscribedTopicNames: [String]?
  package var subscribedTopicRegex: String?
  package var serverAssignor: String?
  package var topicPartitions: [TopicPartitions]?

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("GroupId", &groupID)
    try c.field("MemberId", &memberID)
    try c.field("MemberEpoch", &memberEpoch)
    try c.field("InstanceId", &instanceID, nullableSince: 0)
    try c.field("RackId", &rackID, nullableSince: 0)
    try c.field("RebalanceTimeoutMs", &rebalanceTimeoutMilliseconds)
    try c.field("SubscribedTopicNames", &subscribedTopicNames, nullableSince: 0)
    try c.field("SubscribedTopicRegex", &subscribedTopicRegex, since: 1, nullableSince: 1)
    try c.field("ServerAssignor", &serverAssignor, nullableSince: 0)
    try c.field("TopicPartitions", &topicPartitions, nullableSince: 0)
  }

  package struct TopicPartitions: WireStruct {
    package var topicID = TopicID.zero
    package var partitions: [Int32] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("TopicId", &topicID)
      try c.field("Partitions", &partitions)
    }
  }
}

package struct ConsumerGroupHeartbeatResponse: ResponseMessage {
  package static let api = APIKey.consumerGroupHeartbeat

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var errorMessage: String?
  package var memberID: String?
  package var memberEpoch: Int32 = 0
  package var heartbeatIntervalMilliseconds: Int32 = 0
  package var assignment: Assignment?

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("ErrorCode", &errorCode)
    try c.field("ErrorMessage", &errorMessage, nullableSince: 0)
    try c.field("MemberId", &memberID, nullableSince: 0)
    try c.field("MemberEpoch", &memberEpoch)
    try c.field("HeartbeatIntervalMs", &heartbeatIntervalMilliseconds)
    try c.field("Assignment", &assignment, nullableSince: 0)
  }

  package struct Assignment: WireStruct {
    package var topicPartitions: [TopicPartitions] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("TopicPartitions", &topicPartitions)
    }
  }

  package struct TopicPartitions: WireStruct {
    package var topicID = TopicID.zero
    package var partitions: [Int32] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("TopicId", &topicID)
      try c.field("Partitions", &partitions)
    }
  }
}
