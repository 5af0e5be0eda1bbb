package import ActaModel

/// Fetch, versions 4–18. Reads batches from partitions, in the order of the request.
///
/// - v4: the baseline: isolation level, batches of magic 2, aborted transactions.
/// - v5: log start offsets.
/// - v6: KAFKA_STORAGE_ERROR may be answered.
/// - v7: sessions, which may be declined with session id 0; the response has an error code.
/// - v9: the leader epoch that the client believes current.
/// - v10: batches may be compressed with zstd.
/// - v11: the client's rack; the response may name a replica to read from.
/// - v12: flexible; the epoch of the last record fetched; tagged cluster id and leader hints.
/// - v13: topic ids in place of names.
/// - v14: OFFSET_MOVED_TO_TIERED_STORAGE may be answered.
/// - v15: the replica id moves into a tagged struct.
/// - v16: the response may say where leaders are reached, tagged.
/// - v17: tagged directory id of a following replica.
/// - v18: tagged high watermark of a following replica.
package struct FetchRequest: RequestMessage {
  package typealias Response = FetchResponse
  package static let api = APIKey.fetch

  package var replicaID: Int32 = -1
  package var maxWaitMilliseconds: Int32 = 0
  package var minBytes: Int32 = 0
  package var maxBytes = Int32.max
  package var isolationLevel: Int8 = 0
  package var sessionID: Int32 = 0
  package var sessionEpoch: Int32 = -1
  package var topics: [Topic] = []
  package var forgottenTopicsData: [ForgottenTopic] = []
  package var rackID = ""
  package var clusterID: String?
  package var replicaState = ReplicaState()

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ReplicaId", &replicaID, until: 14)
    try c.field("MaxWaitMs", &maxWaitMilliseconds)
    try c.field("MinBytes", &minBytes)
    try c.field("MaxBytes", &maxBytes)
    try c.field("IsolationLevel", &isolationLevel)
    try c.field("SessionId", &sessionID, since: 7)
    try c.field("SessionEpoch", &sessionEpoch, since: 7)
    try c.field("Topics", &topics)
    try c.field("ForgottenTopicsData", &forgottenTopicsData, since: 7)
    try c.field("RackId", &rackID, since: 11)
    try c.tagged(0, "ClusterId", &clusterID, since: 12, default: nil, nullable: true)
    try c.tagged(1, "ReplicaState", &replicaState, since: 15, default: ReplicaState())
  }

  package struct Topic: WireStruct {
    package var topic = ""
    package var topicID = TopicID.zero
    package var partitions: [Partition] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Topic", &topic, until: 12)
      try c.field("TopicId", &topicID, since: 13)
      try c.field("Partitions", &partitions)
    }
  }

  package struct Partition: WireStruct {
    package var partition: Int32 = 0
    package var currentLeaderEpoch: Int32 = -1
    package var fetchOffset: Int64 = 0
    package var lastFetchedEpoch: Int32 = -1
    package var logStartOffset: Int64 = -1
    package var partitionMaxBytes: Int32 = 0
    package var replicaDirectoryID = TopicID.zero
    package var highWatermark = Int64.max

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Partition", &partition)
      try c.field("CurrentLeaderEpoch", &currentLeaderEpoch, since: 9)
      try c.field("FetchOffset", &fetchOffset)
      try c.field("LastFetchedEpoch", &lastFetchedEpoch, since: 12)
      try c.field("LogStartOffset", &logStartOffset, since: 5)
      try c.field("PartitionMaxBytes", &partitionMaxBytes)
      try c.tagged(0, "ReplicaDirectoryId", &replicaDirectoryID, since: 17, default: .zero)
      try c.tagged(1, "HighWatermark", &highWatermark, since: 18, default: .max)
    }
  }

  /// Partitions to drop from a session.
  package struct ForgottenTopic: WireStruct {
    package var topic = ""
    package var topicID = TopicID.zero
    package var partitions: [Int32] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Topic", &topic, until: 12)
      try c.field("TopicId", &topicID, since: 13)
      try c.field("Partitions", &partitions)
    }
  }

  package struct ReplicaState: WireStruct {
    package var replicaID: Int32 = -1
    package var replicaEpoch: Int64 = -1

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("ReplicaId", &replicaID)
      try c.field("ReplicaEpoch", &replicaEpoch)
    }
  }
}
