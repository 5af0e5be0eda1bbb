import Bytes
import SecurityTestSupport
import TLS
import Testing

@Suite("TLS sessions in memory") struct SessionTests {
  static let authority = TestAuthority("Test authority")
  static let identity = authority.issue("broker")

  static func client(
    trust: String? = nil, _ change: (inout TLSSettings) -> Void = { _ in }
  ) throws -> TLSContext {
    var settings = TLSSettings(.client)
    settings.trust = .pem(.text(trust ?? authority.certificate))
    change(&settings)
    return try TLSContext(settings)
  }

  static func server(
    _ identity: TestIdentity = identity, _ demand: TLSSettings.CertificateDemand = .none,
    _ change: (inout TLSSettings) -> Void = { _ in }
  ) throws -> TLSContext {
    var settings = TLSSettings(.server(clientCertificates: demand))
    settings.identity = .pem(
      chain: .text(identity.certificate), key: .text(identity.key), keyPassword: nil)
    settings.trust = .pem(.text(authority.certificate))
    change(&settings)
    return try TLSContext(settings)
  }

  static let versions: [TLSSettings.Version] = [.tls12, .tls13]

  private static func text(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
  }

  @Test(
    "both sides understand each other, wherever the bytes are cut", arguments: versions,
    [1, 2, 3, 5, 7, 100, .max])
  func splits(_ version: TLSSettings.Version, _ chunk: Int) throws {
    let pair = SessionPair(
      try Self.client { $0.versions = [version] }, try Self.server(), chunk: chunk)
    try pair.handshake()
    #expect(pair.isClientDone)
    #expect(pair.isServerDone)
    for count in [1, 16_384, 16_385, 100_000] {
      let text = Self.text(count)
      try pair.client.write(BytePieces(text))
      #expect(try pair.serverReads(pair.takeFromClient()) == text)
      try pair.server.write(BytePieces(text))
      #expect(try pair.clientReads(pair.takeFromServer()) == text)
    }
  }

  @Test("a short piece before a long one makes no record of its own")
  func gathering() throws {
    let pair = SessionPair(try Self.client(), try Self.server())
    try pair.handshake()
    _ = pair.takeFromClient()
    var pieces = BytePieces()
    let parts = [Self.text(20), Self.text(50_000), Self.text(3), Self.text(16_384), Self.text(1)]
    for part in parts { pieces.append(part[...]) }
    try pair.client.write(pieces)
    let sealed = pair.takeFromClient()
    let whole = parts.flatMap(\.self)
    #expect(try pair.serverReads(sealed) == whole)
    #expect(Self.records(sealed).count == (whole.count + 16_383) / 16_384)
  }

  /// The lengths of TLS's records.
  private static func records(_ bytes: [UInt8]) -> [Int] {
    var (lengths, index): ([Int], Int) = ([], 0)
    while index + 5 <= bytes.count {
      let length = Int(bytes[index + 3]) << 8 | Int(bytes[index + 4])
      lengths.append(length)
      index += 5 + length
    }
    return lengths
  }

  @Test("nothing to write is nothing to send")
  func empty() throws {
    let pair = SessionPair(try Self.client(), try Self.server())
    try pair.handshake()
    _ = pair.takeFromClient()
    try pair.client.write(BytePieces())
    #expect(pair.takeFromClient().isEmpty)
  }

