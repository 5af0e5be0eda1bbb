package import ActaModel

/// The answer to a Fetch; what changed with the versions stands at `FetchRequest`.
package struct FetchResponse: ResponseMessage {
  package static let api = APIKey.fetch

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var sessionID: Int32 = 0
  package var responses: [Topic] = []
  package var nodeEndpoints: [NodeEndpoint] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("ErrorCode", &errorCode, since: 7)
    try c.field("SessionId", &sessionID, since: 7)
    try c.field("Responses", &responses)
    try c.tagged(0, "NodeEndpoints", &nodeEndpoints, since: 16, default: [])
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
    package var partitionIndex: Int32 = 0
    package var errorCode = ErrorCode.none
    package var highWatermark: Int64 = 0
    package var lastStableOffset: Int64 = -1
    package var logStartOffset: Int64 = -1
    /// `nil` unless the request is read_committed.
    package var abortedTransactions: [AbortedTransaction]?
    package var preferredReadReplica: Int32 = -1
    /// Some clients dislike null here: a broker sends empty records instead.
    package var records: RecordChunks? = RecordChunks()
    package var divergingEpoch = EpochEndOffset()
    package var currentLeader = LeaderIDAndEpoch()
    package var snapshotID = SnapshotID()

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("PartitionIndex", &partitionIndex)
      try c.field("ErrorCode", &errorCode)
      try c.field("HighWatermark", &highWatermark)
      try c.field("LastStableOffset", &lastStableOffset)
      try c.field("LogStartOffset", &logStartOffset, since: 5)
      try c.field("AbortedTransactions", &abortedTransactions, nullableSince: 4)
      try c.field("PreferredReadReplica", &preferredReadReplica, since: 11)
      try c.field("Records", &records, nullableSince: 0)
      try c.tagged(0, "DivergingEpoch", &divergingEpoch, since: 12, default: EpochEndOffset())
      try c.tagged(1, "CurrentLeader", &currentLeader, since: 12, default: LeaderIDAndEpoch())
      try c.tagged(2, "SnapshotId", &snapshotID, since: 12, default: SnapshotID())
    }
  }

  package struct AbortedTransaction: WireStruct {
    package var producerID: Int64 = 0
    package var firstOffset: Int64 = 0

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("ProducerId", &producerID)
      try c.field("FirstOffset", &firstOffset)
    }
  }

  package struct EpochEndOffset: WireStruct {
    package var epoch: Int32 = -1
    package var endOffset: Int64 = -1

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Epoch", &epoch)
      try c.field("EndOffset", &endOffset)
    }
  }

  package struct SnapshotID: WireStruct {
    package var endOffset: Int64 = -1
    package var epoch: Int32 = -1

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("EndOffset", &endOffset)
      try c.field("Epoch", &epoch)
    }
  }
}

extension FetchResponse {
  package var estimatedSize: Int {
    responses.reduce(256) { size, topic in
      topic.partitions.reduce(size + 64 + topic.topic.utf8.count) {
        $0 + 96 + ($1.records?.copiedByteCount ?? 0)
      }
    }
  }
}
