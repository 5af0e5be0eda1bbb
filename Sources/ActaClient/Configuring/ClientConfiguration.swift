import KafkaConfig

/// What all clients have in common.
protocol ClientConfiguration: Sendable {
  var bootstrapServers: [String] { get set }
  var clientID: String { get set }
  var requestTimeoutMilliseconds: Int32 { get set }
  var metadataMaxAgeMilliseconds: Int64 { get set }
  var retryBackoffMilliseconds: Int64 { get set }
  var retryBackoffMaxMilliseconds: Int64 { get set }
  var reconnectBackoffMilliseconds: Int64 { get set }
  var reconnectBackoffMaxMilliseconds: Int64 { get set }
  var socketConnectionSetupTimeoutMilliseconds: Int64 { get set }
  var security: ClientSecurity { get set }

  init()
}

extension PropertyEntry where Configuration: ClientConfiguration {
  /// Properties of all clients.
  static var common: [Self] {
    [
      .list(
        "bootstrap.servers", \.bootstrapServers, .nonEmptyElements,
        "host:port of brokers, separated by commas; any of them leads to the others."),
      .text("client.id", \.clientID, "What brokers show in their logs."),
      .number(
        "request.timeout.ms", .int, \.requestTimeoutMilliseconds, .atLeast(0),
        "Milliseconds that the client waits for an answer before it gives the connection up."),
      .number(
        "metadata.max.age.ms", .long, \.metadataMaxAgeMilliseconds, .atLeast(0),
        "Milliseconds after which the client asks anew which brokers there are, and who leads what."
      ),
      .number(
        "retry.backoff.ms", .long, \.retryBackoffMilliseconds, .atLeast(0),
        "Milliseconds before what has failed is tried again, at first; twice as many each time."),
      .number(
        "retry.backoff.max.ms", .long, \.retryBackoffMaxMilliseconds, .atLeast(0),
        "The same at most."),
      .number(
        "reconnect.backoff.ms", .long, \.reconnectBackoffMilliseconds, .atLeast(0),
        "Milliseconds before a broker that could not be reached is tried again, at first."),
      .number(
        "reconnect.backoff.max.ms", .long, \.reconnectBackoffMaxMilliseconds, .atLeast(0),
        "The same at most."),
      .number(
        "socket.connection.setup.timeout.ms", .long, \.socketConnectionSetupTimeoutMilliseconds,
        .atLeast(1), "Milliseconds that a connection may take to come to be."),
      .only("use_all_dns_ips", "client.dns.lookup", "All addresses of a name are tried in turn."),
    ]
      + notHere(
        "connections are not closed for being idle", "connections.max.idle.ms")
      + notHere(
        "the system sizes its sockets' buffers", "receive.buffer.bytes", "send.buffer.bytes")
      + notHere(
        "the program connects the instrumentation that it wants", "enable.metrics.push",
        "metric.reporters", "metrics.num.samples", "metrics.recording.level",
        "metrics.sample.window.ms", "auto.include.jmx.reporter")
      + notHere(
        "the addresses of the beginning are always tried again", "metadata.recovery.strategy",
        "metadata.recovery.rebootstrap.trigger.ms", "bootstrap.resolve.timeout.ms",
        "metadata.cluster.check.enable")
      + notHere("each attempt has the same time", "socket.connection.setup.timeout.max.ms")
      + notHere(
        "it names classes of Java's", "config.providers", "interceptor.classes",
        "security.providers")
      + security
  }

  /// - Parameter reason: How a sentence goes on.
  static func notHere(_ reason: String, _ names: String...) -> [Self] { notHere(reason, names) }

  static func notHere(_ reason: String, _ names: [String]) -> [Self] {
    names.map { .unused($0, "\(reason).") }
  }
}
