package import ActaModel

/// ListGroups, versions 0–5.
///
/// - v1: the response has the throttle time.
/// - v3: flexible.
/// - v4: states, and a filter by them.
/// - v5: types, and a filter by them.
package struct ListGroupsRequest: RequestMessage {
  package typealias Response = ListGroupsResponse
  package static let api = APIKey.listGroups

  package var statesFilter: [String] = []
  package var typesFilter: [String] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("StatesFilter", &statesFilter, since: 4)
    try c.field("TypesFilter", &typesFilter, since: 5)
  }
}

package struct ListGroupsResponse: ResponseMessage {
  package static let api = APIKey.listGroups

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var groups: [Group] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds, since: 1)
    try c.field("ErrorCode", &errorCode)
    try c.field("Groups", &groups)
  }

  package struct Group: WireStruct {
    package var groupID = ""
    package var protocolType = ""
    package var groupState = ""
    package var groupType = ""

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("GroupId", &groupID)
      try c.field("ProtocolType", &protocolType)
      try c.field("GroupState", &groupState, since: 4)
      try c.field("GroupType", &groupType, since: 5)
    }
  }
}
