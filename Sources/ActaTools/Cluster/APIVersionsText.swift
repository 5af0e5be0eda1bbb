import ActaClient

/// Which APIs brokers speak, as Java's client writes it.
enum APIVersionsText {
  /// Of all brokers that there are.
  static func write(
    of admin: Admin, as format: OutputFormat, _ console: Console
  ) async throws {
    try await write(of: admin, try await admin.describeCluster().nodes, as: format, console)
  }

  /// One that does not say it does not keep the others from being told of.
  static func write(
    of admin: Admin, _ nodes: [Node], as format: OutputFormat, _ console: Console
  ) async throws {
    var objects: [JSONValue] = []
    for node in nodes {
      do {
        let versions = try await admin.apiVersions(of: node.id)
        if format == .text { console.output.write("\(node.javaText) -> \(text(versions))\n") }
        objects.append(json(node, "apis", .array(versions.map { json($0) })))
      } catch {
        let failure = FailureText.logged(error)
        if format == .text { console.output.write("\(node.javaText) -> ERROR: \(failure)\n\n") }
        objects.append(json(node, "error", .string(failure)))
      }
    }
    if format == .json { console.writeJSON(.array(objects)) }
  }

  private static func json(_ node: Node, _ name: String, _ value: JSONValue) -> JSONValue {
    .object([
      ("broker", .integer(node.id)), ("host", .string(node.host)), ("port", .integer(node.port)),
      (name, value),
    ])
  }

  private static func json(_ api: APIVersionRange) -> JSONValue {
    .object([
      ("key", .integer(api.key)), ("name", .text(api.name)), ("min", .integer(api.minVersion)),
      ("max", .integer(api.maxVersion)), ("usable", .integer(api.usableVersion.map { Int64($0) })),
    ])
  }

  /// By number, with those that a client knows and the broker does not.
  private static func text(_ versions: [APIVersionRange]) -> String {
    let missing = Set(APIVersionRange.clientAPIs.keys).subtracting(versions.map(\.key))
    let lines =
      versions.map { ($0.key, line($0)) }
      + missing.map { ($0, "\(APIVersionRange.clientAPIs[$0] ?? "")(\($0)): UNSUPPORTED") }
    return "(\n\t" + lines.sorted { $0.0 < $1.0 }.map(\.1).joined(separator: ",\n\t") + "\n)"
  }

  private static func line(_ api: APIVersionRange) -> String {
    let range =
      api.minVersion == api.maxVersion
      ? "\(api.minVersion)" : "\(api.minVersion) to \(api.maxVersion)"
    let start = "\(api.name ?? "UNKNOWN")(\(api.key)): \(range)"
    guard api.name != nil else { return start }
    if let usable = api.usableVersion { return "\(start) [usable: \(usable)]" }
    // What this client does not speak at all is as good as not there.
    guard let spoken = api.spokenVersions else { return start + " [unusable]" }
    return start
      + (spoken.upperBound < api.minVersion
        ? " [unusable: node too new]" : " [unusable: node too old]")
  }
}

extension Node {
  /// As Java's client writes it.
  package var javaText: String {
    "\(host):\(port) (id: \(id) rack: \(rack ?? "null") isFenced: \(isFenced))"
  }
}
