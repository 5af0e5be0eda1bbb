package import ActaModel

/// OffsetDelete, version 0, never flexible. Forgets a group's committed offsets.
package struct OffsetDeleteRequest: RequestMessage {
  package typealias Response = OffsetDeleteResponse
  package static let api = APIKey.offsetDelete

  package var groupID = ""
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("GroupId", &groupID)
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

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("PartitionIndex", &partitionIndex)
    }
  }
}

package struct OffsetDeleteResponse: ResponseMessage {
  package static let api = APIKey.offsetDelete

  package var errorCode = ErrorCode.none
  package var throttleTimeMilliseconds: Int32 = 0
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ErrorCode", &errorCode)
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
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

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("PartitionIndex", &partitionIndex)
      try c.field("ErrorCode", &errorCode)
    }
  }
}
