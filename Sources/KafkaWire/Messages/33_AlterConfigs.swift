package import ActaModel

/// AlterConfigs, versions 0–2. Puts a whole configuration in the place of each that it names.
///
/// - v1: the same as version 0.
/// - v2: flexible.
package struct AlterConfigsRequest: RequestMessage {
  package typealias Response = AlterConfigsResponse
  package static let api = APIKey.alterConfigs

  package var resources: [Resource] = []
  package var validateOnly = false

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("Resources", &resources)
    try c.field("ValidateOnly", &validateOnly)
  }

  package struct Resource: WireStruct {
    package var resourceType: Int8 = 0
    package var resourceName = ""
    package var configs: [Config] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("ResourceType", &resourceType)
      try c.field("ResourceName", &resourceName)
      try c.field("Configs", &configs)
    }
  }

  package struct Config: WireStruct {
    package var name = ""
    package var value: String?

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name)
      try c.field("Value", &value, nullableSince: 0)
    }
  }
}

package struct AlterConfigsResponse: ResponseMessage {
  package static let api = APIKey.alterConfigs

  package var throttleTimeMilliseconds: Int32 = 0
  package var responses: [Resource] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("Responses", &responses)
  }

  package struct Resource: WireStruct {
    package var errorCode = ErrorCode.none
    package var errorMessage: String?
    package var resourceType: Int8 = 0
    package var resourceName = ""

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("ErrorCode", &errorCode)
      try c.field("ErrorMessage", &errorMessage, nullableSince: 0)
      try c.field("ResourceType", &resourceType)
      try c.field("ResourceName", &resourceName)
    }
  }
}
