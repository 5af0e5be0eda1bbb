package import ActaModel

/// LeaveGroup, versions 0–5.
///
/// - v1: the response has the throttle time.
/// - v3: many members at once, by member id or group instance id.
/// - v4: flexible.
/// - v5: reasons.
package struct LeaveGroupRequest: RequestMessage {
  package typealias Response = LeaveGroupResponse
  package static let api = APIKey.leaveGroup

  package var groupID = ""
  /// Up to v2.
  package var memberID = ""
  /// From v3.
  package var members: [Member] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("GroupId", &groupID)
    try c.field("MemberId", &memberID, until: 2)
    try c.field("Members", &members, since: 3)
  }

  package struct Member: WireStruct {
    package var memberID = ""
    package var groupInstanceID: String?
    package var reason: String?

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("MemberId", &memberID)
      try c.field("GroupInstanceId", &groupInstanceID, nullableSince: 3)
      try c.field("Reason", &reason, since: 5, nullableSince: 5)
    }
  }
}

package struct LeaveGroupResponse: ResponseMessage {
  package static let api = APIKey.leaveGroup

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var members: [Member] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds, since: 1)
    try c.field("ErrorCode", &errorCode)
    try c.field("Members", &members, since: 3)
  }

  package struct Member: WireStruct {
    package var memberID = ""
    package var groupInstanceID: String?
    package var errorCode = ErrorCode.none

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("MemberId", &memberID)
      try c.field("GroupInstanceId", &groupInstanceID, nullableSince: 3)
      try c.field("ErrorCode", &errorCode)
    }
  }
}
