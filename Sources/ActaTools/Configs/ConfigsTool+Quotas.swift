import ActaClient
import Arguments

extension ConfigsTool {
  func describeQuotas(_ admin: Admin, _ console: Console) async throws {
    var components: [String: ClientQuotaFilter.Match] = [:]
    for (place, type) in entities.types.enumerated() {
      let name = place < entities.names.count ? entities.names[place] : nil
      components[Self.parts[type] ?? type] =
        name.map { $0.isEmpty ? .default : .name($0) } ?? .any
    }
    let quotas = try await admin.describeClientQuotas(
      ClientQuotaFilter(components, isStrict: true))
    let shown = quotas.map { (title: $0.key.title, values: $0.value) }
      .sorted { $0.title < $1.title }
    if invocation[OutputFormat.option] == .json {
      console.writeJSON(.array(shown.map { json($0.title, $0.values) }))
      return
    }
    for (title, values) in shown {
      let list = values.sorted { $0.key < $1.key }
        .map { "\($0.key)=\(JavaNumber.text($0.value))" }
      console.output.write("Quota configs for \(title) are \(list.joined(separator: ", "))\n")
    }
    try await describeCredentials(admin, console)
  }

  /// Of users alone, unless it is the default that was asked for.
  private func describeCredentials(_ admin: Admin, _ console: Console) async throws {
    guard entities.types == ["users"], !entities.names.contains("") else { return }
    let wanted = entities.names.isEmpty ? nil : Set(entities.names)
    for (user, result) in try await admin.describeUserScramCredentials(wanted)
      .sorted(by: { $0.key < $1.key })
    {
      if case .failure(let error) = result, error.code == Self.noCredential { continue }
      let list = try result.get().map { "\($0.mechanism.name)=iterations=\($0.iterations)" }
      console.output.write(
        "SCRAM credential configs for user-principal '\(user)' are "
          + "\(list.joined(separator: ", "))\n")
    }
  }

  /// RESOURCE_NOT_FOUND
  private static let noCredential: Int16 = 91

  private static let parts = ["users": "user", "clients": "client-id", "ips": "ip"]

  private func json(_ title: String, _ values: [String: Double]) -> JSONValue {
    .object([
      ("entity", .string(title)),
      (
        "quotas",
        .object(
          values.sorted { $0.key < $1.key }
            .map { ($0.key, .number(JavaNumber.text($0.value))) })
      ),
    ])
  }
}

extension ClientQuotaEntity {
  /// As Kafka's tool names it: the user first.
  fileprivate var title: String {
    parts.map { part -> (rank: Int, text: String) in
      switch part {
      case .user(let name): (0, Self.title("user-principal", name))
      case .clientID(let name): (1, Self.title("client-id", name))
      case .ip(let name): (2, Self.title("ip", name))
      case .other(let type, let name): (3, Self.title(type, name))
      }
    }.sorted { ($0.rank, $0.text) < ($1.rank, $1.text) }.map(\.text).joined(separator: ", ")
  }

  private static func title(_ type: String, _ name: String?) -> String {
    name.map { "\(type) '\($0)'" } ?? "the default \(type)"
  }
}
