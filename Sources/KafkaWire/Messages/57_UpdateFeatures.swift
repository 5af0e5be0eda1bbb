package import ActaModel

/// UpdateFeatures, versions 0–2; flexible from the first. Raises or lowers the level of features.
///
/// - v1: the kind of update in place of a permission; only asking.
/// - v2: one verdict on all of them.
package struct UpdateFeaturesRequest: RequestMessage {
  package typealias Response = UpdateFeaturesResponse
  package static let api = APIKey.updateFeatures

  package var timeoutMilliseconds: Int32 = 60_000
  package var featureUpdates: [Update] = []
  package var validateOnly = false

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("timeoutMs", &timeoutMilliseconds)
    try c.field("FeatureUpdates", &featureUpdates)
    try c.field("ValidateOnly", &validateOnly, since: 1)
  }

  package struct Update: WireStruct {
    package var feature = ""
    package var maxVersionLevel: Int16 = 0
    package var allowDowngrade = false
    package var upgradeType: Int8 = 1

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Feature", &feature)
      try c.field("MaxVersionLevel", &maxVersionLevel)
      try c.field("AllowDowngrade", &allowDowngrade, until: 0)
      try c.field("UpgradeType", &upgradeType, since: 1)
    }
  }
}

package struct UpdateFeaturesResponse: ResponseMessage {
  package static let api = APIKey.updateFeatures

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var errorMessage: String?
  package var results: [Result] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("ErrorCode", &errorCode)
    try c.field("ErrorMessage", &errorMessage, nullableSince: 0)
    try c.field("Results", &results, until: 1)
  }

  package struct Result: WireStruct {
    package var feature = ""
    package var errorCode = ErrorCode.none
    package var errorMessage: String?

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Feature", &feature)
      try c.field("ErrorCode", &errorCode)
      try c.field("ErrorMessage", &errorMessage, nullableSince: 0)
    }
  }
}
