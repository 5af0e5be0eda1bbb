package import ActaModel

/// DeleteRecords, versions 0–2. Moves a partition's log start offset up.
///
/// - v2: flexible.
package struct DeleteRecordsRequest: RequestMessage {
  package typealias Response = DeleteRecordsResponse
  package static let api = APIKey.deleteRecords

  package var topics: [Topic] = []
  package var timeoutMilliseconds: Int32 = 0

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("Topics", &topics)
    try c.field("TimeoutMs", &timeoutMilliseconds)
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
    /// The first offset to keep; -1 is the high watermark.
    package var offset: Int64 = 0

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("PartitionIndex", &partitionIndex)
      try c.field("Offset", &offset)
    }
  }
}

package struct DeleteRecordsResponse: ResponseMessage {
  package static let api = APIKey.deleteRecords

  package var throttleTimeMilliseconds: Int32 = 0
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
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
    package var lowWatermark: Int64 = 0
    package var errorCode = ErrorCode.none

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("PartitionIndex", &partitionIndex)
      try c.field("LowWatermark", &lowWatermark)
      try c.field("ErrorCode", &errorCode)
    }
  }
}
