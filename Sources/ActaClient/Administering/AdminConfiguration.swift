import ClientCore

/// How an administrator works. Names, units and defaults are Kafka's, in camel case; times are milliseconds.
public struct AdminConfiguration: Sendable {
  /// `bootstrap.servers`, `localhost:9092`: `host:port`, any of which leads to the others.
  public var bootstrapServers: [String] = ["localhost:9092"]
  /// `client.id`, which brokers show in their logs.
  public var clientID = ""
  /// `request.timeout.ms`, 30,000: how long an answer is waited for before the request is made again.
  public var requestTimeoutMilliseconds: Int32 = 30_000
  /// `default.api.timeout.ms`, 60,000: how long a call may take, with all its attempts.
  public var defaultAPITimeoutMilliseconds: Int64 = 60_000
  /// `retries`, 2,147,483,647: attempts after the first; what ends them is usually `defaultAPITimeoutMilliseconds`.
  public var retries: Int32 = .max
  /// `retry.backoff.ms`, 100: the pause before what has failed is tried again, at first; twice as long each time.
  public var retryBackoffMilliseconds: Int64 = 100
  /// `retry.backoff.max.ms`, 1,000: the same, at last.
  public var retryBackoffMaxMilliseconds: Int64 = 1_000
  /// `metadata.max.age.ms`, 300,000: how old the picture of the cluster may be.
  public var metadataMaxAgeMilliseconds: Int64 = 300_000
  /// `reconnect.backoff.ms`, 50: the pause before a broker that could not be reached is tried again, at first.
  public var reconnectBackoffMilliseconds: Int64 = 50
  /// `reconnect.backoff.max.ms`, 1,000: the same, at last.
  public var reconnectBackoffMaxMilliseconds: Int64 = 1_000
  /// `socket.connection.setup.timeout.ms`, 10,000: how long a connection may take to come to be.
  public var socketConnectionSetupTimeoutMilliseconds: Int64 = 10_000
  /// `security.protocol`, `sasl.…` and `ssl.…`; none: whether connections are encrypted, and how both sides prove who they
  /// are.
  public var security = ClientSecurity.plaintext

  /// What the client is watched with; nothing is traced, for there are no records.
  public var instruments = ClientInstruments()

  /// The defaults.
  public init() {}

  /// The defaults, for these brokers.
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
    settings.instruments = instruments
    settings.allowAutoCreateTopics = false
    return settings
  }
}
