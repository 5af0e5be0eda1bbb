/// IncrementalAlterConfigs, versions 0–1. Changes single keys of configurations.
///
/// - v1: flexible.
package struct IncrementalAlterConfigsRequest: RequestMessage {
  package typealias Response = IncrementalAlterConfigsResponse
  package static let api = APIKey.incrementalAlterConfigs

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
    /// 0 sets, 1 deletes, 2 appends to a list, 3 takes from one.
    package var configOperation: Int8 = 0
    package var value: String?

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name)
      try c.field("ConfigOperation", &configOperation)
      try c.field("Value", &value, nullableSince: 0)
    }
  }
}

package struct IncrementalAlterConfigsResponse: ResponseMessage {
  /// Of the same layout in every version of both.
  package typealias Resource = AlterConfigsResponse.Resource

  package static let api = APIKey.incrementalAlterConfigs

  package var throttleTimeMilliseconds: Int32 = 0
  package var responses: [Resource] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("Responses", &responses)
  }
}
