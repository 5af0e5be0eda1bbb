package import ActaModel

/// ElectLeaders, versions 0–2. Asks that replicas become leaders.
///
/// - v1: preferred leaders (0) or any (1); an error of the whole.
/// - v2: flexible.
package struct ElectLeadersRequest: RequestMessage {
  package typealias Response = ElectLeadersResponse
  package static let api = APIKey.electLeaders

  package var electionType: Int8 = 0
  package var topicPartitions: [Topic]? = []
  package var timeoutMilliseconds: Int32 = 60_000

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ElectionType", &electionType, since: 1)
    try c.field("TopicPartitions", &topicPartitions, nullableSince: 0)
    try c.field("TimeoutMs", &timeoutMilliseconds)
  }

  package struct Topic: WireStruct {
    package var topic = ""
    package var partitions: [Int32] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Topic", &topic)
      try c.field("Partitions", &partitions)
    }
  }
}

package struct ElectLeadersResponse: ResponseMessage {
  package static let api = APIKey.electLeaders

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var replicaElectionResults: [Topic] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("ErrorCode", &errorCode, since: 1)
    try c.field("ReplicaElectionResults", &replicaElectionResults)
  }

  package struct Topic: WireStruct {
    package var topic = ""
    package var partitionResult: [Partition] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Topic", &topic)
      try c.field("PartitionResult", &partitionResult)
    }
  }

  package struct Partition: WireStruct {
    package var partitionID: Int32 = 0
    package var errorCode = ErrorCode.none
    package var errorMessage: String?

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("PartitionId", &partitionID)
      try c.field("ErrorCode", &errorCode)
      try c.field("ErrorMessage", &errorMessage, nullableSince: 0)
    }
  }
}
