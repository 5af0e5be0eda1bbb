package import ActaModel

/// DescribeLogDirs, versions 1–5. Sizes of partitions, by the directory that holds them.
///
/// - v1: the baseline.
/// - v2: flexible.
/// - v3: the response has an error code of its own.
/// - v4: total and usable bytes of the directory.
/// - v5: whether the directory is cordoned.
package struct DescribeLogDirsRequest: RequestMessage {
  package typealias Response = DescribeLogDirsResponse
  package static let api = APIKey.describeLogDirs

  /// `nil` asks for all.
  package var topics: [Topic]? = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("Topics", &topics, nullableSince: 0)
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

package struct DescribeLogDirsResponse: ResponseMessage {
  package static let api = APIKey.describeLogDirs

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var results: [LogDir] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("ErrorCode", &errorCode, since: 3)
    try c.field("Results", &results)
  }

  package struct LogDir: WireStruct {
    package var errorCode = ErrorCode.none
    package var logDir = ""
    package var topics: [Topic] = []
    package var totalBytes: Int64 = -1
    package var usableBytes: Int64 = -1
    package var isCordoned = false

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("ErrorCode", &errorCode)
      try c.field("LogDir", &logDir)
      try c.field("Topics", &topics)
      try c.field("TotalBytes", &totalBytes, since: 4)
      try c.field("UsableBytes", &usableBytes, since: 4)
      try c.field("IsCordoned", &isCordoned, since: 5)
    }
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
    package var partitionSize: Int64 = 0
    package var offsetLag: Int64 = 0
    package var isFutureKey = false

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("PartitionIndex", &partitionIndex)
      try c.field("PartitionSize", &partitionSize)
      try c.field("OffsetLag", &offsetLag)
      try c.field("IsFutureKey", &isFutureKey)
    }
  }
}
