package import ActaModel

/// DescribeProducers, version 0; flexible. What partitions know of those who produce to them.
package struct DescribeProducersRequest: RequestMessage {
  package typealias Response = DescribeProducersResponse
  package static let api = APIKey.describeProducers

  package var topics: [Topic] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("Topics", &topics)
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

package struct DescribeProducersResponse: ResponseMessage {
  package static let api = APIKey.describeProducers

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
    package var errorCode = ErrorCode.none
    package var errorMessage: String?
    package var activeProducers: [Producer] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("PartitionIndex", &partitionIndex)
      try c.field("ErrorCode", &errorCode)
      try c.field("ErrorMessage", &errorMessage, nullableSince: 0)
      try c.field("ActiveProducers", &activeProducers)
    }
  }

  package struct Producer: WireStruct {
    package var producerID: Int64 = 0
    package var producerEpoch: Int32 = 0
    package var lastSequence: Int32 = -1
    package var lastTimestamp: Int64 = -1
    package var coordinatorEpoch: Int32 = 0
    package var currentTransactionStartOffset: Int64 = -1

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("ProducerId", &producerID)
      try c.field("ProducerEpoch", &producerEpoch)
      try c.field("LastSequence", &lastSequence)
      try c.field("LastTimestamp", &lastTimestamp)
      try c.field("CoordinatorEpoch", &coordinatorEpoch)
      try c.field("CurrentTxnStartOffset", &currentTransactionStartOffset)
    }
  }
}
