import ActaModel
import KafkaConfig
import KafkaWire
import LogStorage

/// ApiVersions, versions 0–5: what this broker speaks, straight from the table that dispatch uses.
///
/// A version above the table's is answered by `Broker` itself, before the body is looked at.
///
/// - v3: the client's software name and version are checked, and remembered for the connection;
///   features. v4: features whose range begins at 0, which Java clients of before would not take.
///   v5: a client that means another cluster or node is told to bootstrap again; one
///   that names only one of the two makes no sense.
struct ApiVersionsHandler: Handler {
  let broker: Broker

  func handle(
    _ request: ApiVersionsRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<ApiVersionsResponse>) -> Void
  ) {
    if context.version >= 3, Self.namesSoftware(request) {
      context.connection.identity.note(
        ClientSoftware(
          name: request.clientSoftwareName, version: request.clientSoftwareVersion))
    }
    var response = ApiVersionsResponse()
    response.errorCode = error(in: request, version: context.version)
    if response.errorCode == .none {
      response.apiKeys = APIVersionTable.served.map { .init($0) }
      addFeatures(to: &response, version: context.version)
    }
    respond(.response(response))
  }

  /// The epoch of features has to grow whenever they change, which only another program can do: it is the
  /// number of the start.
  private func addFeatures(to response: inout ApiVersionsResponse, version: Int16) {
    let supported = Feature.all.filter { version >= 4 || $0.supported.lowerBound > 0 }
    response.supportedFeatures = supported.map { feature in
      var supported = ApiVersionsResponse.SupportedFeature()
      supported.name = feature.name
      supported.minVersion = feature.supported.lowerBound
      supported.maxVersion = feature.supported.upperBound
      return supported
    }
    response.finalizedFeatures = Feature.all.filter { $0.level > 0 }.map { feature in
      var finalized = ApiVersionsResponse.FinalizedFeature()
      finalized.name = feature.name
      finalized.minVersionLevel = feature.level
      finalized.maxVersionLevel = feature.level
      return finalized
    }
    response.finalizedFeaturesEpoch = Int64(broker.storage.identity.leaderEpoch.value)
  }

  private func error(in request: ApiVersionsRequest, version: Int16) -> ErrorCode {
    if version >= 3, !Self.namesSoftware(request) { return .invalidRequest }
    if version >= 5, request.clusterID != nil || request.nodeID != -1 {
      guard request.clusterID != nil, request.nodeID != -1 else { return .invalidRequest }
      let isHere =
        request.clusterID == broker.storage.identity.clusterID
        && request.nodeID == broker.config.nodeID
      guard isHere else { return .rebootstrapRequired }
    }
    return .none
  }

  private static func namesSoftware(_ request: ApiVersionsRequest) -> Bool {
    isSoftwareName(request.clientSoftwareName) && isSoftwareName(request.clientSoftwareVersion)
  }

  /// A letter or digit, then letters, digits, `-` and `.`, ending in a letter or digit.
  static func isSoftwareName(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    guard let first = bytes.first, let last = bytes.last else { return false }
    return isAlphanumeric(first) && isAlphanumeric(last)
      && bytes.allSatisfy {
        isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
      }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}
