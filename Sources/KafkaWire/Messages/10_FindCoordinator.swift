package import ActaModel

/// FindCoordinator, versions 0–6. Asks which node coordinates a group or a transactional id.
///
/// - v1: the key's type: group 0, transaction 1; the response has throttle time and message.
/// - v3: flexible.
/// - v4: many keys, and a result for each, in place of one.
/// - v5: TRANSACTION_ABORTABLE may be answered.
/// - v6: key type 2, share groups.
package struct FindCoordinatorRequest: RequestMessage {
  package typealias Response = FindCoordinatorResponse
  package static let api = APIKey.findCoordinator

  package var key = ""
  package var keyType: Int8 = 0
  package var coordinatorKeys: [String] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("Key", &key, until: 3)
    try c.field("KeyType", &keyType, since: 1)
    try c.field("CoordinatorKeys", &coordinatorKeys, since: 4)
  }
}

package struct FindCoordinatorResponse: ResponseMessage {
  package static let api = APIKey.findCoordinator

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var errorMessage: String?
  package var nodeID: Int32 = 0
  package var host = ""
  package var port: Int32 = 0
  package var coordinators: [Coordinator] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds, since: 1)
    try c.field("ErrorCode", &errorCode, until: 3)
    try c.field("ErrorMessage", &errorMessage, since: 1, until: 3, nullableSince: 1)
    try c.field("NodeId", &nodeID, until: 3)
    try c.field("Host", &host, until: 3)
    try c.field("Port", &port, until: 3)
    try c.field("Coordinators", &coordinators, since: 4)
  }

  package struct Coordinator: WireStruct {
    package var key = ""
    package var nodeID: Int32 = 0
    package var host = ""
    package var port: Int32 = 0
    package var errorCode = ErrorCode.none
    package var errorMessage: String?

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Key", &key)
      try c.field("NodeId", &nodeID)
      try c.field("Host", &host)
      try c.field("Port", &port)
      try c.field("ErrorCode", &errorCode)
      try c.field("ErrorMessage", &errorMessage, nullableSince: 4)
    }
  }
}
