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

  init()
}

extension PropertyEntry where Configuration: ClientConfiguration {
  /// Properties of all clients.
  static var common: [Self] {
    [
      .list(
        "bootstrap.servers", \.bootstrapServers, .distinct,
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
      .only("PLAINTEXT", "security.protocol", "There is neither TLS nor SASL yet."),
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
      + notHere("security.protocol is PLAINTEXT", security)
  }

  /// - Parameter reason: How a sentence goes on.
  static func notHere(_ reason: String, _ names: String...) -> [Self] { notHere(reason, names) }

  private static func notHere(_ reason: String, _ names: [String]) -> [Self] {
    names.map { .unused($0, "\(reason).") }
  }

  private static var security: [String] {
    let sasl = [
      "client.callback.handler.class", "jaas.config", "kerberos.kinit.cmd",
      "kerberos.min.time.before.relogin", "kerberos.service.name", "kerberos.ticket.renew.jitter",
      "kerberos.ticket.renew.window.factor", "login.callback.handler.class", "login.class",
      "login.connect.timeout.ms", "login.read.timeout.ms", "login.refresh.buffer.seconds",
      "login.refresh.min.period.seconds", "login.refresh.window.factor",
      "login.refresh.window.jitter", "login.retry.backoff.max.ms", "login.retry.backoff.ms",
      "mechanism",
    ]
    let bearer = [
      "allow.unverified.audience", "allow.unverified.issuer", "assertion.algorithm",
      "assertion.claim.aud", "assertion.claim.exp.seconds", "assertion.claim.iss",
      "assertion.claim.jti.include", "assertion.claim.nbf.seconds", "assertion.claim.sub",
      "assertion.file", "assertion.private.key.file", "assertion.private.key.passphrase",
      "assertion.template.file", "client.credentials.client.id",
      "client.credentials.client.secret", "clock.skew.seconds", "expected.audience",
      "expected.issuer", "header.urlencode", "jwks.endpoint.refresh.ms",
      "jwks.endpoint.retry.backoff.max.ms", "jwks.endpoint.retry.backoff.ms", "jwks.endpoint.url",
      "jwt.retriever.class", "jwt.validator.class", "scope", "scope.claim.name", "sub.claim.name",
      "token.endpoint.url",
    ]
    let ssl = [
      "cipher.suites", "enabled.protocols", "endpoint.identification.algorithm",
      "engine.factory.class", "key.password", "keymanager.algorithm", "keystore.certificate.chain",
      "keystore.key", "keystore.location", "keystore.password", "keystore.type", "protocol",
      "provider", "secure.random.implementation", "trustmanager.algorithm",
      "truststore.certificates", "truststore.location", "truststore.password", "truststore.type",
    ]
    return sasl.map { "sasl.\($0)" } + bearer.map { "sasl.oauthbearer.\($0)" }
      + ssl.map { "ssl.\($0)" }
  }
}
