import Glibc

/// Bytes that wait to be taken: in memory, and in a file without a name once they are many.
///
/// What a query gives goes in here first. Whoever reads slowly, a pager above all, then keeps no statement open,
/// and with it no write-ahead log.
package final class Spool {
  private static let memoryBytes = 1 << 20

  private var bytes: [UInt8] = []
  private var descriptor: Int32?
  /// All that was put in.
  package private(set) var count = 0

  package init() {}

  deinit { descriptor.map { _ = close($0) } }

  package func append(_ more: [UInt8]) throws {
    bytes += more
    count += more.count
    if bytes.count > Self.memoryBytes { try spill() }
  }

  private func spill() throws {
    let file = try descriptor ?? Self.file()
    descriptor = file
    try bytes.withUnsafeBytes { bytes in
      var written = 0
      while written < bytes.count {
        let result = write(
          file, bytes.baseAddress.unsafelyUnwrapped + written, bytes.count - written)
        guard result > 0 else {
          if result < 0, errno == EINTR { continue }
          throw CopyError.last("writing", "a temporary file")
        }
        written += result
      }
    }
    bytes.removeAll(keepingCapacity: true)
  }

  private static func file() throws -> Int32 {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(folder)/acta-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw CopyError.last("making a temporary file in", folder) }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    unlink(template)
    return descriptor
  }

  /// Gives all of it, in order, a piece at a time; nothing is left.
  package func drain(_ take: ([UInt8]) throws -> Void) throws {
    if let descriptor {
      lseek(descriptor, 0, SEEK_SET)
      var buffer = [UInt8](repeating: 0, count: 64 << 10)
      while case let count = read(descriptor, &buffer, buffer.count), count > 0 {
        try take(Array(buffer[..<count]))
      }
      ftruncate(descriptor, 0)
      lseek(descriptor, 0, SEEK_SET)
    }
    try take(bytes)
    bytes = []
    count = 0
  }
}
