package import ActaModel

/// AlterClientQuotas, versions 0–1. Sets and removes quotas of users, client ids and addresses.
///
/// - v1: flexible.
package struct AlterClientQuotasRequest: RequestMessage {
  package typealias Response = AlterClientQuotasResponse
  package static let api = APIKey.alterClientQuotas

  package var entries: [Entry] = []
  package var validateOnly = false

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("Entries", &entries)
    try c.field("ValidateOnly", &validateOnly)
  }

  package struct Entry: WireStruct {
    package var entity: [QuotaEntityPart] = []
    package var operations: [Operation] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Entity", &entity)
      try c.field("Ops", &operations)
    }
  }

  package struct Operation: WireStruct {
    package var key = ""
    package var value = WireDouble(0)
    package var remove = false

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Key", &key)
      try c.field("Value", &value)
      try c.field("Remove", &remove)
    }
  }
}

package struct AlterClientQuotasResponse: ResponseMessage {
  package static let api = APIKey.alterClientQuotas

  package var throttleTimeMilliseconds: Int32 = 0
  package var entries: [Entry] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("Entries", &entries)
  }

  package struct Entry: WireStruct {
    package var errorCode = ErrorCode.none
    package var errorMessage: String?
    package var entity: [QuotaEntityPart] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("ErrorCode", &errorCode)
      try c.field("ErrorMessage", &errorMessage, nullableSince: 0)
      try c.field("Entity", &entity)
    }
  }
}
