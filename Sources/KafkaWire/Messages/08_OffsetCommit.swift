package import ActaModel

/// OffsetCommit, versions 2–10.
///
/// - v2: the baseline, with a retention time.
/// - v3: the response has the throttle time.
/// - v5: without retention time: it is the broker's setting.
/// - v6: leader epochs.
/// - v7: group instance ids (static members).
/// - v8: flexible.
/// - v9: members of KIP-848 groups may commit; GROUP_ID_NOT_FOUND and STALE_MEMBER_EPOCH may be
///   answered.
/// - v10: topic ids in place of names.
package struct OffsetCommitRequest: RequestMessage {
  package typealias Response = OffsetCommitResponse
  package static let api = APIKey.offsetCommit

  package var groupID = ""
  package var generationIDOrMemberEpoch: Int32 = -1
  package var memberID = ""
  package var groupInstanceID: String?
  package var retentionTimeMilliseconds: Int64 = -1
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("GroupId", &groupID)
    try c.field("GenerationIdOrMemberEpoch", &generationIDOrMemberEpoch)
    try c.field("MemberId", &memberID)
    try c.field("GroupInstanceId", &groupInstanceID, since: 7, nullableSince: 7)
    try c.field("RetentionTimeMs", &retentionTimeMilliseconds, until: 4)
    try c.field("Topics", &topics)
  }

  package struct Topic: WireStruct {
    package var name = ""
    package var topicID = TopicID.zero
    package var partitions: [Partition] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name, until: 9)
      try c.field("TopicId", &topicID, since: 10)
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
      try c.field("CommittedLeaderEpoch", &committedLeaderEpoch, since: 6)
      try c.field("CommittedMetadata", &committedMetadata, nullableSince: 0)
    }
  }
}

package struct OffsetCommitResponse: ResponseMessage {
  package static let api = APIKey.offsetCommit

  package var throttleTimeMilliseconds: Int32 = 0
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds, since: 3)
    try c.field("Topics", &topics)
  }

  package struct Topic: WireStruct {
    package var name = ""
    package var topicID = TopicID.zero
    package var partitions: [Partition] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name, until: 9)
      try c.field("TopicId", &topicID, since: 10)
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
