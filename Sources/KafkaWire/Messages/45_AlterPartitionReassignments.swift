package import ActaModel

/// AlterPartitionReassignments, versions 0–1; flexible from the first. Moves partitions to other
/// brokers.
///
/// - v1: whether the number of replicas may change.
package struct AlterPartitionReassignmentsRequest: RequestMessage {
  package typealias Response = AlterPartitionReassignmentsResponse
  package static let api = APIKey.alterPartitionReassignments

  package var timeoutMilliseconds: Int32 = 60_000
  package var allowReplicationFactorChange = true
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("TimeoutMs", &timeoutMilliseconds)
    try c.field("AllowReplicationFactorChange", &allowReplicationFactorChange, since: 1)
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
    package var replicas: [Int32]?

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("PartitionIndex", &partitionIndex)
      try c.field("Replicas", &replicas, nullableSince: 0)
    }
  }
}

package struct AlterPartitionReassignmentsResponse: ResponseMessage {
  package static let api = APIKey.alterPartitionReassignments

  package var throttleTimeMilliseconds: Int32 = 0
  package var allowReplicationFactorChange = true
  package var errorCode = ErrorCode.none
  package var errorMessage: String?
  package var responses: [Topic] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("AllowReplicationFactorChange", &allowReplicationFactorChange, since: 1)
    try c.field("ErrorCode", &errorCode)
    try c.field("ErrorMessage", &errorMessage, nullableSince: 0)
    try c.field("Responses", &responses)
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
    package var errorMessage: String?

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("PartitionIndex", &partitionIndex)
      try c.field("ErrorCode", &errorCode)
      try c.field("ErrorMessage", &errorMessage, nullableSince: 0)
    }
  }
}
