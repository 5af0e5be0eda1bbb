package import ActaModel

/// DescribeConfigs, versions 1–4.
///
/// - v1: the baseline: where a value comes from, and its synonyms.
/// - v3: types and documentation.
/// - v4: flexible.
package struct DescribeConfigsRequest: RequestMessage {
  package typealias Response = DescribeConfigsResponse
  package static let api = APIKey.describeConfigs

  package var resources: [Resource] = []
  package var includeSynonyms = false
  package var includeDocumentation = false

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("Resources", &resources)
    try c.field("IncludeSynonyms", &includeSynonyms)
    try c.field("IncludeDocumentation", &includeDocumentation, since: 3)
  }

  package struct Resource: WireStruct {
    package var resourceType: Int8 = 0
    package var resourceName = ""
    /// `nil` or empty asks for all.
    package var configurationKeys: [String]?

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("ResourceType", &resourceType)
      try c.field("ResourceName", &resourceName)
      try c.field("ConfigurationKeys", &configurationKeys, nullableSince: 0)
    }
  }
}

package struct DescribeConfigsResponse: ResponseMessage {
  package static let api = APIKey.describeConfigs

  package var throttleTimeMilliseconds: Int32 = 0
  package var results: [Resource] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("Results", &results)
  }

  package struct Resource: WireStruct {
    package var errorCode = ErrorCode.none
    package var errorMessage: String?
    package var resourceType: Int8 = 0
    package var resourceName = ""
    package var configs: [Config] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("ErrorCode", &errorCode)
      try c.field("ErrorMessage", &errorMessage, nullableSince: 0)
      try c.field("ResourceType", &resourceType)
      try c.field("ResourceName", &resourceName)
      try c.field("Configs", &configs)
    }
  }

  package struct Config: WireStruct {
    package var name = ""
    package var value: String?
    package var readOnly = false
    package var configSource: Int8 = -1
    package var isSensitive = false
    package var synonyms: [Synonym] = []
    package var configType: Int8 = 0
    package var documentation: String?

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name)
      try c.field("Value", &value, nullableSince: 0)
      try c.field("ReadOnly", &readOnly)
      try c.field("ConfigSource", &configSource)
      try c.field("IsSensitive", &isSensitive)
      try c.field("Synonyms", &synonyms)
      try c.field("ConfigType", &configType, since: 3)
      try c.field("Documentation", &documentation, since: 3, nullableSince: 0)
    }
  }

  /// A value that stands behind a config under this or another name, from the one in force down to
  /// the default.
  package struct Synonym: WireStruct {
    package var name = ""
    package var value: String?
    package var source: Int8 = 0

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name)
      try c.field("Value", &value, nullableSince: 0)
      try c.field("Source", &source)
    }
  }
}
