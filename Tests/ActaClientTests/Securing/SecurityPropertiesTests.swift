import Foundation
import SASL
import SecurityTestSupport
import Testing

@testable import ActaClient

@Suite("security.protocol and what belongs to it") struct SecurityPropertiesTests {
  private static let plainModule = "org.apache.kafka.common.security.plain.PlainLoginModule"
  private static let login = "\(plainModule) required username=\"alice\" password=\"s3cret\";"
  private static let own = Secured.authority.issue("alice")

  private static func read(
    _ properties: [String: String], note: (String) -> Void = { _ in }
  ) throws -> ClientSecurity {
    try AdminConfiguration(properties: properties, note: note).security
  }

  @Test("a name and a password, with TLS and what the system trusts")
  func saslSSL() throws {
    let security = try Self.read([
      "security.protocol": "sasl_ssl", "sasl.mechanism": "SCRAM-SHA-512",
      "sasl.jaas.config":
        "org.apache.kafka.common.security.scram.ScramLoginModule required username=alice password=\"s\\\"3\";",
    ])
    guard case .saslSSL(let sasl, let tls) = security else {
      Issue.record("\(security)")
      return
    }
    #expect(sasl.mechanism == .scramSHA512)
    #expect(sasl.credentials.username == "alice")
    #expect(sasl.credentials.password == "s\"3")
    #expect("\(tls.trust)" == "system")
    #expect(tls.verifiesHostName)
    #expect(tls.enabledProtocols == [.tls12, .tls13])
    #expect(tls.identity == nil)
  }

  @Test("PEM in the properties, on one line")
  func pem() throws {
    func line(_ text: String) -> String { text.replacingOccurrences(of: "\n", with: " ") }
    let security = try Self.read([
      "security.protocol": "SSL", "ssl.truststore.type": "PEM",
      "ssl.truststore.certificates": line(Secured.authority.certificate),
      "ssl.keystore.type": "PEM", "ssl.keystore.key": line(Self.own.key(encryptedWith: "k")),
      "ssl.keystore.certificate.chain": line(Self.own.certificate), "ssl.key.password": "k",
      "ssl.endpoint.identification.algorithm": "", "ssl.enabled.protocols": "TLSv1.3",
      "ssl.cipher.suites": "TLS_AES_256_GCM_SHA384",
    ])
    guard case .ssl(let tls) = security else {
      Issue.record("\(security)")
      return
    }
    #expect("\(tls.trust)" == "PEM")
    #expect(tls.identity != nil)
    #expect(!tls.verifiesHostName)
    #expect(tls.enabledProtocols == [.tls13])
    #expect(tls.cipherSuites == ["TLS_AES_256_GCM_SHA384"])
  }

  static let refused: [(properties: [String: String], said: String)] = [
    (["security.protocol": "TLS"], "SASL_SSL, PLAINTEXT, SSL, SASL_PLAINTEXT"),
    (["security.protocol": "SASL_SSL"], "GSSAPI is not there"),
    (
      ["security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "OAUTHBEARER"],
      "OAUTHBEARER is not there"
    ),
    (
      ["security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN"],
      "sasl.jaas.config is not set"
    ),
    (
      [
        "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN",
        "sasl.jaas.config": "\(plainModule) required username=\"a\" password=\"s3cret\"",
      ], "not terminated by semi-colon"
    ),
    (
      [
        "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN",
        "sasl.jaas.config": "com.sun.security.auth.module.JndiLoginModule required a=\"s3cret\";",
      ], "a login module that is not known"
    ),
    (
      [
        "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN",
        "sasl.jaas.config": "\(plainModule) required password=\"s3cret\";",
      ], "must have the options username and password"
    ),
    (
      [
        "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "SCRAM-SHA-256",
        "sasl.jaas.config":
          "\(plainModule) required username=\"a\" password=\"s3cret\" tokenauth=\"true\";",
      ], "delegation tokens"
    ),
    (
      [
        "security.protocol": "SSL", "ssl.truststore.type": "PEM",
        "ssl.truststore.location": "/nowhere/ca.pem",
      ],
      "/nowhere/ca.pem cannot be read"
    ),
    (
      ["security.protocol": "SSL", "ssl.truststore.certificates": "x"],
      "SSL trust store certs can be specified only for PEM, but trust store type is JKS."
    ),
    (
      ["security.protocol": "SSL", "ssl.truststore.password": "s3cret"],
      "SSL trust store is not specified, but trust store password is specified."
    ),
    (
      ["security.protocol": "SSL", "ssl.truststore.type": "BKS", "ssl.truststore.location": "x"],
      "ssl.truststore.type BKS is not there"
    ),
    (
      [
        "security.protocol": "SSL", "ssl.truststore.type": "PEM", "ssl.truststore.location": "x",
        "ssl.truststore.password": "s3cret",
      ], "SSL trust store password cannot be specified for PEM format."
    ),
    (
      ["security.protocol": "SSL", "ssl.keystore.type": "PEM", "ssl.keystore.key": "x"],
      "SSL private key is specified, but certificate chain is not specified."
    ),
    (
      ["security.protocol": "SSL", "ssl.keystore.location": "x"],
      "SSL key store is specified, but key store password is not specified."
    ),
    (
      [
        "security.protocol": "SSL", "ssl.keystore.location": "x", "ssl.keystore.password": "s3cret",
        "ssl.key.password": "0ther",
      ], "the key has the store's password"
    ),
    (["security.protocol": "SSL", "ssl.enabled.protocols": "TLSv1.1"], "TLSv1.2, TLSv1.3"),
    (["security.protocol": "SSL", "ssl.cipher.suites": "RC4"], "no cipher suite RC4"),
    (["ssl.endpoint.identification.algorithm": "ldaps"], "HTTPS"),
  ]

  @Test("what cannot be meant is refused, and no secret is told", arguments: refused.indices)
  func refusals(_ index: Int) {
    let (properties, said) = Self.refused[index]
    let error = #expect(throws: KafkaError.self) { try Self.read(properties) }
    let sentence = error?.description ?? ""
    #expect(sentence.contains(said), "\(sentence)")
    #expect(!sentence.contains("s3cret"))
    #expect(!sentence.contains("0ther"))
  }

  @Test("what the protocol makes no use of is told")
  func notes() throws {
    var notes: [String] = []
    _ = try Self.read([
      "ssl.truststore.location": "/nowhere/ca.pem", "sasl.mechanism": "GSSAPI",
      "ssl.protocol": "TLSv1.3", "sasl.login.class": "x",
    ]) { notes.append($0) }
    #expect(
      Set(notes) == [
        "ssl.truststore.location has no effect: security.protocol is PLAINTEXT.",
        "ssl.protocol has no effect: ssl.enabled.protocols says which versions are spoken.",
        "sasl.login.class has no effect: it names classes of Java's.",
      ])
  }

  @Test("a configuration that is printed shows no secret")
  func printed() throws {
    var configuration = ProducerConfiguration()
    configuration.security = .saslSSL(
      .plain(username: "alice", password: "s3cret"),
      TLSConfiguration(
        trust: .pkcs12(file: "trust.p12", password: "s3cret"),
        identity: .pem(certificateChain: "chain", key: "s3cret", keyPassword: "s3cret")))
    var text = "\(configuration) \(String(reflecting: configuration))"
    dump(configuration, to: &text)
    #expect(text.contains("alice"))
    #expect(text.contains("trust.p12"))
    #expect(!text.contains("s3cret"))
  }
}
