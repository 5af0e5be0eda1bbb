package import ActaModel

/// CreateAcls, versions 1–3. Adds access rules.
///
/// - v1: the baseline: pattern types.
/// - v2: flexible.
/// - v3: users as resources.
package struct CreateAclsRequest: RequestMessage {
  package typealias Response = CreateAclsResponse
  package static let api = APIKey.createACLs

  package var creations: [Creation] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("Creations", &creations)
  }

  package struct Creation: WireStruct {
    package var resourceType: Int8 = 0
    package var resourceName = ""
    package var resourcePatternType: Int8 = 3
    package var principal = ""
    package var host = ""
    package var operation: Int8 = 0
    package var permissionType: Int8 = 0

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("ResourceType", &resourceType)
      try c.field("ResourceName", &resourceName)
      try c.field("ResourcePatternType", &resourcePatternType)
      try c.field("Principal", &principal)
      try c.field("Host", &host)
      try c.field("Operation", &operation)
      try c.field("PermissionType", &permissionType)
    }
  }
}

package struct CreateAclsResponse: ResponseMessage {
  package static let api = APIKey.createACLs

  package var throttleTimeMilliseconds: Int32 = 0
  package var results: [Result] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("Results", &results)
  }

  package struct Result: WireStruct {
    package var errorCode = ErrorCode.none
    package var errorMessage: String?

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("ErrorCode", &errorCode)
      try c.field("ErrorMessage", &errorMessage, nullableSince: 0)
    }
  }
}
