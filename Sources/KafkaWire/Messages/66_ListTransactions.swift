package import ActaModel

/// ListTransactions, versions 0–2; flexible. The transactional ids that there are.
///
/// - v1: a filter by how long they are running. v2: one by a pattern over ids.
package struct ListTransactionsRequest: RequestMessage {
  package typealias Response = ListTransactionsResponse
  package static let api = APIKey.listTransactions

  package var stateFilters: [String] = []
  package var producerIDFilters: [Int64] = []
  /// Milliseconds; -1 for none.
  package var durationFilter: Int64 = -1
  package var transactionalIDPattern: String?

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("StateFilters", &stateFilters)
    try c.field("ProducerIdFilters", &producerIDFilters)
    try c.field("DurationFilter", &durationFilter, since: 1)
    try c.field("TransactionalIdPattern", &transactionalIDPattern, since: 2, nullableSince: 2)
  }
}

package struct ListTransactionsResponse: ResponseMessage {
  package static let api = APIKey.listTransactions

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var unknownStateFilters: [String] = []
  package var transactionStates: [Transaction] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("ErrorCode", &errorCode)
    try c.field("UnknownStateFilters", &unknownStateFilters)
    try c.field("TransactionStates", &transactionStates)
  }

  package struct Transaction: WireStruct {
    package var transactionalID = ""
    package var producerID: Int64 = 0
    package var state = ""

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("TransactionalId", &transactionalID)
      try c.field("ProducerId", &producerID)
      try c.field("TransactionState", &state)
    }
  }
}
