package import ActaModel

/// ListPartitionReassignments, version 0; flexible. The partitions that are being moved.
package struct ListPartitionReassignmentsRequest: RequestMessage {
  package typealias Response = ListPartitionReassignmentsResponse
  package static let api = APIKey.listPartitionReassignments

  package var timeoutMilliseconds: Int32 = 60_000
  package var topics: [Topic]?

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("TimeoutMs", &timeoutMilliseconds)
    try c.field("Topics", &topics, nullableSince: 0)
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
}

package struct ListPartitionReassignmentsResponse: ResponseMessage {
  package static let api = APIKey.listPartitionReassignments

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var errorMessage: String?
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("ErrorCode", &errorCode)
    try c.field("ErrorMessage", &errorMessage, nullableSince: 0)
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
    package var replicas: [Int32] = []
    package var addingReplicas: [Int32] = []
    package var removingReplicas: [Int32] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("PartitionIndex", &partitionIndex)
      try c.field("Replicas", &replicas)
      try c.field("AddingReplicas", &addingReplicas)
      try c.field("RemovingReplicas", &removingReplicas)
    }
  }
}
