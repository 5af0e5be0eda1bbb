import ClientCore

/// What all clients are told of how to reach their cluster; names and units are the public configurations'.
protocol ClusterConfiguration {
  var bootstrapServers: [String] { get }
  var clientID: String { get }
  var requestTimeoutMilliseconds: Int32 { get }
  var retryBackoffMilliseconds: Int64 { get }
  var retryBackoffMaxMilliseconds: Int64 { get }
  var metadataMaxAgeMilliseconds: Int64 { get }
  var reconnectBackoffMilliseconds: Int64 { get }
  var reconnectBackoffMaxMilliseconds: Int64 { get }
  var socketConnectionSetupTimeoutMilliseconds: Int64 { get }
  var security: ClientSecurity { get }
}

extension ClusterConfiguration {
  /// `retry.backoff.ms`, `retry.backoff.max.ms`
  var backoff: Backoff {
    Backoff(
      firstMilliseconds: retryBackoffMilliseconds, lastMilliseconds: retryBackoffMaxMilliseconds)
  }

  /// - Throws: `invalidArgument` for addresses that are none, and for certificates and keys that cannot be used.
  func reach() throws(ClientFailure) -> NetworkSettings {
    var settings = NetworkSettings()
    settings.bootstrapServers = try BrokerEndpoint.list(bootstrapServers)
    settings.clientID = clientID
    settings.security = try NetworkSecurity(security)
    settings.requestTimeoutMilliseconds = Int64(requestTimeoutMilliseconds)
    settings.retryBackoff = backoff
    settings.connectionSetupTimeoutMilliseconds = socketConnectionSetupTimeoutMilliseconds
    settings.reconnectBackoff = Backoff(
      firstMilliseconds: reconnectBackoffMilliseconds,
      lastMilliseconds: reconnectBackoffMaxMilliseconds)
    settings.metadataMaxAgeMilliseconds = max(1, metadataMaxAgeMilliseconds)
    return settings
  }
}
