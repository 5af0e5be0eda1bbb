import ActaClient
import Arguments

extension ConfigsTool {
  func describeSettings(
    _ kind: ConfigResource.Kind, _ admin: Admin, _ console: Console
  ) async throws {
    let isAll = invocation[ConfigOptions.all]
    if let name = entities.name, !isAll, !(try await exists(kind, name, admin)) {
      let sentence = "The \(entities.noun) '\(name)' doesn't exist and doesn't have dynamic config."
      if isJSON { throw ToolError(sentence) }
      console.output.write("\(sentence)\n")
      return
    }
    var objects: [JSONValue] = []
    for name in try await names(kind, admin) {
      if !isJSON { console.output.write(header(name)) }
      let resource = ConfigResource(kind, name)
      let results = try await admin.describeConfigs([resource], includeSynonyms: true)
      let source = kind.dynamicSource(name)
      let entries = (try results[resource]?.get() ?? [])
        .filter { isAll || $0.source == source }.sorted { $0.name < $1.name }
      if isJSON {
        objects.append(json(name, entries))
      } else {
        console.output.write(entries.map(line).joined())
      }
    }
    if isJSON { console.writeJSON(.array(objects)) }
  }

  private var isJSON: Bool { invocation[OutputFormat.option] == .json }

  private func header(_ name: String) -> String {
    if name.isEmpty { return "Default configs for \(entities.type) in the cluster are:\n" }
    let which = invocation[ConfigOptions.all] ? "All" : "Dynamic"
    return "\(which) configs for \(entities.noun) \(name) are:\n"
  }

  private func line(_ entry: ConfigEntry) -> String {
    let synonyms = entry.synonyms.map { "\($0.source.kafkaName):\($0.name)=\($0.value ?? "null")" }
    return "  \(entry.name)=\(entry.value ?? "null") sensitive=\(entry.isSensitive) "
      + "synonyms={\(synonyms.joined(separator: ", "))}\n"
  }

  private func json(_ name: String, _ entries: [ConfigEntry]) -> JSONValue {
    .object([
      ("type", .string(entities.type)), ("name", .string(name)),
      (
        "configs",
        .array(
          entries.map { entry in
            .object([
              ("name", .string(entry.name)), ("value", entry.value.map { .string($0) } ?? .null),
              ("source", .string(entry.source.kafkaName)), ("sensitive", .bool(entry.isSensitive)),
            ])
          })
      ),
    ])
  }

  // MARK: Which there are

  private func exists(
    _ kind: ConfigResource.Kind, _ name: String, _ admin: Admin
  ) async throws -> Bool {
    if kind == .broker, name.isEmpty { return true }
    return try await all(kind, admin).contains(name)
  }

  /// What is described.
  private func names(_ kind: ConfigResource.Kind, _ admin: Admin) async throws -> [String] {
    if let name = entities.name { return [name] }
    let names = try await all(kind, admin).sorted()
    return kind == .broker ? names + [""] : names
  }

  private func all(_ kind: ConfigResource.Kind, _ admin: Admin) async throws -> Set<String> {
    switch kind {
    case .topic: Set(try await admin.listTopics(includeInternal: true).map(\.name))
    case .broker, .brokerLogger:
      Set(try await admin.describeCluster().nodes.map { "\($0.id)" })
    case .clientMetrics:
      Set(try await admin.listConfigResources([.clientMetrics]).map(\.name))
    case .group:
      Set(try await admin.listGroups().map(\.groupID))
        .union(try await admin.listConfigResources([.group]).map(\.name))
    }
  }
}

extension ConfigResource.Kind {
  /// Where a value comes from that was set at run time.
  fileprivate func dynamicSource(_ name: String) -> ConfigEntry.Source {
    switch self {
    case .topic: .dynamicTopic
    case .broker: name.isEmpty ? .dynamicDefaultBroker : .dynamicBroker
    case .brokerLogger: .dynamicBrokerLogger
    case .clientMetrics: .dynamicClientMetrics
    case .group: .dynamicGroup
    }
  }
}

extension ConfigEntry.Source {
  var kafkaName: String {
    switch self {
    case .unknown: "UNKNOWN"
    case .dynamicTopic: "DYNAMIC_TOPIC_CONFIG"
    case .dynamicBroker: "DYNAMIC_BROKER_CONFIG"
    case .dynamicDefaultBroker: "DYNAMIC_DEFAULT_BROKER_CONFIG"
    case .staticBroker: "STATIC_BROKER_CONFIG"
    case .default: "DEFAULT_CONFIG"
    case .dynamicBrokerLogger: "DYNAMIC_BROKER_LOGGER_CONFIG"
    case .dynamicClientMetrics: "DYNAMIC_CLIENT_METRICS_CONFIG"
    case .dynamicGroup: "DYNAMIC_GROUP_CONFIG"
    }
  }
}
