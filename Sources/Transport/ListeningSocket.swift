import Glibc

/// A socket that is bound and listens; nobody accepts there yet.
package struct ListeningSocket: Sendable {
  package struct Options: Sendable {
    /// Connections that the system holds for us until they are accepted.
    package var backlog: Int32 = 512
    /// `SO_RCVBUF` and `SO_SNDBUF`, which accepted sockets inherit (the first must be set before a
    /// connection's handshake); the system decides when not positive.
    package var receiveBufferBytes = 0
    package var sendBufferBytes = 0

    package init() {}
  }

  let descriptor: Descriptor
  /// Where it listens: the real port even where 0 was asked for.
  package let address: SocketAddress

  /// A socket on every interface of IPv6 serves IPv4 too.
  package init(_ address: SocketAddress, options: Options = Options()) throws(SocketError) {
    descriptor = try Descriptor.socket(family: address.family)
    let number = descriptor.number
    try SocketOption.set(number, SOL_SOCKET, SO_REUSEADDR, to: 1)
    if address.family == AF_INET6 {
      try SocketOption.set(number, Int32(IPPROTO_IPV6), IPV6_V6ONLY, to: 0)
    }
    if options.receiveBufferBytes > 0 {
      try SocketOption.set(
        number, SOL_SOCKET, SO_RCVBUF, to: Int32(clamping: options.receiveBufferBytes))
    }
    if options.sendBufferBytes > 0 {
      try SocketOption.set(
        number, SOL_SOCKET, SO_SNDBUF, to: Int32(clamping: options.sendBufferBytes))
    }
    guard address.withSockaddr({ bind(number, $0, $1) }) == 0 else { throw .current }
    guard listen(number, options.backlog) == 0 else { throw .current }
    guard let bound = SocketAddress.filled(by: { getsockname(number, $0, $1) }) else {
      throw .current
    }
    self.address = bound
  }
}

/// `setsockopt` for the options that are numbers.
enum SocketOption {
  static func set(
    _ socket: Int32, _ level: Int32, _ name: Int32, to value: Int32
  ) throws(SocketError) {
    var value = value
    let size = socklen_t(MemoryLayout<Int32>.size)
    guard setsockopt(socket, level, name, &value, size) == 0 else { throw .current }
  }
}
