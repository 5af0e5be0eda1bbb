package import ActaModel

/// DeleteGroups, versions 0–3.
///
/// - v2: flexible.
/// - v3: the response has messages; GROUP_DELETION_FAILED may be answered.
package struct DeleteGroupsRequest: RequestMessage {
  package typealias Response = DeleteGroupsResponse
  package static let api = APIKey.deleteGroups

  package var groupsNames: [String] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("GroupsNames", &groupsNames)
  }
}

package struct DeleteGroupsResponse: ResponseMessage {
  package static let api = APIKey.deleteGroups

  package var throttleTimeMilliseconds: Int32 = 0
  package var results: [Group] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("Results", &results)
  }

  package struct Group: WireStruct {
    package var groupID = ""
    package var errorCode = ErrorCode.none
    package var errorMessage: String?

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("GroupId", &groupID)
      try c.field("ErrorCode", &errorCode)
      try c.field("ErrorMessage", &errorMessage, since: 3, nullableSince: 3)
    }
  }
}
