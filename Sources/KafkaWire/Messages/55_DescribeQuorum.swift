package import ActaModel

/// DescribeQuorum, versions 0–2; flexible from the first. The state of the cluster's controllers.
///
/// - v1: when each voter last fetched, and last had everything.
/// - v2: messages, directory ids, and the addresses of the controllers.
package struct DescribeQuorumRequest: RequestMessage {
  package typealias Response = DescribeQuorumResponse
  package static let api = APIKey.describeQuorum

  package var topics: [Topic] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("Topics", &topics)
  }

  package struct Topic: WireStruct {
    package var topicName = ""
    package var partitions: [Partition] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("TopicName", &topicName)
      try c.field("Partitions", &partitions)
    }
  }

  package struct Partition: WireStruct {
    package var partitionIndex: Int32 = 0

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("PartitionIndex", &partitionIndex)
    }
  }
}

package struct DescribeQuorumResponse: ResponseMessage {
  package static let api = APIKey.describeQuorum

  package var errorCode = ErrorCode.none
  package var errorMessage: String?
  package var topics: [Topic] = []
  package var nodes: [Node] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ErrorCode", &errorCode)
    try c.field("ErrorMessage", &errorMessage, since: 2, nullableSince: 2)
    try c.field("Topics", &topics)
    try c.field("Nodes", &nodes, since: 2)
  }

  package struct Topic: WireStruct {
    package var topicName = ""
    package var partitions: [Partition] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("TopicName", &topicName)
      try c.field("Partitions", &partitions)
    }
  }

  package struct Node: WireStruct {
    package var nodeID: Int32 = 0
    package var listeners: [Listener] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("NodeId", &nodeID, since: 2)
      try c.field("Listeners", &listeners, since: 2)
    }
  }

  package struct Partition: WireStruct {
    package var partitionIndex: Int32 = 0
    package var errorCode = ErrorCode.none
    package var errorMessage: String?
    package var leaderID: Int32 = 0
    package var leaderEpoch: Int32 = 0
    package var highWatermark: Int64 = 0
    package var currentVoters: [Replica] = []
    package var observers: [Replica] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("PartitionIndex", &partitionIndex)
      try c.field("ErrorCode", &errorCode)
      try c.field("ErrorMessage", &errorMessage, since: 2, nullableSince: 2)
      try c.field("LeaderId", &leaderID)
      try c.field("LeaderEpoch", &leaderEpoch)
      try c.field("HighWatermark", &highWatermark)
      try c.field("CurrentVoters", &currentVoters)
      try c.field("Observers", &observers)
    }
  }

  package struct Listener: WireStruct {
    package var name = ""
    package var host = ""
    package var port: UInt16 = 0

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name, since: 2)
      try c.field("Host", &host, since: 2)
      try c.field("Port", &port, since: 2)
    }
  }

  package struct Replica: WireStruct {
    package var replicaID: Int32 = 0
    package var replicaDirectoryID = TopicID.zero
    package var logEndOffset: Int64 = 0
    package var lastFetchTimestamp: Int64 = -1
    package var lastCaughtUpTimestamp: Int64 = -1

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("ReplicaId", &replicaID)
      try c.field("ReplicaDirectoryId", &replicaDirectoryID, since: 2)
      try c.field("LogEndOffset", &logEndOffset)
      try c.field("LastFetchTimestamp", &lastFetchTimestamp, since: 1)
      try c.field("LastCaughtUpTimestamp", &lastCaughtUpTimestamp, since: 1)
    }
  }
}
