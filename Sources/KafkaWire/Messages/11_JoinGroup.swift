package import ActaModel

/// JoinGroup, versions 0–9. A member asks to take part in the group's next generation.
///
/// - v1: a rebalance timeout of its own.
/// - v2: the response has the throttle time.
/// - v4: a new member gets its id with MEMBER_ID_REQUIRED and joins again with it.
/// - v5: group instance ids (static members).
/// - v6: flexible.
/// - v7: the response has the protocol's type, and its name may be null.
/// - v8: a reason.
/// - v9: the response may tell the leader to skip the assignment.
package struct JoinGroupRequest: RequestMessage {
  package typealias Response = JoinGroupResponse
  package static let api = APIKey.joinGroup

  package var groupID = ""
  package var sessionTimeoutMilliseconds: Int32 = 0
  package var rebalanceTimeoutMilliseconds: Int32 = -1
  package var memberID = ""
  package var groupInstanceID: String?
  package var protocolType = ""
  package var protocols: [GroupProtocol] = []
  package var reason: String?

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("GroupId", &groupID)
    try c.field("SessionTimeoutMs", &sessionTimeoutMilliseconds)
    try c.field("RebalanceTimeoutMs", &rebalanceTimeoutMilliseconds, since: 1)
    try c.field("MemberId", &memberID)
    try c.field("GroupInstanceId", &groupInstanceID, since: 5, nullableSince: 5)
    try c.field("ProtocolType", &protocolType)
    try c.field("Protocols", &protocols)
    try c.field("Reason", &reason, since: 8, nullableSince: 8)
  }

  package struct GroupProtocol: WireStruct {
    package var name = ""
    package var metadata: [UInt8] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name)
      try c.field("Metadata", &metadata)
    }
  }
}

package struct JoinGroupResponse: ResponseMessage {
  package static let api = APIKey.joinGroup

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var generationID: Int32 = -1
  package var protocolType: String?
  package var protocolName: String? = ""
  package var leader = ""
  package var skipAssignment = false
  package var memberID = ""
  package var members: [Member] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds, since: 2)
    try c.field("ErrorCode", &errorCode)
    try c.field("GenerationId", &generationID)
    try c.field("ProtocolType", &protocolType, since: 7, nullableSince: 7)
    try c.field("ProtocolName", &protocolName, nullableSince: 7)
    try c.field("Leader", &leader)
    try c.field("SkipAssignment", &skipAssignment, since: 9)
    try c.field("MemberId", &memberID)
    try c.field("Members", &members)
  }

  package struct Member: WireStruct {
    package var memberID = ""
    package var groupInstanceID: String?
    package var metadata: [UInt8] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("MemberId", &memberID)
      try c.field("GroupInstanceId", &groupInstanceID, since: 5, nullableSince: 5)
      try c.field("Metadata", &metadata)
    }
  }
}
