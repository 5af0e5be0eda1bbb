import ActaModel
package import KafkaWire

/// What a broker speaks, as it said when the connection was made.
package struct SpokenVersions: Equatable, Sendable {
  private var ranges: [APIKey: ClosedRange<Int16>] = [:]
  /// Levels of the cluster's features, by name.
  package private(set) var features: [String: Int16] = [:]

  /// - Throws: `unsupportedVersion` where the broker refuses to say.
  package init(_ answer: ApiVersionsResponse) throws(ClientFailure) {
    guard answer.errorCode == .none else {
      throw ClientFailure(
        .unsupportedVersion, "The broker does not say what it speaks: \(answer.errorCode).")
    }
    for entry in answer.apiKeys {
      guard let api = APIKey(rawValue: entry.apiKey), entry.minVersion <= entry.maxVersion else {
        continue
      }
      ranges[api] = entry.minVersion...entry.maxVersion
    }
    for feature in answer.finalizedFeatures { features[feature.name] = feature.maxVersionLevel }
  }

  /// The newest version of an API that both sides know.
  ///
  /// - Parameter newest: What this request can say needs no newer one.
  /// - Throws: `unsupportedVersion`
  package func newest(
    of api: APIKey, upTo newest: Int16 = .max, from oldest: Int16 = 0
  ) throws(ClientFailure) -> Int16 {
    guard let theirs = ranges[api], let ours = APIVersionTable.versions(of: api)?.range else {
      throw ClientFailure(.unsupportedVersion, "The broker does not serve \(api).")
    }
    let version = min(theirs.upperBound, ours.upperBound, newest)
    guard version >= max(theirs.lowerBound, ours.lowerBound, oldest) else {
      throw ClientFailure(
        .unsupportedVersion,
        "The broker serves \(api) in versions \(theirs.lowerBound) to \(theirs.upperBound); this"
          + " client needs one of \(max(ours.lowerBound, oldest)) to \(min(ours.upperBound, newest))."
      )
    }
    return version
  }
}
