package import ActaModel

/// AddPartitionsToTxn, versions 0–5. Takes partitions into a transaction before they are written to.
///
/// - v0–3: what clients send, about one transaction.
/// - v2: PRODUCER_FENCED may be answered.
/// - v3: flexible.
/// - v4: what brokers send each other: many transactions, each to be added to or only looked at, and an
///   error of the whole request.
/// - v5: TRANSACTION_ABORTABLE may be answered.
package struct AddPartitionsToTxnRequest: RequestMessage {
  package typealias Response = AddPartitionsToTxnResponse
  package static let api = APIKey.addPartitionsToTxn

  package var transactions: [Transaction] = []
  package var transactionalID = ""
  package var producerID: Int64 = 0
  package var producerEpoch: Int16 = 0
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("Transactions", &transactions, since: 4)
    try c.field("V3AndBelowTransactionalId", &transactionalID, until: 3)
    try c.field("V3AndBelowProducerId", &producerID, until: 3)
    try c.field("V3AndBelowProducerEpoch", &producerEpoch, until: 3)
    try c.field("V3AndBelowTopics", &topics, until: 3)
  }

  package struct Transaction: WireStruct {
    package var transactionalID = ""
    package var producerID: Int64 = 0
    package var producerEpoch: Int16 = 0
    package var verifyOnly = false
    package var topics: [Topic] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("TransactionalId", &transactionalID)
      try c.field("ProducerId", &producerID)
      try c.field("ProducerEpoch", &producerEpoch)
      try c.field("VerifyOnly", &verifyOnly)
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

package struct AddPartitionsToTxnResponse: ResponseMessage {
  package static let api = APIKey.addPartitionsToTxn

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var resultsByTransaction: [Transaction] = []
  package var results: [Topic] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("ErrorCode", &errorCode, since: 4)
    try c.field("ResultsByTransaction", &resultsByTransaction, since: 4)
    try c.field("ResultsByTopicV3AndBelow", &results, until: 3)
  }

  package struct Transaction: WireStruct {
    package var transactionalID = ""
    package var topics: [Topic] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("TransactionalId", &transactionalID)
      try c.field("TopicResults", &topics)
    }
  }

  package struct Topic: WireStruct {
    package var name = ""
    package var partitions: [Partition] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name)
      try c.field("ResultsByPartition", &partitions)
    }
  }

  package struct Partition: WireStruct {
    package var partitionIndex: Int32 = 0
    package var errorCode = ErrorCode.none

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("PartitionIndex", &partitionIndex)
      try c.field("PartitionErrorCode", &errorCode)
    }
  }
}
