/// Where a broker is reached.
struct BrokerEndpoint: Hashable, Sendable {
  let host: String
  let port: UInt16
}

extension BrokerEndpoint: CustomStringConvertible {
  /// `host:port`, an IPv6 host in brackets.
  var description: String {
    host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}
