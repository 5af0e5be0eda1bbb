package import ActaModel

/// TxnOffsetCommit, versions 0–6. Keeps how far a group has come, once the transaction is committed.
///
/// - v2: leader epochs.
/// - v3: flexible; the member says who it is and in which generation.
/// - v4: TRANSACTION_ABORTABLE may be answered.
/// - v5: committing takes the group into the transaction.
/// - v6: topics by id instead of by name; GROUP_ID_NOT_FOUND, STALE_MEMBER_EPOCH and UNKNOWN_TOPIC_ID may
///   be answered.
package struct TxnOffsetCommitRequest: RequestMessage {
  package typealias Response = TxnOffsetCommitResponse
  package static let api = APIKey.txnOffsetCommit

  package var transactionalID = ""
  package var groupID = ""
  package var producerID: Int64 = 0
  package var producerEpoch: Int16 = 0
  package var generationIDOrMemberEpoch: Int32 = -1
  package var memberID = ""
  package var groupInstanceID: String?
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("TransactionalId", &transactionalID)
    try c.field("GroupId", &groupID)
    try c.field("ProducerId", &producerID)
    try c.field("ProducerEpoch", &producerEpoch)
    try c.field("GenerationIdOrMemberEpoch", &generationIDOrMemberEpoch, since: 3)
    try c.field("MemberId", &memberID, since: 3)
    try c.field("GroupInstanceId", &groupInstanceID, since: 3, nullableSince: 3)
    try c.field("Topics", &topics)
  }

  package struct Topic: WireStruct {
    package var name = ""
    package var topicID = TopicID.zero
    package var partitions: [Partition] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name, until: 5)
      try c.field("TopicId", &topicID, since: 6)
      try c.field("Partitions", &partitions)
    }
  }

  package struct Partition: WireStruct {
    package var partitionIndex: Int32 = 0
    package var committedOffset: Int64 = 0
    package var committedLeaderEpoch: Int32 = -1
    package var committedMetadata: String?

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("PartitionIndex", &partitionIndex)
      try c.field("CommittedOffset", &committedOffset)
      try c.field("CommittedLeaderEpoch", &committedLeaderEpoch, since: 2)
      try c.field("CommittedMetadata", &committedMetadata, nullableSince: 0)
    }
  }
}

package struct TxnOffsetCommitResponse: ResponseMessage {
  package static let api = APIKey.txnOffsetCommit

  package var throttleTimeMilliseconds: Int32 = 0
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("Topics", &topics)
  }

  package struct Topic: WireStruct {
    package var name = ""
    package var topicID = TopicID.zero
    package var partitions: [Partition] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name, until: 5)
      try c.field("TopicId", &topicID, since: 6)
      try c.field("Partitions", &partitions)
    }
  }

  package struct Partition: WireStruct {
    package var partitionIndex: Int32 = 0
    package var errorCode = ErrorCode.none

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("PartitionIndex", &partitionIndex)
      try c.field("ErrorCode", &errorCode)
    }
  }
}
