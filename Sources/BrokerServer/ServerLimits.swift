/// What connections may take, as of now. Defaults are Kafka's where Kafka has one.
package struct ServerLimits: Sendable {
  /// `max.connections` and `max.connections.per.ip`; Kafka has no bound by default.
  package var maxConnections = 4096
  package var maxConnectionsPerAddress = 512
  /// `connections.max.idle.ms`
  package var maxIdleMilliseconds: Int64 = 600_000
  /// `socket.request.max.bytes`; for frames that have not begun.
  package var maxRequestBytes = 104_857_600

  package init() {}
}
