import ActaCLI
import Bytes
import Glibc
import KafkaConfig

/// `meta.properties`: what Kafka's scripts look for in a directory of logs to see that it is formatted.
struct MetaProperties: Sendable {
  private static let fileName = "meta.properties"

  /// By key.
  let values: [String: String]

  init(clusterID: String, nodeID: Int32) {
    values = [
      "version": "1", "cluster.id": clusterID, "node.id": "\(nodeID)",
      "directory.id": RandomID.text(),
    ]
  }

  /// - Returns: `nil` if there is none.
  init?(in directory: String) throws {
    let path = Self.path(in: directory)
    guard access(path, F_OK) == 0 else { return nil }
    var values: [String: String] = [:]
    for property in try JavaProperties.parse(try TextFile.text(of: path, atMost: 1 << 16)) {
      values[property.key] = property.value
    }
    self.values = values
  }

  static func path(in directory: String) -> String { "\(directory)/\(fileName)" }

  /// Sorted by key, as Kafka prints them.
  var text: String {
    "{\(values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", "))}"
  }

  /// The file is there as a whole or not at all: what it says is what scripts go by.
  func write(to directory: String) throws(ToolError) {
    let lines = values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }.joined()
    let path = Self.path(in: directory)
    let part = path + ".tmp"
    let descriptor = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.failure(part) }
    let isWritten =
      Array(lines.utf8).withUnsafeBytes { ByteOutput.write($0, to: descriptor) }.failure == nil
      && fsync(descriptor) == 0
    let failure = Self.failure(part)
    close(descriptor)
    guard isWritten else { throw failure }
    guard rename(part, path) == 0 else { throw Self.failure(path) }
  }

  private static func failure(_ path: String) -> ToolError {
    ToolError("Unable to write file \(path): \(String(cString: strerror(errno)))")
  }
}

/// Ids as Kafka writes them: 22 letters for 128 bits.
enum RandomID {
  /// Never begins with a dash, so that it can stand behind an option.
  static func text() -> String {
    while true {
      let text = Base64.urlSafe(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
      if !text.hasPrefix("-") { return text }
    }
  }
}
