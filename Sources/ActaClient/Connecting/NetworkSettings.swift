import ClientCore

/// How a client reaches its cluster; names and defaults are Kafka's.
struct NetworkSettings: Sendable {
  var bootstrapServers: [BrokerEndpoint] = []
  var clientID = ""
  var instruments = ClientInstruments()
  var security = NetworkSecurity.plaintext
  var requestTimeoutMilliseconds: Int64 = 30_000
  /// `socket.connection.setup.timeout.ms`
  var connectionSetupTimeoutMilliseconds: Int64 = 10_000
  /// `reconnect.backoff.ms`, `reconnect.backoff.max.ms`
  var reconnectBackoff = Backoff(firstMilliseconds: 50, lastMilliseconds: 1_000)
  /// `retry.backoff.ms`, `retry.backoff.max.ms`
  var retryBackoff = Backoff(firstMilliseconds: 100, lastMilliseconds: 1_000)
  /// `metadata.max.age.ms`
  var metadataMaxAgeMilliseconds: Int64 = 300_000
  /// Whether asking for a topic may make it.
  var allowAutoCreateTopics = true
}
