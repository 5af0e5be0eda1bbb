import CUV
import Glibc

/// Where a socket of TCP is: an IPv4 or IPv6 address and a port.
package struct SocketAddress: Hashable, Sendable {
  /// Four bytes or sixteen.
  package let ip: [UInt8]
  package let port: UInt16
  /// The interface of a link-local IPv6 address; 0 for all others.
  package let scope: UInt32

  package init(ip: [UInt8], port: UInt16, scope: UInt32 = 0) {
    precondition(ip.count == 4 || ip.count == 16, "an address of \(ip.count) bytes")
    self.ip = ip
    self.port = port
    self.scope = scope
  }

  /// `nil` for any other family.
  init?(_ address: UnsafePointer<sockaddr>) {
    let raw = UnsafeRawPointer(address)
    switch Int32(address.pointee.sa_family) {
    case AF_INET:
      let v4 = raw.loadUnaligned(as: sockaddr_in.self)
      self.init(
        ip: withUnsafeBytes(of: v4.sin_addr) { Array($0) }, port: UInt16(bigEndian: v4.sin_port))
    case AF_INET6:
      let v6 = raw.loadUnaligned(as: sockaddr_in6.self)
      self.init(
        ip: withUnsafeBytes(of: v6.sin6_addr) { Array($0) }, port: UInt16(bigEndian: v6.sin6_port),
        scope: v6.sin6_scope_id)
    default: return nil
    }
  }

  var family: Int32 { ip.count == 4 ? AF_INET : AF_INET6 }

  /// Lends the address as the system's calls take it.
  func withSockaddr<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
    if ip.count == 4 {
      var v4 = sockaddr_in()
      v4.sin_family = sa_family_t(AF_INET)
      v4.sin_port = port.bigEndian
      withUnsafeMutableBytes(of: &v4.sin_addr) { $0.copyBytes(from: ip) }
      return Self.lend(v4, body)
    }
    var v6 = sockaddr_in6()
    v6.sin6_family = sa_family_t(AF_INET6)
    v6.sin6_port = port.bigEndian
    v6.sin6_scope_id = scope
    withUnsafeMutableBytes(of: &v6.sin6_addr) { $0.copyBytes(from: ip) }
    return Self.lend(v6, body)
  }

  private static func lend<T, R>(
    _ address: T, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R
  ) -> R {
    withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<T>.size))
      }
    }
  }

  /// What a call such as `getpeername` fills in; `nil` when it fails.
  static func filled(
    by call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
  ) -> SocketAddress? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        call(address, &length) >= 0 ? SocketAddress(address) : nil
      }
    }
  }
}

extension SocketAddress: CustomStringConvertible {
  /// `127.0.0.1:9092`, `[::1]:9092`.
  package var description: String {
    var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let text = ip.withUnsafeBytes { ip in
      inet_ntop(family, ip.baseAddress, &buffer, socklen_t(buffer.count)) == nil
        ? "?" : buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "?" }
    }
    return ip.count == 4 ? "\(text):\(port)" : "[\(text)]:\(port)"
  }
}

extension SocketAddress {
  /// The addresses of a host, in the system's order of preference; none when it has no such name.
  /// Numbers are answered at once; names may take as long as name servers do.
  package static func resolve(
    _ host: String, port: UInt16, onlyNumbers: Bool = false
  ) -> [SocketAddress] {
    var hints = addrinfo()
    hints.ai_socktype = Descriptor.stream
    hints.ai_flags = AI_NUMERICSERV | (onlyNumbers ? AI_NUMERICHOST : 0)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port), &hints, &list) == 0 else { return [] }
    defer { freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var next = list
    while let entry = next {
      if let address = entry.pointee.ai_addr.flatMap({ SocketAddress($0) }),
        !addresses.contains(address)
      {
        addresses.append(address)
      }
      next = entry.pointee.ai_next
    }
    return addresses
  }
}
