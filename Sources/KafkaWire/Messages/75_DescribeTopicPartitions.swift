package import ActaModel

/// DescribeTopicPartitions, version 0, flexible. As Metadata, in pages.
package struct DescribeTopicPartitionsRequest: RequestMessage {
  package typealias Response = DescribeTopicPartitionsResponse
  package static let api = APIKey.describeTopicPartitions

  package var topics: [Topic] = []
  package var responsePartitionLimit: Int32 = 2000
  /// Where to start; `nil` is the beginning.
  package var cursor: TopicPartitionCursor?

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("Topics", &topics)
    try c.field("ResponsePartitionLimit", &responsePartitionLimit)
    try c.field("Cursor", &cursor, nullableSince: 0)
  }

  package struct Topic: WireStruct {
    package var name = ""

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name)
    }
  }
}

package struct DescribeTopicPartitionsResponse: ResponseMessage {
  package static let api = APIKey.describeTopicPartitions

  package var throttleTimeMilliseconds: Int32 = 0
  package var topics: [Topic] = []
  /// Where this answer stopped; `nil` at the end.
  package var nextCursor: TopicPartitionCursor?

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("Topics", &topics)
    try c.field("NextCursor", &nextCursor, nullableSince: 0)
  }

  package struct Topic: WireStruct {
    package var errorCode = ErrorCode.none
    package var name: String?
    package var topicID = TopicID.zero
    package var isInternal = false
    package var partitions: [Partition] = []
    package var topicAuthorizedOperations = Int32.min

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("ErrorCode", &errorCode)
      try c.field("Name", &name, nullableSince: 0)
      try c.field("TopicId", &topicID)
      try c.field("IsInternal", &isInternal)
      try c.field("Partitions", &partitions)
      try c.field("TopicAuthorizedOperations", &topicAuthorizedOperations)
    }
  }

  package struct Partition: WireStruct {
    package var errorCode = ErrorCode.none
    package var partitionIndex: Int32 = 0
    package var leaderID: Int32 = 0
    package var leaderEpoch: Int32 = -1
    package var replicaNodes: [Int32] = []
    package var isrNodes: [Int32] = []
    /// Never null, although it may be: Java's clients take what they are given for a list.
    package var eligibleLeaderReplicas: [Int32]? = []
    package var lastKnownELR: [Int32]? = []
    package var offlineReplicas: [Int32] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("ErrorCode", &errorCode)
      try c.field("PartitionIndex", &partitionIndex)
      try c.field("LeaderId", &leaderID)
      try c.field("LeaderEpoch", &leaderEpoch)
      try c.field("ReplicaNodes", &replicaNodes)
      try c.field("IsrNodes", &isrNodes)
      try c.field("EligibleLeaderReplicas", &eligibleLeaderReplicas, nullableSince: 0)
      try c.field("LastKnownElr", &lastKnownELR, nullableSince: 0)
      try c.field("OfflineReplicas", &offlineReplicas)
    }
  }
}

/// A place in the list of partitions, ordered by topic name.
package struct TopicPartitionCursor: WireStruct {
  package var topicName = ""
  package var partitionIndex: Int32 = 0

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("TopicName", &topicName)
    try c.field("PartitionIndex", &partitionIndex)
  }
}
