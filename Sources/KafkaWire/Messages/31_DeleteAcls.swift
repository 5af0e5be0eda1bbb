package import ActaModel

/// DeleteAcls, versions 1–3. Removes the access rules that pass one of the filters.
///
/// - v1: the baseline: pattern types.
/// - v2: flexible.
/// - v3: users as resources.
package struct DeleteAclsRequest: RequestMessage {
  package typealias Response = DeleteAclsResponse
  package static let api = APIKey.deleteACLs

  package var filters: [ACLFilter] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("Filters", &filters)
  }
}

package struct DeleteAclsResponse: ResponseMessage {
  package static let api = APIKey.deleteACLs

  package var throttleTimeMilliseconds: Int32 = 0
  package var filterResults: [FilterResult] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("FilterResults", &filterResults)
  }

  package struct FilterResult: WireStruct {
    package var errorCode = ErrorCode.none
    package var errorMessage: String?
    package var matchingACLs: [MatchingACL] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("ErrorCode", &errorCode)
      try c.field("ErrorMessage", &errorMessage, nullableSince: 0)
      try c.field("MatchingAcls", &matchingACLs)
    }
  }

  package struct MatchingACL: WireStruct {
    package var errorCode = ErrorCode.none
    package var errorMessage: String?
    package var resourceType: Int8 = 0
    package var resourceName = ""
    package var patternType: Int8 = 3
    package var principal = ""
    package var host = ""
    package var operation: Int8 = 0
    package var permissionType: Int8 = 0

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("ErrorCode", &errorCode)
      try c.field("ErrorMessage", &errorMessage, nullableSince: 0)
      try c.field("ResourceType", &resourceType)
      try c.field("ResourceName", &resourceName)
      try c.field("PatternType", &patternType)
      try c.field("Principal", &principal)
      try c.field("Host", &host)
      try c.field("Operation", &operation)
      try c.field("PermissionType", &permissionType)
    }
  }
}
