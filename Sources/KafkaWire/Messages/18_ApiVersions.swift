package import ActaModel

/// ApiVersions, versions 0–5. Asks what the broker speaks; the first request on a connection, sent
/// before the client knows anything, so every version of it is answered (KafkaWire/PROTOCOL.md §4).
///
/// - v1: the response has the throttle time.
/// - v3: flexible (but never the response's header); the client names its software; the response
///   has features, all tagged.
/// - v4: a supported feature's minimum may be 0.
/// - v5: the client may name the cluster and node that it expects to reach.
package struct ApiVersionsRequest: RequestMessage {
  package typealias Response = ApiVersionsResponse
  package static let api = APIKey.apiVersions

  package var clientSoftwareName = ""
  package var clientSoftwareVersion = ""
  package var clusterID: String?
  package var nodeID: Int32 = -1

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ClientSoftwareName", &clientSoftwareName, since: 3)
    try c.field("ClientSoftwareVersion", &clientSoftwareVersion, since: 3)
    try c.field("ClusterId", &clusterID, since: 5, nullableSince: 5)
    try c.field("NodeId", &nodeID, since: 5)
  }
}

package struct ApiVersionsResponse: ResponseMessage {
  package static let api = APIKey.apiVersions

  package var errorCode = ErrorCode.none
  package var apiKeys: [ApiVersion] = []
  package var throttleTimeMilliseconds: Int32 = 0
  package var supportedFeatures: [SupportedFeature] = []
  package var finalizedFeaturesEpoch: Int64 = -1
  package var finalizedFeatures: [FinalizedFeature] = []
  package var zkMigrationReady = false

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ErrorCode", &errorCode)
    try c.field("ApiKeys", &apiKeys)
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds, since: 1)
    try c.tagged(0, "SupportedFeatures", &supportedFeatures, since: 3, default: [])
    try c.tagged(1, "FinalizedFeaturesEpoch", &finalizedFeaturesEpoch, since: 3, default: -1)
    try c.tagged(2, "FinalizedFeatures", &finalizedFeatures, since: 3, default: [])
    try c.tagged(3, "ZkMigrationReady", &zkMigrationReady, since: 3, default: false)
  }

  package struct ApiVersion: WireStruct {
    package var apiKey: Int16 = 0
    package var minVersion: Int16 = 0
    package var maxVersion: Int16 = 0

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("ApiKey", &apiKey)
      try c.field("MinVersion", &minVersion)
      try c.field("MaxVersion", &maxVersion)
    }
  }

  package struct SupportedFeature: WireStruct {
    package var name = ""
    package var minVersion: Int16 = 0
    package var maxVersion: Int16 = 0

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name)
      try c.field("MinVersion", &minVersion)
      try c.field("MaxVersion", &maxVersion)
    }
  }

  package struct FinalizedFeature: WireStruct {
    package var name = ""
    package var maxVersionLevel: Int16 = 0
    package var minVersionLevel: Int16 = 0

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name)
      try c.field("MaxVersionLevel", &maxVersionLevel)
      try c.field("MinVersionLevel", &minVersionLevel)
    }
  }
}

extension ApiVersionsResponse.ApiVersion {
  /// What the broker advertises of one API.
  package init(_ versions: APIVersions) {
    apiKey = versions.key.rawValue
    minVersion = versions.advertised.lowerBound
    maxVersion = versions.advertised.upperBound
  }
}

extension ApiVersionsResponse {
  /// The answer to a version that is not served, to be encoded as version 0: the client tries again
  /// with one that is.
  package static var unsupportedVersion: ApiVersionsResponse {
    var response = ApiVersionsResponse()
    response.errorCode = .unsupportedVersion
    response.apiKeys = APIVersionTable.versions(of: .apiVersions).map { [.init($0)] } ?? []
    return response
  }
}
