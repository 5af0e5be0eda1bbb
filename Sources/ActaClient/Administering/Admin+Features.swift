import ActaModel
import ClientCore
import KafkaWire

extension Admin {
  /// The cluster's features (KIP-584): which there are, and at which level they are used.
  ///
  /// - Parameter broker: Whom to ask; `nil` is any.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func describeFeatures(
    of broker: Int32? = nil
  ) async throws(KafkaError) -> FeatureMetadata {
    let response = try await askForVersions(of: broker, from: 3, "describeFeatures")
    // Ranges that are none say nothing.
    return FeatureMetadata(
      finalized: .telling(
        response.finalizedFeatures.filter { $0.minVersionLevel <= $0.maxVersionLevel }
      ) { ($0.name, $0.minVersionLevel...$0.maxVersionLevel) },
      finalizedEpoch: response.finalizedFeaturesEpoch < 0 ? nil : response.finalizedFeaturesEpoch,
      supported: .telling(
        response.supportedFeatures.filter { $0.minVersion <= $0.maxVersion }
      ) { ($0.name, $0.minVersion...$0.maxVersion) })
  }

  /// Raises and lowers levels of features.
  ///
  /// - Parameters:
  ///   - updates: By feature.
  ///   - validateOnly: Whether it is only checked that they could be. Needs Kafka 3.3.
  /// - Returns: By feature; 95 for a level that cannot be, 42 for a feature that there is not.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func updateFeatures(
    _ updates: [String: FeatureUpdate], validateOnly: Bool = false
  ) async throws(KafkaError) -> [String: Result<Void, KafkaError>] {
    let needsType = updates.values.contains { $0.upgradeType == .unsafeDowngrade }
    let oldest: Int16 = validateOnly || needsType ? 1 : 0
    return try await performEach("updateFeatures") { call throws(ClientFailure) in
      try await call.each(updates.keys, by: .controller) { node, names throws(ClientFailure) in
        var request = UpdateFeaturesRequest()
        request.timeoutMilliseconds = call.timeoutMilliseconds
        request.validateOnly = validateOnly
        request.featureUpdates = names.sorted().compactMap { name in
          updates[name].map { .init(name, $0) }
        }
        let response = try await call.send(request, to: node, from: oldest)
        guard response.errorCode == .none else {
          throw ClientFailure(response.errorCode, saying: response.errorMessage, of: "features")
        }
        // One verdict on all of them since version 2.
        var results: [String: Result<Void, ClientFailure>] = .telling(names) { ($0, .success(())) }
        for answer in response.results {
          results[answer.feature] = .of(
            answer.errorCode, answer.errorMessage, about: "feature \(answer.feature)", ())
        }
        return results
      }
    }
  }

  /// Which APIs a broker speaks, in which versions, by number.
  ///
  /// - Parameter broker: `nil` is any.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func apiVersions(
    of broker: Int32? = nil
  ) async throws(KafkaError) -> [APIVersionRange] {
    try await askForVersions(of: broker, from: 0, "apiVersions").apiKeys.map { APIVersionRange($0) }
      .sorted { $0.key < $1.key }
  }

  private func askForVersions(
    of broker: Int32?, from oldest: Int16, _ name: String
  ) async throws(KafkaError) -> ApiVersionsResponse {
    let results = try await performEach(name) { call throws(ClientFailure) in
      try await call.each([broker], by: .broker(\.self)) { node, brokers throws(ClientFailure) in
        var request = ApiVersionsRequest()
        request.clientSoftwareName = ClientIdentity.softwareName
        request.clientSoftwareVersion = ClientIdentity.softwareVersion
        let response = try await call.send(request, to: node, from: oldest)
        return .telling(brokers) { broker in
          (broker, .of(response.errorCode, nil, about: "API versions", response))
        }
      }
    }
    guard let response = results[broker] else {
      preconditionFailure("each thing that is asked about is told of")
    }
    return try response.get()
  }
}

extension UpdateFeaturesRequest.Update {
  fileprivate init(_ name: String, _ update: FeatureUpdate) {
    self.init()
    feature = name
    maxVersionLevel = update.maxVersionLevel
    allowDowngrade = update.upgradeType != .upgrade
    upgradeType = update.upgradeType.rawValue
  }
}

extension APIVersionRange {
  /// What Kafka's clients know that is asked of brokers, by number.
  package static var clientAPIs: [Int16: String] { APIName.ofClients }

  fileprivate init(_ entry: ApiVersionsResponse.ApiVersion) {
    key = entry.apiKey
    name = APIName.word(of: entry.apiKey)
    minVersion = entry.minVersion
    maxVersion = entry.maxVersion
    let ours = APIKey(rawValue: entry.apiKey).flatMap { APIVersionTable.versions(of: $0)?.range }
    spokenVersions = ours
    usableVersion = ours.flatMap { ours in
      let newest = min(ours.upperBound, entry.maxVersion)
      return newest >= max(ours.lowerBound, entry.minVersion) ? newest : nil
    }
  }
}
