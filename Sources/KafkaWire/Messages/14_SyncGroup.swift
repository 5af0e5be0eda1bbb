package import ActaModel

/// SyncGroup, versions 0–5. The leader hands in the assignments; every member gets its own.
///
/// - v1: the response has the throttle time.
/// - v3: group instance ids (static members).
/// - v4: flexible.
/// - v5: the protocol's type and name, in both directions.
package struct SyncGroupRequest: RequestMessage {
  package typealias Response = SyncGroupResponse
  package static let api = APIKey.syncGroup

  package var groupID = ""
  package var generationID: Int32 = 0
  package var memberID = ""
  package var groupInstanceID: String?
  package var protocolType: String?
  package var protocolName: String?
  package var assignments: [Assignment] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("GroupId", &groupID)
    try c.field("GenerationId", &generationID)
    try c.field("MemberId", &memberID)
    try c.field("GroupInstanceId", &groupInstanceID, since: 3, nullableSince: 3)
    try c.field("ProtocolType", &protocolType, since: 5, nullableSince: 5)
    try c.field("ProtocolName", &protocolName, since: 5, nullableSince: 5)
    try c.field("Assignments", &assignments)
  }

  package struct Assignment: WireStruct {
    package var memberID = ""
    package var assignment: [UInt8] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("MemberId", &memberID)
      try c.field("Assignment", &assignment)
    }
  }
}

package struct SyncGroupResponse: ResponseMessage {
  package static let api = APIKey.syncGroup

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var protocolType: String?
  package var protocolName: String?
  package var assignment: [UInt8] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds, since: 1)
    try c.field("ErrorCode", &errorCode)
    try c.field("ProtocolType", &protocolType, since: 5, nullableSince: 5)
    try c.field("ProtocolName", &protocolName, since: 5, nullableSince: 5)
    try c.field("Assignment", &assignment)
  }
}
