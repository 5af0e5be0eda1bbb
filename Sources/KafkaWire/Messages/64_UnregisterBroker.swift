package import ActaModel

/// UnregisterBroker, version 0; flexible. Takes a broker that is gone off the cluster's list.
package struct UnregisterBrokerRequest: RequestMessage {
  package typealias Response = UnregisterBrokerResponse
  package static let api = APIKey.unregisterBroker

  package var brokerID: Int32 = 0

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("BrokerId", &brokerID)
  }
}

package struct UnregisterBrokerResponse: ResponseMessage {
  package static let api = APIKey.unregisterBroker

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var errorMessage: String?

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("ErrorCode", &errorCode)
    try c.field("ErrorMessage", &errorMessage, nullableSince: 0)
  }
}
