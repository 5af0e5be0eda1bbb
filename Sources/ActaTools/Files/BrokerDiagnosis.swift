import ActaClient
import Arguments
import FileTools

/// What a broker that runs tells its clients, and whether they get anywhere by it.
struct BrokerDiagnosis {
  private let server: String

  init(_ server: String) { self.server = server }

  func run() async -> [Advice] {
    switch await told(by: server) {
    case .success(let told):
      var advice = [
        Advice(
          .ok, "broker", "\(server) is of cluster \(told.cluster.clusterID ?? "without an id")."),
        Advice(.ok, "API versions", Self.sentence(told.versions)),
      ]
      for node in told.cluster.nodes { advice += await reach(node) }
      return advice
    case .failure(let error):
      return [Advice(.problem, "broker", "\(server): \(error)")]
    }
  }

  /// What a client hears first.
  private struct Told: Sendable {
    let cluster: ClusterDescription
    let versions: [APIVersionRange]
  }

  private func told(by server: String) async -> Result<Told, any Error> {
    do {
      let configuration = try ConnectionOptions.adminConfiguration(
        servers: server, file: nil,
        properties: ["default.api.timeout.ms=5000", "request.timeout.ms=4000"].compactMap {
          KeyValue($0)
        })
      return .success(
        try await Admin.with(configuration) { admin in
          let cluster = try await admin.describeCluster()
          let versions = try await admin.apiVersions()
          return Told(cluster: cluster, versions: versions)
        })
    } catch {
      return .failure(error)
    }
  }

  /// The APIs that decide which clients get along.
  private static let telling: [Int16] = [0, 1, 3, 11, 68]

  private static func sentence(_ versions: [APIVersionRange]) -> String {
    let ranges = versions.filter { telling.contains($0.key) }
      .map { "\($0.name ?? "") \($0.minVersion) to \($0.maxVersion)" }
    let missing = APIVersionRange.clientAPIs.filter { api in
      !versions.contains { $0.key == api.key }
    }.sorted { $0.key < $1.key }.map(\.value)
    return
      "Clients are told of \(versions.count) APIs: \(ranges.joined(separator: ", ")) and others"
      + (missing.isEmpty ? "." : "; not of \(missing.joined(separator: ", ")).")
  }

  /// By the address that clients are told.
  private func reach(_ node: Node) async -> [Advice] {
    let place = "\(node.host):\(node.port)"
    switch await told(by: place) {
    case .success:
      return [
        Advice(
          .ok, "advertised address", "Clients are told to connect to \(place), and can from here.")
      ] + warning(node)
    case .failure(let error):
      return [
        Advice(
          .problem, "advertised address",
          "Clients are told to connect to \(place), and cannot from here (\(error)): "
            + "set advertised.listeners to an address that they reach.")
      ]
    }
  }

  /// Whoever comes by another name from this machine does not see what others will.
  private func warning(_ node: Node) -> [Advice] {
    guard HostName.isLoopback(node.host) else { return [] }
    return [
      Advice(
        .note, "advertised address",
        "\(node.host) is each machine itself: clients on others, or in containers, will not reach the broker by it."
      )
    ]
  }
}
