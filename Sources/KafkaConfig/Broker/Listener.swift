/// An address to serve clients on, and the one they are told.
package struct Listener: Hashable, Sendable {
  /// In upper case, as Kafka compares names.
  package let name: String
  /// Empty: every interface.
  package let host: String
  /// 0: the system chooses.
  package let port: Int
  package let advertisedHost: String
  /// `nil`: the port that was bound.
  package let advertisedPort: Int?

  package init(
    name: String, host: String, port: Int, advertisedHost: String, advertisedPort: Int?
  ) {
    self.name = name
    self.host = host
    self.port = port
    self.advertisedHost = advertisedHost
    self.advertisedPort = advertisedPort
  }

  /// The port that clients are told, once the listener is bound.
  package func advertisedPort(bound: Int) -> Int { advertisedPort ?? bound }

  /// Only processes of this machine can connect.
  package var isLoopback: Bool {
    host == "localhost" || host == "::1" || host.hasPrefix("127.")
  }
}

/// `NAME://host:port`, with an IPv6 host in brackets.
package struct ListenerAddress: Hashable, Sendable {
  package let name: String
  package let host: String
  package let port: Int

  init?(_ text: String) {
    guard let schemeEnd = text.firstIndex(of: ":"), text[schemeEnd...].hasPrefix("://") else {
      return nil
    }
    name = text[..<schemeEnd].uppercased()
    let address = text[schemeEnd...].dropFirst(3)
    guard !name.isEmpty, let colon = address.lastIndex(of: ":"),
      let port = UInt16(address[address.index(after: colon)...])
    else { return nil }
    self.port = Int(port)
    var host = address[..<colon]
    let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
    if isBracketed { host = host.dropFirst().dropLast() }
    guard host.utf8.allSatisfy({ Self.isLegal($0, inBrackets: isBracketed) }) else { return nil }
    self.host = String(host)
  }

  var isIPv6: Bool { host.contains(":") }
  var isIPv4: Bool { !host.isEmpty && host.allSatisfy { $0.isNumber || $0 == "." } }

  private static func isLegal(_ byte: UInt8, inBrackets: Bool) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"):
      true
    case UInt8(ascii: ":"), UInt8(ascii: "%"): inBrackets
    default: false
    }
  }
}
