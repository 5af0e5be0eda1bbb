import ClientCore

/// How an administrator works. Names, units and defaults are Kafka's, in camel case; times are milliseconds.
public struct AdminConfiguration: Sendable {
  /// `bootstrap.servers`: `host:port`, any of which leads to the others.
  public var bootstrapServers: [String] = ["localhost:9092"]
  /// `client.id`, which brokers show in their logs.
  public var clientID = ""
  /// How long an answer is waited for before the request is made again.
  public var requestTimeoutMilliseconds: Int32 = 30_000
  /// `default.api.timeout.ms`: how long a call may take, with all its attempts.
  public var defaultAPITimeoutMilliseconds: Int64 = 60_000
  /// Attempts after the first; what ends them is usually `defaultAPITimeoutMilliseconds`.
  public var retries: Int32 = .max
  public var retryBackoffMilliseconds: Int64 = 100
  public var retryBackoffMaxMilliseconds: Int64 = 1_000
  /// `metadata.max.age.ms`: how old the picture of the cluster may be.
  public var metadataMaxAgeMilliseconds: Int64 = 300_000
  /// `reconnect.backoff.ms`: the pause before a broker that could not be reached is tried again, at first.
  public var reconnectBackoffMilliseconds: Int64 = 50
  /// `reconnect.backoff.max.ms`: the same, at last.
  public var reconnectBackoffMaxMilliseconds: Int64 = 1_000
  /// `socket.connection.setup.timeout.ms`: how long a connection may take to come to be.
  public var socketConnectionSetupTimeoutMilliseconds: Int64 = 10_000

  public init() {}

  public init(bootstrapServers: [String]) { self.bootstrapServers = bootstrapServers }
}

extension AdminConfiguration: ClusterConfiguration {
  /// - Throws: `invalidArgument` with a sentence that names the setting.
  func networkSettings() throws(ClientFailure) -> NetworkSettings {
    guard requestTimeoutMilliseconds > 0 else {
      throw ClientFailure(.invalidArgument, "request.timeout.ms must be more than 0.")
    }
    guard defaultAPITimeoutMilliseconds >= 0 else {
      throw ClientFailure(.invalidArgument, "default.api.timeout.ms must be at least 0.")
    }
    guard retries >= 0 else {
      throw ClientFailure(.invalidArgument, "retries must be at least 0.")
    }
    var settings = try reach()
    settings.allowAutoCreateTopics = false
    return settings
  }
}
