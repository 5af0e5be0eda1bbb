package import ActaModel

/// InitProducerId, versions 0–5. Hands out a producer id and epoch, and fences earlier users of a
/// transactional id.
///
/// - v2: flexible.
/// - v3: the client may carry its present id and epoch, to go on with the next epoch.
/// - v4: PRODUCER_FENCED may be answered.
/// - v5: TRANSACTION_ABORTABLE may be answered.
package struct InitProducerIdRequest: RequestMessage {
  package typealias Response = InitProducerIdResponse
  package static let api = APIKey.initProducerID

  package var transactionalID: String?
  package var transactionTimeoutMilliseconds: Int32 = 0
  package var producerID: Int64 = -1
  package var producerEpoch: Int16 = -1

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("TransactionalId", &transactionalID, nullableSince: 0)
    try c.field("TransactionTimeoutMs", &transactionTimeoutMilliseconds)
    try c.field("ProducerId", &producerID, since: 3)
    try c.field("ProducerEpoch", &producerEpoch, since: 3)
  }
}

package struct InitProducerIdResponse: ResponseMessage {
  package static let api = APIKey.initProducerID

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var producerID: Int64 = -1
  package var producerEpoch: Int16 = 0

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("ErrorCode", &errorCode)
    try c.field("ProducerId", &producerID)
    try c.field("ProducerEpoch", &producerEpoch)
  }
}
