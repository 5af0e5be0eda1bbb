package import ActaModel

/// Metadata, versions 0–13. Asks for brokers, topics and who leads each partition.
///
/// - v1: null asks for all topics and the empty list for none (in v0 the empty list asks for all);
///   the response has racks, the controller and whether a topic is internal.
/// - v2: the response has the cluster id.
/// - v3: the response has the throttle time.
/// - v4: the client says whether topics may be created by asking for them.
/// - v5: the response has offline replicas.
/// - v7: the response has leader epochs.
/// - v8: authorized operations, of topics and (up to v10) of the cluster.
/// - v9: flexible.
/// - v10: topic ids; asking by id works from v12.
/// - v12: a topic may be asked for by its id, with a null name.
/// - v13: the response has an error code of its own.
package struct MetadataRequest: RequestMessage {
  package typealias Response = MetadataResponse
  package static let api = APIKey.metadata

  /// `nil` asks for all topics.
  package var topics: [Topic]? = []
  package var allowAutoTopicCreation = true
  package var includeClusterAuthorizedOperations = false
  package var includeTopicAuthorizedOperations = false

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("Topics", &topics, nullableSince: 1)
    try c.field("AllowAutoTopicCreation", &allowAutoTopicCreation, since: 4)
    try c.field(
      "IncludeClusterAuthorizedOperations", &includeClusterAuthorizedOperations, since: 8, until: 10
    )
    try c.field("IncludeTopicAuthorizedOperations", &includeTopicAuthorizedOperations, since: 8)
  }

  package struct Topic: WireStruct {
    package var topicID = TopicID.zero
    package var name: String? = ""

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("TopicId", &topicID, since: 10)
      try c.field("Name", &name, nullableSince: 10)
    }
  }
}

package struct MetadataResponse: ResponseMessage {
  package static let api = APIKey.metadata

  package var throttleTimeMilliseconds: Int32 = 0
  package var brokers: [Broker] = []
  package var clusterID: String?
  package var controllerID: Int32 = -1
  package var topics: [Topic] = []
  package var clusterAuthorizedOperations = Int32.min
  package var errorCode = ErrorCode.none

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds, since: 3)
    try c.field("Brokers", &brokers)
    try c.field("ClusterId", &clusterID, since: 2, nullableSince: 2)
    try c.field("ControllerId", &controllerID, since: 1)
    try c.field("Topics", &topics)
    try c.field("ClusterAuthorizedOperations", &clusterAuthorizedOperations, since: 8, until: 10)
    try c.field("ErrorCode", &errorCode, since: 13)
  }

  package struct Broker: WireStruct {
    package var nodeID: Int32 = 0
    package var host = ""
    package var port: Int32 = 0
    package var rack: String?

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("NodeId", &nodeID)
      try c.field("Host", &host)
      try c.field("Port", &port)
      try c.field("Rack", &rack, since: 1, nullableSince: 1)
    }
  }

  package struct Topic: WireStruct {
    package var errorCode = ErrorCode.none
    package var name: String? = ""
    package var topicID = TopicID.zero
    package var isInternal = false
    package var partitions: [Partition] = []
    package var topicAuthorizedOperations = Int32.min

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("ErrorCode", &errorCode)
      try c.field("Name", &name, nullableSince: 12)
      try c.field("TopicId", &topicID, since: 10)
      try c.field("IsInternal", &isInternal, since: 1)
      try c.field("Partitions", &partitions)
      try c.field("TopicAuthorizedOperations", &topicAuthorizedOperations, since: 8)
    }
  }

  package struct Partition: WireStruct {
    package var errorCode = ErrorCode.none
    package var partitionIndex: Int32 = 0
    package var leaderID: Int32 = 0
    package var leaderEpoch: Int32 = -1
    package var replicaNodes: [Int32] = []
    package var isrNodes: [Int32] = []
    package var offlineReplicas: [Int32] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("ErrorCode", &errorCode)
      try c.field("PartitionIndex", &partitionIndex)
      try c.field("LeaderId", &leaderID)
      try c.field("LeaderEpoch", &leaderEpoch, since: 7)
      try c.field("ReplicaNodes", &replicaNodes)
      try c.field("IsrNodes", &isrNodes)
      try c.field("OfflineReplicas", &offlineReplicas, since: 5)
    }
  }
}
