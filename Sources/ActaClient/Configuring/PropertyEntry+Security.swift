import ClientCore
import KafkaConfig

extension PropertyEntry where Configuration: ClientConfiguration {
  /// What `SecurityProperties` reads; here are their types, checks and documentation.
  static var security: [Self] {
    [
      part(
        "security.protocol", .string, default: "PLAINTEXT",
        "PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL: what is spoken.",
        check: .oneOfIgnoringCase(["sasl_ssl", "plaintext", "ssl", "sasl_plaintext"])),
      part(
        "sasl.mechanism", .string, default: "GSSAPI",
        "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; the default, which is Kafka's, is not there."),
      part(
        "sasl.jaas.config", .password,
        "Java's PlainLoginModule or ScramLoginModule, required username=\"…\" password=\"…\";."),
      part(
        "ssl.truststore.location", .string,
        "The file of certificates that are trusted; without one, what the system trusts."),
      part("ssl.truststore.password", .password, "The password of a PKCS12 store."),
      part(
        "ssl.truststore.type", .string, default: "JKS",
        "PEM or PKCS12; JKS stands for PKCS12 as well, and Java's own format is not read."),
      part(
        "ssl.truststore.certificates", .password,
        "The certificates themselves, as PEM; blanks may stand for line ends."),
      part(
        "ssl.keystore.location", .string,
        "The file with the client's certificate, what it was issued by, and its key."),
      part("ssl.keystore.password", .password, "The password of a PKCS12 store."),
      part("ssl.keystore.type", .string, default: "JKS", "As ssl.truststore.type."),
      part("ssl.keystore.key", .password, "The client's key itself, as PEM (PKCS#8)."),
      part(
        "ssl.keystore.certificate.chain", .password,
        "The client's certificate and what it was issued by, as PEM."),
      part("ssl.key.password", .password, "The password of an encrypted key."),
      part(
        "ssl.endpoint.identification.algorithm", .string, default: "https",
        "https: a broker's certificate must be for the name or address connected to; empty: for any.",
        check: .oneOfIgnoringCase(["https", ""])),
      part(
        "ssl.enabled.protocols", .list, default: "TLSv1.2,TLSv1.3",
        "The versions that may be spoken.",
        check: .subset(of: ["TLSv1.2", "TLSv1.3"], mayBeEmpty: false)),
      part(
        "ssl.cipher.suites", .list, default: "",
        "The cipher suites that may be used, by IANA's names; empty leaves it to OpenSSL.",
        check: .distinct),
    ] + withoutEffect
  }

  private static func part(
    _ name: String, _ type: ConfigType, default text: String? = nil, _ summary: String,
    check: ConfigCheck = .none
  ) -> Self {
    .own(name, type, check, default: text, summary) { _, _ in }
  }

  private static var withoutEffect: [Self] {
    let kerberos = [
      "kinit.cmd", "min.time.before.relogin", "service.name", "ticket.renew.jitter",
      "ticket.renew.window.factor",
    ]
    let refresh = [
      "connect.timeout.ms", "read.timeout.ms", "refresh.buffer.seconds",
      "refresh.min.period.seconds", "refresh.window.factor", "refresh.window.jitter",
      "retry.backoff.max.ms", "retry.backoff.ms",
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
    return notHere("GSSAPI (Kerberos) is not there", kerberos.map { "sasl.kerberos.\($0)" })
      + notHere(
        "PLAIN and SCRAM have no token that is refreshed", refresh.map { "sasl.login.\($0)" })
      + notHere("OAUTHBEARER is not there", bearer.map { "sasl.oauthbearer.\($0)" })
      + notHere(
        "it names classes of Java's", "sasl.client.callback.handler.class",
        "sasl.login.callback.handler.class", "sasl.login.class", "ssl.engine.factory.class",
        "ssl.keymanager.algorithm", "ssl.provider", "ssl.secure.random.implementation",
        "ssl.trustmanager.algorithm")
      + notHere("ssl.enabled.protocols says which versions are spoken", "ssl.protocol")
  }
}
