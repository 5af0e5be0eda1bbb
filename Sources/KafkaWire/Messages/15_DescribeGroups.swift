package import ActaModel

/// DescribeGroups, versions 0–6. Classic groups and their members.
///
/// - v1: the response has the throttle time.
/// - v3: authorized operations.
/// - v4: group instance ids (static members).
/// - v5: flexible.
/// - v6: messages; an unknown group is GROUP_ID_NOT_FOUND and no longer a dead one.
package struct DescribeGroupsRequest: RequestMessage {
  package typealias Response = DescribeGroupsResponse
  package static let api = APIKey.describeGroups

  package var groups: [String] = []
  package var includeAuthorizedOperations = false

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("Groups", &groups)
    try c.field("IncludeAuthorizedOperations", &includeAuthorizedOperations, since: 3)
  }
}

package struct DescribeGroupsResponse: ResponseMessage {
  package static let api = APIKey.describeGroups

  package var throttleTimeMilliseconds: Int32 = 0
  package var groups: [Group] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds, since: 1)
    try c.field("Groups", &groups)
  }

  package struct Group: WireStruct {
    package var errorCode = ErrorCode.none
    package var errorMessage: String?
    package var groupID = ""
    package var groupState = ""
    package var protocolType = ""
    package var protocolData = ""
    package var members: [Member] = []
    package var authorizedOperations = Int32.min

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("ErrorCode", &errorCode)
      try c.field("ErrorMessage", &errorMessage, since: 6, nullableSince: 6)
      try c.field("GroupId", &groupID)
      try c.field("GroupState", &groupState)
      try c.field("ProtocolType", &protocolType)
      try c.field("ProtocolData", &protocolData)
      try c.field("Members", &members)
      try c.field("AuthorizedOperations", &authorizedOperations, since: 3)
    }
  }

  package struct Member: WireStruct {
    package var memberID = ""
    package var groupInstanceID: String?
    package var clientID = ""
    package var clientHost = ""
    package var memberMetadata: [UInt8] = []
    package var memberAssignment: [UInt8] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("MemberId", &memberID)
      try c.field("GroupInstanceId", &groupInstanceID, since: 4, nullableSince: 4)
      try c.field("ClientId", &clientID)
      try c.field("ClientHost", &clientHost)
      try c.field("MemberMetadata", &memberMetadata)
      try c.field("MemberAssignment", &memberAssignment)
    }
  }
}
