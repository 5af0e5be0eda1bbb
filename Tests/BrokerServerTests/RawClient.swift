import Glibc
import Testing

/// A client that sends and receives bytes and waits for each, at most ten seconds.
final class RawClient {
  struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ operation: String) {
      description = "\(operation): \(String(cString: strerror(errno)))"
    }
  }

  private let socket: CInt

  init(port: Int, source: String = "127.0.0.1", receiveBuffer: CInt? = nil) throws {
    socket = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    guard socket >= 0 else { throw Failure("socket") }
    var timeout = timeval(tv_sec: 10, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, size)
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &timeout, size)
    if var bytes = receiveBuffer {
      setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<CInt>.size))
    }
    try Self.with(source, port: 0) { bind(socket, $0, $1) }
    try Self.with("127.0.0.1", port: port) { connect(socket, $0, $1) }
  }

  deinit { Glibc.close(socket) }

  private static func with(
    _ host: String, port: Int,
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
  ) throws {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    inet_pton(AF_INET, host, &address.sin_addr)
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if result != 0 { throw Failure("bind or connect to \(host):\(port)") }
  }

  func send(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(socket, $0.baseAddress! + sent, bytes.count - sent, CInt(MSG_NOSIGNAL))
      }
      if count < 0 { throw Failure("send") }
      sent += count
    }
  }

  /// Sends as much of `bytes` as the socket takes; zero when it takes nothing for `milliseconds`.
  func offer(_ bytes: [UInt8], forMilliseconds milliseconds: CInt) throws -> Int {
    var poll = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
    if Glibc.poll(&poll, 1, milliseconds) == 0 { return 0 }
    let flags = CInt(MSG_NOSIGNAL | MSG_DONTWAIT)
    let count = Glibc.send(socket, bytes, bytes.count, flags)
    if count < 0 { throw Failure("send") }
    return count
  }

  func sendFrame(_ text: String) throws { try send(Self.frame(text)) }

  static func frame(_ text: String) -> [UInt8] { prefix(text.utf8.count) + Array(text.utf8) }

  /// The size that stands before so many bytes.
  static func prefix(_ count: Int) -> [UInt8] {
    withUnsafeBytes(of: Int32(count).bigEndian) { Array($0) }
  }

  func endSending() { shutdown(socket, CInt(SHUT_WR)) }

  /// The next frame without its prefix; `nil` when the server has closed.
  func receiveFrame() throws -> [UInt8]? {
    guard let prefix = try receive(4) else { return nil }
    let size = prefix.reduce(0) { $0 << 8 | Int($1) }
    return try receive(size)
  }

  func receiveText() throws -> String? {
    try receiveFrame().map { String(decoding: $0, as: UTF8.self) }
  }

  /// Whether the server ended the connection, in order or by a reset.
  func isClosed() throws -> Bool {
    do { return try receive(1) == nil } catch {
      if errno == ECONNRESET { return true }
      throw error
    }
  }

  /// Whether nothing comes for so long.
  func isSilent(forMilliseconds milliseconds: CInt) throws -> Bool {
    var poll = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    return Glibc.poll(&poll, 1, milliseconds) == 0
  }

  private func receive(_ count: Int) throws -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var received = 0
    while received < count {
      let result = bytes.withUnsafeMutableBytes {
        recv(socket, $0.baseAddress! + received, count - received, 0)
      }
      if result < 0 { throw Failure("recv") }
      if result == 0 { return nil }
      received += result
    }
    return bytes
  }
}
