import ActaModel
import ClientCore
import KafkaWire

extension Admin {
  /// Settings and their values, those with a default as well. Each broker is asked about itself.
  ///
  /// - Parameters:
  ///   - includeSynonyms: Whether to tell where values come from, and what would be in force without them.
  ///   - includeDocumentation: Whether to tell what settings are for. Kafka's brokers do since 2.6.
  /// - Returns: In the broker's order, by resource; 3 for a topic that is not there.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func describeConfigs(
    _ resources: some Sequence<ConfigResource>, includeSynonyms: Bool = false,
    includeDocumentation: Bool = false
  ) async throws(KafkaError) -> [ConfigResource: Result<[ConfigEntry], KafkaError>] {
    let oldest: Int16 = includeDocumentation ? 3 : 1
    return try await performEach("describeConfigs") { call throws(ClientFailure) in
      try await call.each(resources, by: .broker(\.broker)) {
        node, resources throws(ClientFailure) in
        var request = DescribeConfigsRequest()
        request.includeSynonyms = includeSynonyms
        request.includeDocumentation = includeDocumentation
        request.resources = resources.map { resource in
          var asked = DescribeConfigsRequest.Resource()
          asked.resourceType = resource.kind.rawValue
          asked.resourceName = resource.name
          return asked
        }
        let response = try await call.send(request, to: node, from: oldest)
        var results: [ConfigResource: Result<[ConfigEntry], ClientFailure>] = [:]
        for answer in response.results {
          guard let kind = ConfigResource.Kind(rawValue: answer.resourceType) else { continue }
          let resource = ConfigResource(kind, answer.resourceName)
          results[resource] = .of(
            answer.errorCode, answer.errorMessage, about: "\(resource)",
            answer.configs.map { ConfigEntry($0) })
        }
        return results
      }
    }
  }

  /// Changes single settings; all those of a resource, or none.
  ///
  /// - Parameters:
  ///   - changes: By resource and by the setting's name.
  ///   - validateOnly: Whether it is only checked that they could be made.
  /// - Returns: By resource; 40 for a setting or value that there is not, 42 for one that cannot be changed at run
  ///   time, 3 for a topic that is not there.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func incrementalAlterConfigs(
    _ changes: [ConfigResource: [String: ConfigChange]], validateOnly: Bool = false
  ) async throws(KafkaError) -> [ConfigResource: Result<Void, KafkaError>] {
    try await performEach("incrementalAlterConfigs") { call throws(ClientFailure) in
      try await call.each(changes.keys, by: .broker(\.broker)) {
        node, resources throws(ClientFailure) in
        var request = IncrementalAlterConfigsRequest()
        request.validateOnly = validateOnly
        request.resources = resources.map { resource in
          var altered = IncrementalAlterConfigsRequest.Resource()
          altered.resourceType = resource.kind.rawValue
          altered.resourceName = resource.name
          altered.configs = (changes[resource] ?? [:]).sorted { $0.key < $1.key }
            .map { .init($0.key, $0.value) }
          return altered
        }
        let response = try await call.send(request, to: node)
        var results: [ConfigResource: Result<Void, ClientFailure>] = [:]
        for answer in response.responses {
          guard let kind = ConfigResource.Kind(rawValue: answer.resourceType) else { continue }
          let resource = ConfigResource(kind, answer.resourceName)
          results[resource] = .of(answer.errorCode, answer.errorMessage, about: "\(resource)", ())
        }
        return results
      }
    }
  }

  /// What has a configuration of its own, or could have.
  ///
  /// - Parameter kinds: Brokers before Kafka 4.1 tell of client metrics only.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func listConfigResources(
    _ kinds: some Sequence<ConfigResource.Kind>
  ) async throws(KafkaError) -> [ConfigResource] {
    let kinds = Set(kinds)
    var request = ListConfigResourcesRequest()
    request.resourceTypes = kinds.map(\.rawValue).sorted()
    let question = request
    return try await perform("listConfigResources") { call throws(ClientFailure) in
      if kinds.isEmpty { return [] }
      let response = try await call.retrying { () throws(ClientFailure) in
        let answer = try await call.send(
          question, to: nil, from: kinds == [.clientMetrics] ? 0 : 1)
        guard answer.errorCode == .none else { throw ClientFailure(answer.errorCode) }
        return answer
      }
      return response.configResources.compactMap { resource in
        ConfigResource.Kind(rawValue: resource.resourceType).map {
          .init($0, resource.resourceName)
        }
      }
    }
  }
}
