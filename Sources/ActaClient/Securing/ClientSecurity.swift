/// How a client and its brokers know each other: Kafka's `security.protocol`, with what belongs to it.
///
/// ```swift
/// var configuration = ProducerConfiguration(bootstrapServers: ["kafka.example.com:9093"])
/// configuration.security = .saslSSL(.scramSHA512(username: "alice", password: password))
/// configuration.security = .ssl(TLSConfiguration(trust: .pemFile("ca.pem")))
/// ```
///
/// A broker that does not accept the client, or that the client does not accept, ends the client at once: calls throw
/// a `KafkaError` that `isAuthenticationFailure` and `isFatal`, and no further attempt is made. Passwords and keys
/// appear in no description, no error and no log.
public enum ClientSecurity: Sendable {
  /// Neither encrypted nor authenticated; the default.
  case plaintext
  /// TLS; the client proves who it is with a certificate, if it has one.
  case ssl(TLSConfiguration = TLSConfiguration())
  /// SASL without encryption: with `PLAIN`, everybody on the way reads the password.
  case saslPlaintext(SASLConfiguration)
  /// SASL over TLS.
  case saslSSL(SASLConfiguration, TLSConfiguration = TLSConfiguration())
}

extension ClientSecurity {
  var sasl: SASLConfiguration? {
    switch self {
    case .plaintext, .ssl: nil
    case .saslPlaintext(let sasl), .saslSSL(let sasl, _): sasl
    }
  }

  var tls: TLSConfiguration? {
    switch self {
    case .plaintext, .saslPlaintext: nil
    case .ssl(let tls), .saslSSL(_, let tls): tls
    }
  }
}
