package import ActaModel

/// AlterReplicaLogDirs, versions 1–2. Moves partitions to other directories of the same broker.
///
/// - v1: the baseline.
/// - v2: flexible.
package struct AlterReplicaLogDirsRequest: RequestMessage {
  package typealias Response = AlterReplicaLogDirsResponse
  package static let api = APIKey.alterReplicaLogDirs

  package var dirs: [Dir] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("Dirs", &dirs)
  }

  package struct Dir: WireStruct {
    package var path = ""
    package var topics: [Topic] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Path", &path)
      try c.field("Topics", &topics)
    }
  }

  package struct Topic: WireStruct {
    package var name = ""
    package var partitions: [Int32] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name)
      try c.field("Partitions", &partitions)
    }
  }
}

package struct AlterReplicaLogDirsResponse: ResponseMessage {
  package static let api = APIKey.alterReplicaLogDirs

  package var throttleTimeMilliseconds: Int32 = 0
  package var results: [Topic] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("Results", &results)
  }

  package struct Topic: WireStruct {
    package var topicName = ""
    package var partitions: [Partition] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("TopicName", &topicName)
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
