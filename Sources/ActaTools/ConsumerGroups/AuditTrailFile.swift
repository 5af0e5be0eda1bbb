import ActaClient
import FileTools
import SQLiteStore

/// The database of the broker that is talked to, if it is an Acta and this is its machine.
struct AuditTrailFile {
  let log: StoredLog

  /// - Parameter path: `nil`: where the broker says that its log is.
  /// - Throws: `ToolError` where there is none, or one of another cluster.
  init(_ path: String?, of admin: Admin) async throws {
    let path = if let path { path } else { try await Self.told(by: admin) }
    log = try StoredLog(reading: path)
    let cluster = try await admin.describeCluster().clusterID ?? "unknown"
    let found = try log.text("SELECT value FROM cluster WHERE key = 'cluster_id'") ?? "unknown"
    guard found == cluster else {
      throw ToolError(
        "\(path) is the database of cluster \(found), and the broker is of cluster \(cluster).")
    }
  }

  private static func told(by admin: Admin) async throws -> String {
    let brokers = try await admin.describeLogDirs()
    let places = try brokers.sorted { $0.key < $1.key }.flatMap { try $0.value.get() }.map(\.path)
    if let path = places.first(where: { isLog($0) }) { return path }
    throw ToolError(
      "There is no audit trail to read: none of \(places.joined(separator: ", ")) is the database of an "
        + "Acta broker on this machine. --database names it; Apache Kafka keeps no such trail.")
  }

  private static func isLog(_ path: String) -> Bool { (try? StoredLog(reading: path)) != nil }
}
