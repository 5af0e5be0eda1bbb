/// What a broker's configuration says about connections.
package struct ConnectionConfig: Hashable, Sendable {
  /// `socket.request.max.bytes`
  package let maxRequestBytes: Int
  /// `socket.send.buffer.bytes`; the system decides when not positive.
  package let sendBufferBytes: Int
  /// `socket.receive.buffer.bytes`; the system decides when not positive.
  package let receiveBufferBytes: Int
  /// `socket.listen.backlog.size`; `nil` if it is not set, then the server's own holds.
  package let backlog: Int?
  /// `connections.max.idle.ms`
  package let maxIdleMilliseconds: Int64
  /// `max.connections`; `nil` if it is not set: Kafka's default is no limit, the server has one.
  package let maxConnections: Int?
  /// `max.connections.per.ip`; `nil` if it is not set.
  package let maxConnectionsPerAddress: Int?
  /// `num.network.threads`
  package let networkThreads: Int
  /// `queued.max.requests`
  package let queuedMaxRequests: Int

  init(_ values: ConfigValues, isSet: (String) -> Bool) {
    maxRequestBytes = values.int("socket.request.max.bytes")
    sendBufferBytes = values.int("socket.send.buffer.bytes")
    receiveBufferBytes = values.int("socket.receive.buffer.bytes")
    maxIdleMilliseconds = values.long("connections.max.idle.ms")
    networkThreads = values.int("num.network.threads")
    queuedMaxRequests = values.int("queued.max.requests")
    func ifSet(_ name: String) -> Int? { isSet(name) ? values.int(name) : nil }
    backlog = ifSet("socket.listen.backlog.size")
    maxConnections = ifSet("max.connections")
    maxConnectionsPerAddress = ifSet("max.connections.per.ip")
  }
}
