package import ActaModel
package import Bytes

/// Produce, versions 3–13. Appends batches to partitions.
///
/// - v3: the baseline: transactional id, batches of magic 2.
/// - v4: KAFKA_STORAGE_ERROR may be answered.
/// - v5: the response has the log start offset.
/// - v7: batches may be compressed with zstd.
/// - v8: the response tells which records are at fault, and says why.
/// - v9: flexible.
/// - v10: the response may name the current leader, tagged.
/// - v11: TRANSACTION_ABORTABLE may be answered.
/// - v12: in a transaction, producing adds the partition to it.
/// - v13: topic ids in place of names.
package struct ProduceRequest: RequestMessage {
  package typealias Response = ProduceResponse
  package static let api = APIKey.produce

  package var transactionalID: String?
  package var acks: Int16 = 0
  package var timeoutMilliseconds: Int32 = 0
  package var topicData: [Topic] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("TransactionalId", &transactionalID, nullableSince: 3)
    try c.field("Acks", &acks)
    try c.field("TimeoutMs", &timeoutMilliseconds)
    try c.field("TopicData", &topicData)
  }

  package struct Topic: WireStruct {
    package var name = ""
    package var topicID = TopicID.zero
    package var partitionData: [Partition] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name, until: 12)
      try c.field("TopicId", &topicID, since: 13)
      try c.field("PartitionData", &partitionData)
    }
  }

  package struct Partition: WireStruct {
    package var index: Int32 = 0
    /// A slice of the frame: it keeps the whole frame alive.
    package var records: ByteSlice?

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Index", &index)
      try c.field("Records", &records, nullableSince: 0)
    }
  }
}

extension ProduceRequest {
  package var estimatedSize: Int {
    topicData.reduce(256) { size, topic in
      topic.partitionData.reduce(size + 64 + topic.name.utf8.count) {
        $0 + 16 + ($1.records?.count ?? 0)
      }
    }
  }
}

package struct ProduceResponse: ResponseMessage {
  package static let api = APIKey.produce

  package var responses: [Topic] = []
  package var throttleTimeMilliseconds: Int32 = 0
  package var nodeEndpoints: [NodeEndpoint] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("Responses", &responses)
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.tagged(0, "NodeEndpoints", &nodeEndpoints, since: 10, default: [])
  }

  package struct Topic: WireStruct {
    package var name = ""
    package var topicID = TopicID.zero
    package var partitionResponses: [Partition] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name, until: 12)
      try c.field("TopicId", &topicID, since: 13)
      try c.field("PartitionResponses", &partitionResponses)
    }
  }

  package struct Partition: WireStruct {
    package var index: Int32 = 0
    package var errorCode = ErrorCode.none
    package var baseOffset: Int64 = 0
    package var logAppendTimeMilliseconds: Int64 = -1
    package var logStartOffset: Int64 = -1
    package var recordErrors: [RecordError] = []
    package var errorMessage: String?
    package var currentLeader = LeaderIDAndEpoch()

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Index", &index)
      try c.field("ErrorCode", &errorCode)
      try c.field("BaseOffset", &baseOffset)
      try c.field("LogAppendTimeMs", &logAppendTimeMilliseconds)
      try c.field("LogStartOffset", &logStartOffset, since: 5)
      try c.field("RecordErrors", &recordErrors, since: 8)
      try c.field("ErrorMessage", &errorMessage, since: 8, nullableSince: 8)
      try c.tagged(0, "CurrentLeader", &currentLeader, since: 10, default: LeaderIDAndEpoch())
    }
  }

  /// A record that is at fault for the refusal of its whole batch.
  package struct RecordError: WireStruct {
    package var batchIndex: Int32 = 0
    package var batchIndexErrorMessage: String?

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("BatchIndex", &batchIndex)
      try c.field("BatchIndexErrorMessage", &batchIndexErrorMessage, nullableSince: 8)
    }
  }
}
