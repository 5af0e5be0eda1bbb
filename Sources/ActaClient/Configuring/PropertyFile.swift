import ClientCore
import Glibc
import KafkaConfig

/// The text of a property file, as Java's `Properties` reads it.
package enum PropertyFile {
  private static let maxBytes = 1 << 20

  /// - Throws: `KafkaError`, with the path, and the line or the system's reason.
  package static func properties(of path: String) throws(KafkaError) -> [String: String] {
    try KafkaError.translating { () throws(ClientFailure) in try read(path) }
  }

  /// - Throws: `invalidArgument`, with the path, and the line or the system's reason.
  static func read(_ path: String) throws(ClientFailure) -> [String: String] {
    do throws(ConfigError) {
      let properties = try JavaProperties.parse(try text(of: path))
      return Dictionary(properties.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    } catch {
      throw ClientFailure(.invalidArgument, "\(path): \(error)")
    }
  }

  private static func text(of path: String) throws(ConfigError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable() }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw unreadable() }
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += buffer.prefix(count)
      guard bytes.count <= maxBytes else {
        throw .conflict("The configuration file is larger than \(maxBytes) bytes.")
      }
    }
  }

  private static func unreadable() -> ConfigError {
    .conflict("The configuration file cannot be read: \(String(cString: strerror(errno))).")
  }
}
