package import ActaModel

/// DescribeClientQuotas, versions 0–1. The quotas of the users, client ids and addresses that
/// pass a filter.
///
/// - v1: flexible.
package struct DescribeClientQuotasRequest: RequestMessage {
  package typealias Response = DescribeClientQuotasResponse
  package static let api = APIKey.describeClientQuotas

  package var components: [Component] = []
  package var strict = false

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("Components", &components)
    try c.field("Strict", &strict)
  }

  package struct Component: WireStruct {
    package var entityType = ""
    package var matchType: Int8 = 0
    package var match: String?

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("EntityType", &entityType)
      try c.field("MatchType", &matchType)
      try c.field("Match", &match, nullableSince: 0)
    }
  }
}

package struct DescribeClientQuotasResponse: ResponseMessage {
  package static let api = APIKey.describeClientQuotas

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var errorMessage: String?
  package var entries: [Entry]? = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("ErrorCode", &errorCode)
    try c.field("ErrorMessage", &errorMessage, nullableSince: 0)
    try c.field("Entries", &entries, nullableSince: 0)
  }

  package struct Entry: WireStruct {
    package var entity: [QuotaEntityPart] = []
    package var values: [Value] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Entity", &entity)
      try c.field("Values", &values)
    }
  }

  package struct Value: WireStruct {
    package var key = ""
    package var value = WireDouble(0)

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Key", &key)
      try c.field("Value", &value)
    }
  }
}

/// A user, a client id or an address, by itself or as a part of whom a quota is for.
package struct QuotaEntityPart: WireStruct {
  package var entityType = ""
  /// `nil`: whoever has no quota under a name of their own.
  package var entityName: String?

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("EntityType", &entityType)
    try c.field("EntityName", &entityName, nullableSince: 0)
  }
}
