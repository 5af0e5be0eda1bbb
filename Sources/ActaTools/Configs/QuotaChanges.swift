import ActaClient

/// What `kafka-configs --alter` changes of users, clients and addresses.
struct QuotaChanges: Sendable {
  private let entity: ClientQuotaEntity
  private let changes: [String: ClientQuotaChange]

  private static let ofClients: Set = [
    "producer_byte_rate", "consumer_byte_rate", "request_percentage", "controller_mutation_rate",
  ]
  private static let ofAddresses: Set = ["connection_creation_rate"]

  /// - Throws: `ToolError` in Kafka's words for what is no quota.
  init(_ given: ConfigChanges, of entities: ConfigEntities) throws(ToolError) {
    let known = entities.type == "ips" ? Self.ofAddresses : Self.ofClients
    try Self.refuse(given.added.keys.filter { !known.contains($0) }, "added", entities.type)
    try Self.refuse(given.deleted.filter { !known.contains($0) }, "deleted", entities.type)
    var changes: [String: ClientQuotaChange] = [:]
    for (key, text) in given.added {
      guard let value = Double(text) else {
        throw ToolError("Cannot parse quota configuration value for \(key): \(text)")
      }
      changes[key] = .set(value)
    }
    for key in given.deleted { changes[key] = .remove }
    self.changes = changes
    entity = ClientQuotaEntity(
      Set(
        zip(entities.types, entities.names).map { type, name in
          let name = name.isEmpty ? nil : name
          switch type {
          case "users": return .user(name)
          case "clients": return .clientID(name)
          default: return .ip(name)
          }
        }))
  }

  /// - Throws: `ToolError` for a quota to delete that is not there.
  func run(_ admin: Admin) async throws {
    let removed = changes.filter { $0.value == .remove }.map(\.key).sorted()
    if !removed.isEmpty {
      let present = try await admin.describeClientQuotas(.all)[entity] ?? [:]
      let missing = removed.filter { present[$0] == nil }
      if !missing.isEmpty {
        throw ToolError("Invalid config(s): \(missing.joined(separator: ","))")
      }
    }
    for result in try await admin.alterClientQuotas([entity: changes]).values {
      try result.get()
    }
  }

  private static func refuse(
    _ names: [String], _ done: String, _ type: String
  ) throws(ToolError) {
    if names.isEmpty { return }
    let which =
      switch type {
      case "users": "quota and SCRAM credential"
      case "clients": "quota"
      default: "connection quota"
      }
    throw ToolError(
      "Only \(which) configs can be \(done) for '\(type)' using --bootstrap-server. Unexpected "
        + "config names: \(names.sorted().joined(separator: ","))")
  }
}
