package import ActaModel

/// UnregisterController, version 0; flexible. Takes a controller that is gone off the cluster's list.
package struct UnregisterControllerRequest: RequestMessage {
  package typealias Response = UnregisterControllerResponse
  package static let api = APIKey.unregisterController

  package var controllerID: Int32 = 0

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ControllerId", &controllerID)
  }
}

package struct UnregisterControllerResponse: ResponseMessage {
  package static let api = APIKey.unregisterController

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
