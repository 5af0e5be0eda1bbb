import Glibc
import Testing

@testable import Transport

/// The other end of a connection: a socket without a loop, whose calls wait at most ten seconds.
final class Peer {
  let socket: Int32

  init(_ socket: Int32) {
    self.socket = socket
    var timeout = timeval(tv_sec: 10, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, size)
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &timeout, size)
  }

  convenience init(connectingTo address: SocketAddress) throws {
    let descriptor = try Descriptor.socket(family: address.family)
    // The descriptor's owner goes; a copy of it stays. It waits, unlike those of loops.
    let number = dup(descriptor.number)
    _ = fcntl(number, F_SETFL, 0)
    self.init(number)
    try #require(address.withSockaddr { connect(number, $0, $1) } == 0)
  }

  deinit { close(socket) }

  func send(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, 0x4000) }
      try #require(count > 0, "the peer cannot send")
      rest = rest.dropFirst(count)
    }
  }

  /// As much as comes at once; empty at the end of the stream, `nil` after a reset.
  func receive(_ limit: Int = 65_536) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: limit)
    let count = recv(socket, &buffer, limit, 0)
    return count < 0 ? nil : Array(buffer[..<count])
  }

  func receive(exactly count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let part = try #require(receive(count - bytes.count))
      try #require(!part.isEmpty, "\(bytes.count) of \(count) bytes came")
      bytes += part
    }
    return bytes
  }

  func endSending() { shutdown(socket, Int32(SHUT_WR)) }

  /// The next close is a reset.
  func resetOnClose() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
  }
}
