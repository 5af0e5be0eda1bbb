import Glibc

/// Files that are named on a command line and read as a whole.
enum TextFile {
  /// - Parameter limit: In bytes.
  /// - Throws: `ToolError` with the system's reason, or that the file is larger.
  static func text(of path: String, atMost limit: Int = 64 << 20) throws(ToolError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable(path) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw unreadable(path) }
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += buffer.prefix(count)
      guard bytes.count <= limit else {
        throw ToolError("\(path) is larger than \(limit) bytes.")
      }
    }
  }

  private static func unreadable(_ path: String) -> ToolError {
    ToolError("Unable to read file \(path): \(String(cString: strerror(errno)))")
  }
}
