package import ActaModel

/// Heartbeat, versions 0–4. A member of a classic group shows that it lives.
///
/// - v1: the response has the throttle time.
/// - v3: group instance ids (static members).
/// - v4: flexible.
package struct HeartbeatRequest: RequestMessage {
  package typealias Response = HeartbeatResponse
  package static let api = APIKey.heartbeat

  package var groupID = ""
  package var generationID: Int32 = 0
  package var memberID = ""
  package var groupInstanceID: String?

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("GroupId", &groupID)
    try c.field("GenerationId", &generationID)
    try c.field("MemberId", &memberID)
    try c.field("GroupInstanceId", &groupInstanceID, since: 3, nullableSince: 3)
  }
}

package struct HeartbeatResponse: ResponseMessage {
  package static let api = APIKey.heartbeat

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds, since: 1)
    try c.field("ErrorCode", &errorCode)
  }
}
