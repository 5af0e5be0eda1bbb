package import ActaModel

/// DescribeAcls, versions 1–3. The access rules that pass a filter.
///
/// - v1: the baseline: pattern types.
/// - v2: flexible.
/// - v3: users as resources.
package struct DescribeAclsRequest: RequestMessage {
  package typealias Response = DescribeAclsResponse
  package static let api = APIKey.describeACLs

  package var filter = ACLFilter()

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try filter.fields(&c)
  }
}

/// Which access rules are meant: a request's own fields in DescribeAcls, one of many filters in DeleteAcls.
package struct ACLFilter: WireStruct {
  package var resourceTypeFilter: Int8 = 0
  package var resourceNameFilter: String?
  package var patternTypeFilter: Int8 = 3
  package var principalFilter: String?
  package var hostFilter: String?
  package var operation: Int8 = 0
  package var permissionType: Int8 = 0

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ResourceTypeFilter", &resourceTypeFilter)
    try c.field("ResourceNameFilter", &resourceNameFilter, nullableSince: 0)
    try c.field("PatternTypeFilter", &patternTypeFilter)
    try c.field("PrincipalFilter", &principalFilter, nullableSince: 0)
    try c.field("HostFilter", &hostFilter, nullableSince: 0)
    try c.field("Operation", &operation)
    try c.field("PermissionType", &permissionType)
  }
}

package struct DescribeAclsResponse: ResponseMessage {
  package static let api = APIKey.describeACLs

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var errorMessage: String?
  package var resources: [Resource] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("ErrorCode", &errorCode)
    try c.field("ErrorMessage", &errorMessage, nullableSince: 0)
    try c.field("Resources", &resources)
  }

  package struct Resource: WireStruct {
    package var resourceType: Int8 = 0
    package var resourceName = ""
    package var patternType: Int8 = 3
    package var acls: [ACL] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("ResourceType", &resourceType)
      try c.field("ResourceName", &resourceName)
      try c.field("PatternType", &patternType)
      try c.field("Acls", &acls)
    }
  }

  package struct ACL: WireStruct {
    package var principal = ""
    package var host = ""
    package var operation: Int8 = 0
    package var permissionType: Int8 = 0

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Principal", &principal)
      try c.field("Host", &host)
      try c.field("Operation", &operation)
      try c.field("PermissionType", &permissionType)
    }
  }
}
