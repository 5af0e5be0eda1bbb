package import ActaModel

/// ListConfigResources, versions 0–1. What there is that has a configuration.
///
/// - v0: subscriptions to clients' metrics only (ListClientMetricsResources, by its older name).
/// - v1: kinds to ask for, and the kind of each that is named.
package struct ListConfigResourcesRequest: RequestMessage {
  package typealias Response = ListConfigResourcesResponse
  package static let api = APIKey.listConfigResources

  /// Empty asks for all kinds.
  package var resourceTypes: [Int8] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ResourceTypes", &resourceTypes, since: 1)
  }
}

package struct ListConfigResourcesResponse: ResponseMessage {
  package static let api = APIKey.listConfigResources

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var configResources: [Resource] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("ErrorCode", &errorCode)
    try c.field("ConfigResources", &configResources)
  }

  package struct Resource: WireStruct {
    package var resourceName = ""
    /// Client metrics, where nothing else is named.
    package var resourceType: Int8 = 16

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("ResourceName", &resourceName)
      try c.field("ResourceType", &resourceType, since: 1)
    }
  }
}
