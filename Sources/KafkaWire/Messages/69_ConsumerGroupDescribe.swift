package import ActaModel

/// ConsumerGroupDescribe, versions 0–1; flexible from the first. KIP-848 groups and their members.
///
/// - v1: the kind of a member, classic or consumer.
package struct ConsumerGroupDescribeRequest: RequestMessage {
  package typealias Response = ConsumerGroupDescribeResponse
  package static let api = APIKey.consumerGroupDescribe

  package var groupIDs: [String] = []
  package var includeAuthorizedOperations = false

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("GroupIds", &groupIDs)
    try c.field("IncludeAuthorizedOperations", &includeAuthorizedOperations)
  }
}

package struct ConsumerGroupDescribeResponse: ResponseMessage {
  package static let api = APIKey.consumerGroupDescribe

  package var throttleTimeMilliseconds: Int32 = 0
  package var groups: [Group] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("Groups", &groups)
  }

  package struct Group: WireStruct {
    package var errorCode = ErrorCode.none
    package var errorMessage: String?
    package var groupID = ""
    package var groupState = ""
    package var groupEpoch: Int32 = 0
    package var assignmentEpoch: Int32 = 0
    package var assignorName = ""
    package var members: [Member] = []
    package var authorizedOperations = Int32.min

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("ErrorCode", &errorCode)
      try c.field("ErrorMessage", &errorMessage, nullableSince: 0)
      try c.field("GroupId", &groupID)
      try c.field("GroupState", &groupState)
      try c.field("GroupEpoch", &groupEpoch)
      try c.field("AssignmentEpoch", &assignmentEpoch)
      try c.field("AssignorName", &assignorName)
      try c.field("Members", &members)
      try c.field("AuthorizedOperations", &authorizedOperations)
    }
  }

  package struct Member: WireStruct {
    package var memberID = ""
    package var instanceID: String?
    package var rackID: String?
    package var memberEpoch: Int32 = 0
    package var clientID = ""
    package var clientHost = ""
    package var subscribedTopicNames: [String] = []
    /// Empty without one.
    package var subscribedTopicRegex: String? = ""
    package var assignment = Assignment()
    package var targetAssignment = Assignment()
    package var memberType: Int8 = -1

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("MemberId", &memberID)
      try c.field("InstanceId", &instanceID, nullableSince: 0)
      try c.field("RackId", &rackID, nullableSince: 0)
      try c.field("MemberEpoch", &memberEpoch)
      try c.field("ClientId", &clientID)
      try c.field("ClientHost", &clientHost)
      try c.field("SubscribedTopicNames", &subscribedTopicNames)
      try c.field("SubscribedTopicRegex", &subscribedTopicRegex, nullableSince: 0)
      try c.field("Assignment", &assignment)
      try c.field("TargetAssignment", &targetAssignment)
      try c.field("MemberType", &memberType, since: 1)
    }
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
    package var topicName = ""
    package var partitions: [Int32] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("TopicId", &topicID)
      try c.field("TopicName", &topicName)
      try c.field("Partitions", &partitions)
    }
  }
}
