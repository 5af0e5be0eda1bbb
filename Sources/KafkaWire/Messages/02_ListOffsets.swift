package import ActaModel

/// ListOffsets, versions 1–11. Finds an offset by timestamp, or by one of the negative values that
/// stand for the ends of the log (KafkaWire/PROTOCOL.md §8).
///
/// - v1: the baseline: one offset with its timestamp.
/// - v2: isolation level; the response has the throttle time.
/// - v4: leader epochs.
/// - v5: OFFSET_NOT_AVAILABLE may be answered.
/// - v6: flexible.
/// - v7: timestamp -3, the record with the largest timestamp.
/// - v8: timestamp -4, the earliest local offset.
/// - v9: timestamp -5, the latest tiered offset.
/// - v10: a timeout, for offsets in tiered storage.
/// - v11: timestamp -6, the earliest offset that waits for tiering.
package struct ListOffsetsRequest: RequestMessage {
  package typealias Response = ListOffsetsResponse
  package static let api = APIKey.listOffsets

  package var replicaID: Int32 = 0
  package var isolationLevel: Int8 = 0
  package var topics: [Topic] = []
  package var timeoutMilliseconds: Int32 = 0

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ReplicaId", &replicaID)
    try c.field("IsolationLevel", &isolationLevel, since: 2)
    try c.field("Topics", &topics)
    try c.field("TimeoutMs", &timeoutMilliseconds, since: 10)
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
    package var currentLeaderEpoch: Int32 = -1
    package var timestamp: Int64 = 0

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("PartitionIndex", &partitionIndex)
      try c.field("CurrentLeaderEpoch", &currentLeaderEpoch, since: 4)
      try c.field("Timestamp", &timestamp)
    }
  }
}

package struct ListOffsetsResponse: ResponseMessage {
  package static let api = APIKey.listOffsets

  package var throttleTimeMilliseconds: Int32 = 0
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds, since: 2)
    try c.field("Topics", &topics)
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
    package var errorCode = ErrorCode.none
    package var timestamp: Int64 = -1
    package var offset: Int64 = -1
    package var leaderEpoch: Int32 = -1

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("PartitionIndex", &partitionIndex)
      try c.field("ErrorCode", &errorCode)
      try c.field("Timestamp", &timestamp)
      try c.field("Offset", &offset)
      try c.field("LeaderEpoch", &leaderEpoch, since: 4)
    }
  }
}