  @Test("a farewell is told as the end of what the peer sends")
  func farewell() throws {
    let pair = SessionPair(try Self.client(), try Self.server())
    try pair.handshake()
    pair.server.close()
    let farewell = pair.takeFromServer()
    #expect(!farewell.isEmpty)
    let target = UnsafeMutableRawBufferPointer.allocate(byteCount: 16, alignment: 1)
    defer { target.deallocate() }
    farewell.withUnsafeBytes { pair.client.lend($0) }
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: farewell.count, alignment: 1)
    defer { copy.deallocate() }
    copy.copyBytes(from: farewell)
    pair.client.lend(UnsafeRawBufferPointer(copy))
    #expect(try pair.client.read(into: target) == .ended)
    pair.client.takeBack()
  }

  @Test("a handshake that is cut off anywhere waits for the rest", arguments: versions)
  func cut(_ version: TLSSettings.Version) throws {
    let (client, server) = (try Self.client { $0.versions = [version] }, try Self.server())
    let whole = SessionPair(client, server)
    try whole.handshake()
    for count in stride(from: 0, to: whole.fromServer.count, by: 97) {
      let pair = SessionPair(client, server)
      _ = try pair.client.handshake()
      try pair.feed(pair.takeFromClient(), toServer: true)
      try pair.feed(Array(pair.takeFromServer().prefix(count)), toServer: false)
      #expect(!pair.isServerDone)
    }
  }

  @Test("ciphertext that was changed is an error, whichever bit it is")
  func damaged() throws {
    let (client, server) = (try Self.client(), try Self.server())
    for seed in 0..<60 {
      let pair = SessionPair(client, server)
      try pair.handshake()
      _ = pair.takeFromClient()
      try pair.client.write(BytePieces(Self.text(200)))
      var sealed = pair.takeFromClient()
      let bit = seed * 31 % (sealed.count * 8)
      sealed[bit / 8] ^= 1 << (bit % 8)
      do {
        let read = try pair.serverReads(sealed)
        // A record that says it is longer waits for more, and shows nothing.
        #expect(read.isEmpty, "bit \(bit)")
      } catch {
        #expect(!"\(error)".isEmpty)
      }
    }
  }

  // MARK: Who the peer is

  /// Certificates that do not hold, and what is said.
  static let objections: [(name: String, identity: TestIdentity, host: String, said: [String])] = [
    (
      "another host", authority.issue("broker", names: "DNS:kafka.example,IP:10.0.0.1"),
      "localhost", ["CN=broker", "kafka.example, 10.0.0.1", "not for localhost"]
    ),
    (
      "another address", authority.issue("broker", names: "DNS:localhost,IP:10.0.0.1"),
      "127.0.0.1", ["not for 127.0.0.1", "localhost, 10.0.0.1"]
    ),
    ("no names", authority.issue("broker", names: nil), "localhost", ["no name but its subject"]),
    (
      "a wildcard within a label", authority.issue("broker", names: "DNS:loc*"), "localhost",
      ["loc*"]
    ),
    ("expired", authority.issue("old", days: -20 ... -10), "localhost", ["CN=old", "has expired"]),
    ("early", authority.issue("new", days: 10...20), "localhost", ["CN=new", "not valid before"]),
    (
      "another authority", TestAuthority("Nobody").issue("broker"), "localhost",
      ["CN=broker", "issued by CN=Nobody", "not trusted"]
    ),
  ]

  @Test(
    "a certificate that does not hold is told of with its reason", arguments: objections.indices)
  func objection(_ index: Int) throws {
    let (_, identity, host, said) = Self.objections[index]
    for version in Self.versions {
      let pair = SessionPair(
        try Self.client { $0.versions = [version] }, try Self.server(identity), host: host)
      let error = Self.failure(pair)
      guard case .certificate(let sentence)? = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      for word in said { #expect(sentence.contains(word), "\(sentence)") }
      #expect(error?.isRefusal == true)
    }
  }

  private static func failure(_ pair: SessionPair) -> TLSError? {
    do throws(TLSError) {
      try pair.handshake()
      return nil
    } catch {
      return error
    }
  }

  @Test(
    "names, addresses, wildcards and a dot at the end hold",
    arguments: [
      ("DNS:localhost", "localhost"), ("DNS:localhost", "localhost."),
      ("IP:127.0.0.1", "127.0.0.1"),
      ("IP:0:0:0:0:0:0:0:1", "::1"), ("DNS:*.example.com", "kafka.example.com"),
      ("DNS:LOCALHOST", "localhost"),
    ])
  func holds(_ names: String, _ host: String) throws {
    let pair = SessionPair(
      try Self.client(), try Self.server(Self.authority.issue("broker", names: names)),
      host: host)
    try pair.handshake()
    #expect(pair.isClientDone)
  }

  @Test("whoever does not want to know takes any host, but no other authority")
  func unchecked() throws {
    let other = Self.authority.issue("broker", names: "DNS:elsewhere")
    let pair = SessionPair(try Self.client(), try Self.server(other), checksHost: false)
    try pair.handshake()
    #expect(pair.isClientDone)
    let untrusted = SessionPair(
      try Self.client(), try Self.server(TestAuthority("Nobody").issue("broker")),
      checksHost: false)
    #expect(throws: TLSError.self) { try untrusted.handshake() }
  }

  @Test("a client's certificate is asked for, taken, and missed", arguments: versions)
  func clientCertificates(_ version: TLSSettings.Version) throws {
    let server = try Self.server(Self.identity, .required)
    let own = Self.authority.issue("alice", names: nil)
    let with = try Self.client {
      $0.versions = [version]
      $0.identity = .pem(chain: .text(own.certificate), key: .text(own.key), keyPassword: nil)
    }
    let pair = SessionPair(with, server)
    try pair.handshake()
    #expect(pair.isServerDone)

    let without = SessionPair(try Self.client { $0.versions = [version] }, server)
    #expect(Self.failure(without) == .certificate("it has shown no certificate"))
    // The client hears of it in an alert, which with TLS 1.3 comes after its own handshake.
    let alert = without.takeFromServer()
    let error = #expect(throws: TLSError.self) {
      if without.isClientDone {
        _ = try without.clientReads(alert)
      } else {
        try without.feed(alert, toServer: false)
      }
    }
    #expect(error?.isRefusal == true)
    #expect("\(error.map { "\($0)" } ?? "")".contains("certificate"))
  }

  // MARK: What is not TLS, and what is not wanted

  @Test("what is no TLS is told from what is")
  func notTLS() throws {
    for (answer, said) in [
      ("HTTP/1.1 400 Bad Request\r\n\r\n", TLSError.notTLS), ("\0\0\0\u{8}\0\0\0\0", .notTLS),
    ] {
      let pair = SessionPair(try Self.client(), try Self.server())
      _ = try pair.client.handshake()
      let error = #expect(throws: TLSError.self) {
        try pair.feed(Array(answer.utf8), toServer: false)
      }
      #expect(error == said)
    }
    for question in ["GET / HTTP/1.1\r\n\r\n", "\0\0\0\u{20}\0\u{12}\0\u{4}\0\0\0\0\0\u{4}abcd"] {
      let pair = SessionPair(try Self.client(), try Self.server())
      let error = #expect(throws: TLSError.self) {
        try pair.feed(Array(question.utf8), toServer: true)
      }
      #expect(error == .notTLS)
      // It is told, too.
      #expect(pair.takeFromServer().first == 21)
    }
  }

  @Test("versions and suites that the other side does not have end the handshake on both")
  func disjoint() throws {
    let pair = SessionPair(
      try Self.client { $0.versions = [.tls12] },
      try Self.server(Self.identity, .none) { $0.versions = [.tls13] })
    #expect(throws: TLSError.self) { try pair.handshake() }
    let error = #expect(throws: TLSError.self) {
      try pair.feed(pair.takeFromServer(), toServer: false)
    }
    guard case .alert(70, _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}
