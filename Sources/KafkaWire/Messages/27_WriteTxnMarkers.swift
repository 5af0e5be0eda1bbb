package import ActaModel

/// WriteTxnMarkers, versions 1–2; flexible. Ends what producers have open in partitions: brokers tell each
/// other so, and an administrator who aborts a hanging transaction.
///
/// - v2: by which generation of the protocol the transaction goes.
package struct WriteTxnMarkersRequest: RequestMessage {
  package typealias Response = WriteTxnMarkersResponse
  package static let api = APIKey.writeTxnMarkers

  package var markers: [Marker] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("Markers", &markers)
  }

  package struct Marker: WireStruct {
    package var producerID: Int64 = 0
    package var producerEpoch: Int16 = 0
    /// True is a commit.
    package var transactionResult = false
    package var topics: [Topic] = []
    package var coordinatorEpoch: Int32 = 0
    package var transactionVersion: Int8 = 0

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("ProducerId", &producerID)
      try c.field("ProducerEpoch", &producerEpoch)
      try c.field("TransactionResult", &transactionResult)
      try c.field("Topics", &topics)
      try c.field("CoordinatorEpoch", &coordinatorEpoch)
      try c.field("TransactionVersion", &transactionVersion, since: 2)
    }
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

package struct WriteTxnMarkersResponse: ResponseMessage {
  package static let api = APIKey.writeTxnMarkers

  package var markers: [Marker] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("Markers", &markers)
  }

  package struct Marker: WireStruct {
    package var producerID: Int64 = 0
    package var topics: [Topic] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("ProducerId", &producerID)
      try c.field("Topics", &topics)
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
    package var errorCode = ErrorCode.none

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("PartitionIndex", &partitionIndex)
      try c.field("ErrorCode", &errorCode)
    }
  }
}
