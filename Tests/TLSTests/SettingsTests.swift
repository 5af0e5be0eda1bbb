import Foundation
import SecurityTestSupport
import TLS
import Testing

@Suite("Certificates and keys from where they are kept") struct SettingsTests {
  private static let own = SessionTests.authority.issue("alice")

  private static func file(_ bytes: [UInt8], _ ending: String) throws -> String {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(
      "tls-\(UInt64.random(in: 0 ... .max)).\(ending)"
    ).path
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  private static func refusal(
    trust: TLSSettings.Trust = .system, identity: TLSSettings.Identity? = nil,
    _ change: (inout TLSSettings) -> Void = { _ in }
  ) -> String {
    var settings = TLSSettings(.client)
    settings.trust = trust
    settings.identity = identity
    change(&settings)
    do throws(TLSSettingsError) {
      _ = try TLSContext(settings)
      return "taken"
    } catch {
      return error.description
    }
  }

  private static func handshake(
    trust: TLSSettings.Trust, identity: TLSSettings.Identity
  ) throws {
    let pair = SessionPair(
      try SessionTests.client {
        $0.trust = trust
        $0.identity = identity
      }, try SessionTests.server(SessionTests.identity, .required))
    try pair.handshake()
    #expect(pair.isServerDone)
  }

  @Test("PEM as a text, on one line, with escapes, and in files")
  func pem() throws {
    let (chain, key, trusted) = (
      Self.own.certificate, Self.own.key, SessionTests.authority.certificate
    )
    for change: (String) -> String in [
      { $0 }, { $0.replacingOccurrences(of: "\n", with: " ") },
      { $0.replacingOccurrences(of: "\n", with: "\\n") },
      { "Bag Attributes\n" + $0.replacingOccurrences(of: "\n", with: "\r\n") },
    ] {
      try Self.handshake(
        trust: .pem(.text(change(trusted))),
        identity: .pem(
          chain: .text(change(chain)), key: .text(change(key)), keyPassword: nil))
    }
    let (store, authority) = (
      try Self.file(Array((key + chain).utf8), "pem"), try Self.file(Array(trusted.utf8), "pem")
    )
    try Self.handshake(
      trust: .pem(.file(authority)),
      identity: .pem(chain: .file(store), key: .file(store), keyPassword: nil))
  }

  @Test("an encrypted key opens with its password, and nobody is asked for one")
  func encrypted() throws {
    let (chain, key) = (Self.own.certificate, Self.own.key(encryptedWith: "s3cret"))
    func identity(_ password: String?) -> TLSSettings.Identity {
      .pem(chain: .text(chain), key: .text(key), keyPassword: password)
    }
    try Self.handshake(
      trust: .pem(.text(SessionTests.authority.certificate)), identity: identity("s3cret"))
    for password in [nil, "", "wr0ng"] {
      let said = Self.refusal(identity: identity(password))
      #expect(said.contains("no private key that can be read"), "\(said)")
      #expect(!said.contains("wr0ng"))
    }
  }

  @Test("PKCS12 opens with its password; a Java key store says how to make one of it")
  func pkcs12() throws {
    let path = try Self.file(Self.own.pkcs12("s3cret"), "p12")
    try Self.handshake(
      trust: .pkcs12(file: path, password: "s3cret"),
      identity: .pkcs12(file: path, password: "s3cret"))
    let said = Self.refusal(identity: .pkcs12(file: path, password: "wr0ng"))
    #expect(said == "\(path): the store's password is wrong.")
    let java = try Self.file([0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2], "jks")
    #expect(
      Self.refusal(trust: .pkcs12(file: java, password: "x")).contains(
        "keytool -importkeystore -srckeystore \(java)"))
    let other = try Self.file(Array("hello".utf8), "p12")
    #expect(Self.refusal(trust: .pkcs12(file: other, password: "x")).contains("is not PKCS12"))
  }

  @Test("what cannot be used is told with its file, and without what is in there")
  func unusable() throws {
    let other = SessionTests.authority.issue("bob")
    let empty = try Self.file([], "pem")
    let damaged = try Self.file(
      Array(Self.own.certificate.replacingOccurrences(of: "A", with: "!").utf8), "pem")
    #expect(
      Self.refusal(trust: .pem(.file("/nowhere/ca.pem"))).contains(
        "/nowhere/ca.pem cannot be read: No such file"))
    #expect(Self.refusal(trust: .pem(.file(empty))) == "\(empty) has no certificate in it.")
    #expect(Self.refusal(trust: .pem(.file(damaged))).hasPrefix("\(damaged) is not PEM"))
    #expect(Self.refusal(trust: .pem(.text("hello"))).contains("has no certificate in it"))
    #expect(
      Self.refusal(
        identity: .pem(
          chain: .text(Self.own.certificate), key: .text(other.key), keyPassword: nil)
      ).contains("do not go together"))
    #expect(Self.refusal(trust: .pem(.file("/"))).contains("/ cannot be read"))
  }

  @Test("suites go by IANA's names, and narrow the versions to those that have one")
  func suites() throws {
    for (names, version) in [
      (["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"], TLSSettings.Version.tls12),
      (["TLS_AES_256_GCM_SHA384"], .tls13),
      (["TLS_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"], .tls13),
    ] {
      let pair = SessionPair(
        try SessionTests.client { $0.cipherSuites = names },
        try SessionTests.server(SessionTests.identity, .none) { $0.versions = [version] })
      try pair.handshake()
      #expect(pair.isServerDone)
    }
    #expect(
      Self.refusal { $0.cipherSuites = ["TLS_NONE"] } == "There is no cipher suite TLS_NONE here.")
    #expect(
      Self.refusal {
        $0.cipherSuites = ["TLS_AES_256_GCM_SHA384"]
        $0.versions = [.tls12]
      }.contains("No version of TLS"))
    #expect(Self.refusal { $0.versions = [] }.contains("No version of TLS"))
  }

  @Test("the system's certificates can be had")
  func system() { #expect(Self.refusal() == "taken") }
}
