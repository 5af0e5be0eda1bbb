package import ActaModel

/// EndTxn, versions 0–5. Commits or aborts a transaction.
///
/// - v2: PRODUCER_FENCED may be answered.
/// - v3: flexible.
/// - v4: TRANSACTION_ABORTABLE may be answered.
/// - v5: each end raises the producer's epoch, and the answer says who it is from then on.
package struct EndTxnRequest: RequestMessage {
  package typealias Response = EndTxnResponse
  package static let api = APIKey.endTxn

  package var transactionalID = ""
  package var producerID: Int64 = 0
  package var producerEpoch: Int16 = 0
  package var committed = false

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("TransactionalId", &transactionalID)
    try c.field("ProducerId", &producerID)
    try c.field("ProducerEpoch", &producerEpoch)
    try c.field("Committed", &committed)
  }
}

package struct EndTxnResponse: ResponseMessage {
  package static let api = APIKey.endTxn

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var producerID: Int64 = -1
  package var producerEpoch: Int16 = -1

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("ErrorCode", &errorCode)
    try c.field("ProducerId", &producerID, since: 5)
    try c.field("ProducerEpoch", &producerEpoch, since: 5)
  }
}
