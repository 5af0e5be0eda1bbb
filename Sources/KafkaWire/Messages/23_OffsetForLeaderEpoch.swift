package import ActaModel

/// OffsetForLeaderEpoch, versions 2–4. Asks where a leader epoch ends, so that a client can tell
/// whether the log was cut below its position (KafkaWire/PROTOCOL.md §8).
///
/// - v2: the baseline: the leader epoch that the client believes current.
/// - v3: the replica id; -2 is a client that may see beyond the high watermark.
/// - v4: flexible.
package struct OffsetForLeaderEpochRequest: RequestMessage {
  package typealias Response = OffsetForLeaderEpochResponse
  package static let api = APIKey.offsetForLeaderEpoch

  package var replicaID: Int32 = -2
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ReplicaId", &replicaID, since: 3)
    try c.field("Topics", &topics)
  }

  package struct Topic: WireStruct {
    package var topic = ""
    package var partitions: [Partition] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Topic", &topic)
      try c.field("Partitions", &partitions)
    }
  }

  package struct Partition: WireStruct {
    package var partition: Int32 = 0
    package var currentLeaderEpoch: Int32 = -1
    package var leaderEpoch: Int32 = 0

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Partition", &partition)
      try c.field("CurrentLeaderEpoch", &currentLeaderEpoch)
      try c.field("LeaderEpoch", &leaderEpoch)
    }
  }
}

package struct OffsetForLeaderEpochResponse: ResponseMessage {
  package static let api = APIKey.offsetForLeaderEpoch

  package var throttleTimeMilliseconds: Int32 = 0
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("Topics", &topics)
  }

  package struct Topic: WireStruct {
    package var topic = ""
    package var partitions: [EpochEndOffset] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Topic", &topic)
      try c.field("Partitions", &partitions)
    }
  }

  package struct EpochEndOffset: WireStruct {
    package var errorCode = ErrorCode.none
    package var partition: Int32 = 0
    package var leaderEpoch: Int32 = -1
    package var endOffset: Int64 = -1

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("ErrorCode", &errorCode)
      try c.field("Partition", &partition)
      try c.field("LeaderEpoch", &leaderEpoch)
      try c.field("EndOffset", &endOffset)
    }
  }
}
