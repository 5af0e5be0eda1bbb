/// One address to listen on.
package struct ListenerConfiguration: Sendable {
  package var name: String
  /// A name or an IPv4 or IPv6 address; empty means all interfaces, IPv4 and IPv6.
  package var host: String
  /// 0 lets the system choose.
  package var port: Int

  package init(name: String, host: String, port: Int) {
    self.name = name
    self.host = host
    self.port = port
  }
}
