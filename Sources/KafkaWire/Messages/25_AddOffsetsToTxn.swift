package import ActaModel

/// AddOffsetsToTxn, versions 0–4. Takes a group into a transaction that is to commit positions of it.
///
/// - v2: PRODUCER_FENCED may be answered.
/// - v3: flexible.
/// - v4: TRANSACTION_ABORTABLE may be answered.
package struct AddOffsetsToTxnRequest: RequestMessage {
  package typealias Response = AddOffsetsToTxnResponse
  package static let api = APIKey.addOffsetsToTxn

  package var transactionalID = ""
  package var producerID: Int64 = 0
  package var producerEpoch: Int16 = 0
  package var groupID = ""

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("TransactionalId", &transactionalID)
    try c.field("ProducerId", &producerID)
    try c.field("ProducerEpoch", &producerEpoch)
    try c.field("GroupId", &groupID)
  }
}

package struct AddOffsetsToTxnResponse: ResponseMessage {
  package static let api = APIKey.addOffsetsToTxn

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("ErrorCode", &errorCode)
  }
}
