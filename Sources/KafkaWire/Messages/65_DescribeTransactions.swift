package import ActaModel

/// DescribeTransactions, version 0; flexible. How far the transactions of these ids have come.
package struct DescribeTransactionsRequest: RequestMessage {
  package typealias Response = DescribeTransactionsResponse
  package static let api = APIKey.describeTransactions

  package var transactionalIDs: [String] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("TransactionalIds", &transactionalIDs)
  }
}

package struct DescribeTransactionsResponse: ResponseMessage {
  package static let api = APIKey.describeTransactions

  package var throttleTimeMilliseconds: Int32 = 0
  package var transactionStates: [Transaction] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("TransactionStates", &transactionStates)
  }

  package struct Transaction: WireStruct {
    package var errorCode = ErrorCode.none
    package var transactionalID = ""
    package var state = ""
    package var timeoutMilliseconds: Int32 = 0
    /// Epoch milliseconds; -1 if none is ongoing.
    package var startTimeMilliseconds: Int64 = 0
    package var producerID: Int64 = 0
    package var producerEpoch: Int16 = 0
    package var topics: [Topic] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("ErrorCode", &errorCode)
      try c.field("TransactionalId", &transactionalID)
      try c.field("TransactionState", &state)
      try c.field("TransactionTimeoutMs", &timeoutMilliseconds)
      try c.field("TransactionStartTimeMs", &startTimeMilliseconds)
      try c.field("ProducerId", &producerID)
      try c.field("ProducerEpoch", &producerEpoch)
      try c.field("Topics", &topics)
    }
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
