package import ActaModel

/// OffsetFetch, versions 1–10.
///
/// - v1: the baseline.
/// - v2: null asks for all topics; the response has an error code of its own.
/// - v3: the response has the throttle time.
/// - v5: leader epochs.
/// - v6: flexible.
/// - v7: the client may ask for stable offsets only.
/// - v8: many groups at once.
/// - v9: members of KIP-848 groups name themselves and their epoch.
/// - v10: topic ids in place of names.
package struct OffsetFetchRequest: RequestMessage {
  package typealias Response = OffsetFetchResponse
  package static let api = APIKey.offsetFetch

  /// Up to v7, with `topics`; from v8 on they are in `groups`.
  package var groupID = ""
  /// `nil` asks for all (v2).
  package var topics: [Topic]? = []
  package var groups: [Group] = []
  package var requireStable = false

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("GroupId", &groupID, until: 7)
    try c.field("Topics", &topics, until: 7, nullableSince: 2)
    try c.field("Groups", &groups, since: 8)
    try c.field("RequireStable", &requireStable, since: 7)
  }

  package struct Topic: WireStruct {
    package var name = ""
    package var partitionIndexes: [Int32] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name)
      try c.field("PartitionIndexes", &partitionIndexes)
    }
  }

  package struct Group: WireStruct {
    package var groupID = ""
    package var memberID: String?
    package var memberEpoch: Int32 = -1
    /// `nil` asks for all.
    package var topics: [GroupTopic]? = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("GroupId", &groupID)
      try c.field("MemberId", &memberID, since: 9, nullableSince: 9)
      try c.field("MemberEpoch", &memberEpoch, since: 9)
      try c.field("Topics", &topics, nullableSince: 8)
    }
  }

  package struct GroupTopic: WireStruct {
    package var name = ""
    package var topicID = TopicID.zero
    package var partitionIndexes: [Int32] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name, until: 9)
      try c.field("TopicId", &topicID, since: 10)
      try c.field("PartitionIndexes", &partitionIndexes)
    }
  }
}

package struct OffsetFetchResponse: ResponseMessage {
  package static let api = APIKey.offsetFetch

  package var throttleTimeMilliseconds: Int32 = 0
  /// Up to v7, with `errorCode`; from v8 on they are in `groups`.
  package var topics: [Topic] = []
  package var errorCode = ErrorCode.none
  package var groups: [Group] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds, since: 3)
    try c.field("Topics", &topics, until: 7)
    try c.field("ErrorCode", &errorCode, since: 2, until: 7)
    try c.field("Groups", &groups, since: 8)
  }

  package struct Topic: WireStruct {
    package var name = ""
    package var partitions: [Partition] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name)
      try c.field("Partitions", &partitions)
    }
  }

  package struct Partition: WireStruct {
    package var partitionIndex: Int32 = 0
    package var committedOffset: Int64 = 0
    package var committedLeaderEpoch: Int32 = -1
    package var metadata: String?
    package var errorCode = ErrorCode.none

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("PartitionIndex", &partitionIndex)
      try c.field("CommittedOffset", &committedOffset)
      try c.field("CommittedLeaderEpoch", &committedLeaderEpoch, since: 5)
      try c.field("Metadata", &metadata, nullableSince: 0)
      try c.field("ErrorCode", &errorCode)
    }
  }

  package struct Group: WireStruct {
    package var groupID = ""
    package var topics: [GroupTopic] = []
    package var errorCode = ErrorCode.none

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("GroupId", &groupID)
      try c.field("Topics", &topics)
      try c.field("ErrorCode", &errorCode)
    }
  }

  package struct GroupTopic: WireStruct {
    package var name = ""
    package var topicID = TopicID.zero
    package var partitions: [GroupPartition] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name, until: 9)
      try c.field("TopicId", &topicID, since: 10)
      try c.field("Partitions", &partitions)
    }
  }

  package struct GroupPartition: WireStruct {
    package var partitionIndex: Int32 = 0
    package var committedOffset: Int64 = 0
    package var committedLeaderEpoch: Int32 = -1
    package var metadata: String?
    package var errorCode = ErrorCode.none

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("PartitionIndex", &partitionIndex)
      try c.field("CommittedOffset", &committedOffset)
      try c.field("CommittedLeaderEpoch", &committedLeaderEpoch)
      try c.field("Metadata", &metadata, nullableSince: 8)
      try c.field("ErrorCode", &errorCode)
    }
  }
}
