import Transport

/// A client's address in the form in which Kafka shows it: a slash and the number, without a port.
struct ClientAddress: Hashable {
  let text: String
  let isLoopback: Bool

  init(_ address: SocketAddress) {
    self = address.ip.count == 4 ? Self.v4(address.ip) : Self.v6(address.ip)
  }

  private init(_ text: String, isLoopback: Bool) {
    self.text = "/" + text
    self.isLoopback = isLoopback
  }

  private static func v4(_ bytes: [UInt8]) -> ClientAddress {
    let text = bytes.map { String($0) }.joined(separator: ".")
    return ClientAddress(text, isLoopback: bytes[0] == 127)
  }

  /// An IPv4 client of a socket that serves both families comes as `::ffff:a.b.c.d`.
  private static func v6(_ bytes: [UInt8]) -> ClientAddress {
    if bytes.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]) {
      return v4(Array(bytes[12...]))
    }
    let groups = stride(from: 0, to: 16, by: 2).map { at in
      String(UInt16(bytes[at]) << 8 | UInt16(bytes[at + 1]), radix: 16)
    }
    let isLoopback = bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1
    return ClientAddress(groups.joined(separator: ":"), isLoopback: isLoopback)
  }
}
