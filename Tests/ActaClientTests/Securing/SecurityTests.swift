import ActaClient
import ActaModel
import Bytes
import KafkaWire
import SASL
import SecurityTestSupport
import Synchronization
import TLS
import Testing
import Threads

@Suite("A client whose broker wants to know who it is") struct SecurityTests {
  private static func producer(
    at addresses: [String], _ security: ClientSecurity,
    _ change: (inout ProducerConfiguration) -> Void = { _ in }
  ) throws -> Producer<String, String> {
    var configuration = ProducerConfiguration(bootstrapServers: addresses)
    configuration.security = security
    configuration.maxBlockMilliseconds = 10_000
    configuration.lingerMilliseconds = 0
    configuration.retryBackoffMilliseconds = 10
    change(&configuration)
    let producer = try Producer(configuration, key: StringSerializer(), value: StringSerializer())
    try producer.start()
    return producer
  }

  private static func record(_ value: String = "v") -> ProducerRecord<String, String> {
    ProducerRecord(topic: "t", key: nil, value: value)
  }

  /// Sends one record, and expects it to fail at once and for good.
  private static func refusal(
    _ producer: Producer<String, String>, _ words: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let began = Clock.monotonicMilliseconds()
    for _ in 0..<2 {
      let error = await #expect(throws: KafkaError.self, sourceLocation: sourceLocation) {
        try await producer.send(record())
      }
      let said = error?.description ?? ""
      for word in words { #expect(said.contains(word), "\(said)", sourceLocation: sourceLocation) }
      #expect(error?.isFatal == true, sourceLocation: sourceLocation)
      #expect(error?.isAuthenticationFailure == true, sourceLocation: sourceLocation)
      #expect(error?.isRetriable == false, sourceLocation: sourceLocation)
      #expect(!said.contains(Secured.password), sourceLocation: sourceLocation)
    }
    // Far from max.block.ms.
    #expect(Clock.monotonicMilliseconds() - began < 5_000, sourceLocation: sourceLocation)
    await producer.close()
  }

  private static let alice: [(SASLMechanism, SASLConfiguration)] = [
    (.plain, .plain(username: "alice", password: Secured.password)),
    (.scramSHA256, .scramSHA256(username: "alice", password: Secured.password)),
    (.scramSHA512, .scramSHA512(username: "alice", password: Secured.password)),
  ]

  // MARK: Who gets in

  @Test("TLS carries records, small and large")
  func tls() async throws {
    let broker = try ScriptedBroker(tls: Secured.tls()) { $0.properly() }
    let producer = try Self.producer(
      at: [broker.address], .ssl(TLSConfiguration(trust: Secured.trust))
    ) { $0.maxRequestSize = 8 << 20 }
    #expect(try await producer.send(Self.record()).offset == 5)
    let large = String(repeating: "x", count: 3 << 20)
    #expect(try await producer.send(Self.record(large)).offset == 5)
    #expect(broker.requests.contains { $0.api == .produce && $0.body.count > 3 << 20 })
    await producer.close()
    broker.stop()
  }

  @Test("each mechanism gets in, with TLS and without", arguments: alice.indices)
  func mechanisms(_ index: Int) async throws {
    let (mechanism, credentials) = Self.alice[index]
    for tls in [false, true] {
      let sasl = ScriptedSASL([mechanism])
      let broker = try ScriptedBroker(tls: tls ? Secured.tls() : nil) { request in
        sasl.answer(request) { $0.properly() }
      }
      let producer = try Self.producer(
        at: [broker.address],
        tls
          ? .saslSSL(credentials, TLSConfiguration(trust: Secured.trust))
          : .saslPlaintext(credentials))
      #expect(try await producer.send(Self.record()).offset == 5)
      #expect(sasl.successCount >= 1)
      #expect(broker.requests.first { $0.api == .saslHandshake }?.version == 1)
      await producer.close()
      broker.stop()
    }
  }

  @Test("a client's certificate gets in")
  func clientCertificate() async throws {
    let own = Secured.authority.issue("alice", names: nil)
    let broker = try ScriptedBroker(tls: Secured.tls(Secured.broker, .required)) { $0.properly() }
    let producer = try Self.producer(
      at: [broker.address],
      .ssl(
        TLSConfiguration(
          trust: Secured.trust,
          identity: .pem(certificateChain: own.certificate, key: own.key))))
    #expect(try await producer.send(Self.record()).offset == 5)
    await producer.close()
    broker.stop()
  }

  @Test("an old broker's versions of SaslAuthenticate do", arguments: [Int16(0), 1])
  func oldVersions(_ newest: Int16) async throws {
    let sasl = ScriptedSASL()
    let broker = try ScriptedBroker { request in
      guard request.api == .apiVersions else { return sasl.answer(request) { $0.properly() } }
      var versions = ScriptedRequest.versions()
      for index in versions.apiKeys.indices where versions.apiKeys[index].apiKey == 36 {
        versions.apiKeys[index].maxVersion = newest
      }
      return request.answer(versions)
    }
    let producer = try Self.producer(at: [broker.address], .saslPlaintext(Self.alice[1].1))
    #expect(try await producer.send(Self.record()).offset == 5)
    #expect(
      broker.requests.filter { $0.api == .saslAuthenticate }.allSatisfy { $0.version == newest })
    await producer.close()
    broker.stop()
  }

  // MARK: Who does not

  @Test(
    "a wrong password is told in the broker's words, and not tried again", arguments: alice.indices)
  func wrongPassword(_ index: Int) async throws {
    let sasl = ScriptedSASL()
    let broker = try ScriptedBroker { request in sasl.answer(request) { $0.properly() } }
    let wrong: SASLConfiguration =
      switch Self.alice[index].0 {
      case .plain: .plain(username: "alice", password: "wr0ng")
      case .scramSHA256: .scramSHA256(username: "alice", password: "wr0ng")
      case .scramSHA512: .scramSHA512(username: "alice", password: "wr0ng")
      }
    let producer = try Self.producer(at: [broker.address], .saslPlaintext(wrong))
    let error = await #expect(throws: KafkaError.self) { try await producer.send(Self.record()) }
    #expect(error?.code == 58)
    #expect(error?.message == "Authentication failed: Invalid username or password")
    try await Self.refusal(producer, "SASL_AUTHENTICATION_FAILED", broker.address)
    #expect(broker.requests.count { $0.api == .saslHandshake } == 1)
    #expect(broker.connectionCount == 1)
    broker.stop()
  }

  @Test("a mechanism that is not enabled is told with those that are")
  func otherMechanism() async throws {
    let sasl = ScriptedSASL([.scramSHA512])
    let broker = try ScriptedBroker { request in sasl.answer(request) { $0.properly() } }
    try await Self.refusal(
      Self.producer(at: [broker.address], .saslPlaintext(Self.alice[0].1)),
      "PLAIN is not enabled there, but SCRAM-SHA-512")
    broker.stop()
  }

  @Test("a listener without SASL says so")
  func noSASL() async throws {
    let broker = try ScriptedBroker { request in
      guard request.api == .saslHandshake else { return request.properly() }
      var response = SaslHandshakeResponse()
      response.errorCode = .illegalSaslState
      return request.answer(response)
    }
    try await Self.refusal(
      Self.producer(at: [broker.address], .saslPlaintext(Self.alice[0].1)), "ILLEGAL_SASL_STATE",
      "security.protocol")
    broker.stop()
  }

  /// How a broker lies that should know the password.
  static let lies: [(lie: ScriptedScramServer.Lie, said: String)] = [
    (.wrongSignature, "it is not the broker that it should be"), (.shortNonce, "nonce"),
    (.iterations("1000000000"), "1000000000 iterations"), (.noSignature, "no signature"),
  ]

  @Test("a broker that does not know the password either is not talked to", arguments: lies.indices)
  func lyingBroker(_ index: Int) async throws {
    let (lie, said) = Self.lies[index]
    let sasl = ScriptedSASL(lie: lie)
    let broker = try ScriptedBroker { request in sasl.answer(request) { $0.properly() } }
    try await Self.refusal(
      Self.producer(at: [broker.address], .saslPlaintext(Self.alice[1].1)), broker.address, said)
    #expect(!broker.requests.contains { $0.api == .metadata })
    broker.stop()
  }

  /// Certificates of a broker, and what is said of them.
  static let certificates: [(identity: TestIdentity, said: String)] = [
    (Secured.authority.issue("broker", names: "DNS:kafka.example"), "not for 127.0.0.1"),
    (Secured.authority.issue("broker", days: -20 ... -10), "has expired"),
    (TestAuthority("Nobody").issue("broker"), "not trusted"),
  ]

  @Test("a broker's certificate that does not hold ends it", arguments: certificates.indices)
  func certificate(_ index: Int) async throws {
    let (identity, said) = Self.certificates[index]
    let broker = try ScriptedBroker(tls: Secured.tls(identity)) { $0.properly() }
    try await Self.refusal(
      Self.producer(at: [broker.address], .ssl(TLSConfiguration(trust: Secured.trust))),
      broker.address, "CN=broker", said)
    #expect(broker.requests.isEmpty)
    #expect(broker.connectionCount == 1)
    broker.stop()
  }

  @Test(
    "a broker that wants a certificate says so",
    arguments: [TLSConfiguration.Version.tls12, .tls13])
  func missingCertificate(_ version: TLSConfiguration.Version) async throws {
    let broker = try ScriptedBroker(tls: Secured.tls(Secured.broker, .required)) { $0.properly() }
    var tls = TLSConfiguration(trust: Secured.trust)
    tls.enabledProtocols = [version]
    try await Self.refusal(
      Self.producer(at: [broker.address], .ssl(tls)), broker.address, "certificate")
    broker.stop()
  }

  // MARK: One speaks TLS and the other does not

  @Test("a client without TLS is told that the broker speaks it")
  func plainClient() async throws {
    let broker = try ScriptedBroker(tls: Secured.tls()) { $0.properly() }
    try await Self.refusal(
      Self.producer(at: [broker.address], .plaintext), "speaks TLS, and this client does not",
      "security.protocol")
    broker.stop()
  }

  @Test("a client with TLS is told that the broker closes, in bounded time")
  func plainBroker() async throws {
    // What Kafka does with a frame of 369 MB.
    let broker = try ScriptedBroker { _ in .close }
    let producer = try Self.producer(
      at: [broker.address], .ssl(TLSConfiguration(trust: Secured.trust))
    ) {
      $0.maxBlockMilliseconds = 300
    }
    let error = await #expect(throws: KafkaError.self) { try await producer.send(Self.record()) }
    let said = error?.description ?? ""
    #expect(said.contains("closed the connection during the TLS handshake"), "\(said)")
    #expect(said.contains("a listener without TLS does so"), "\(said)")
    await producer.close()
    broker.stop()
  }

  @Test("a client without SASL is told that the broker may want it")
  func withoutSASL() async throws {
    let sasl = ScriptedSASL()
    let broker = try ScriptedBroker { request in sasl.answer(request) { $0.properly() } }
    let producer = try Self.producer(at: [broker.address], .plaintext) {
      $0.maxBlockMilliseconds = 300
    }
    let error = await #expect(throws: KafkaError.self) { try await producer.send(Self.record()) }
    let said = error?.description ?? ""
    #expect(said.contains("a listener that wants SASL does so"), "\(said)")
    await producer.close()
    broker.stop()
  }

  // MARK: Others

  @Test("an administrator and a consumer are refused like a producer")
  func others() async throws {
    let sasl = ScriptedSASL()
    let broker = try ScriptedBroker { request in sasl.answer(request) { $0.properly() } }
    let security = ClientSecurity.saslPlaintext(.plain(username: "alice", password: "wr0ng"))
    var admin = AdminConfiguration(bootstrapServers: [broker.address])
    admin.security = security
    let began = Clock.monotonicMilliseconds()
    let error = await #expect(throws: KafkaError.self) {
      try await Admin.with(admin) { try await $0.describeCluster() }
    }
    #expect(error?.code == 58)
    #expect(error?.isFatal == true)
    for groupID in [nil, "g"] {
      var reading = ConsumerConfiguration(bootstrapServers: [broker.address])
      reading.groupID = groupID
      reading.security = security
      let consumer = try Consumer(
        reading, key: StringDeserializer(), value: StringDeserializer())
      try consumer.start()
      if groupID == nil {
        try await consumer.assign([TopicPartition("t", 0)])
      } else {
        try await consumer.subscribe(to: ["t"])
      }
      let error = await #expect(throws: KafkaError.self) {
        try await consumer.poll(withinMilliseconds: 20_000)
      }
      #expect(error?.code == 58, "\(String(describing: error))")
      await consumer.close()
    }
    #expect(Clock.monotonicMilliseconds() - began < 8_000)
    broker.stop()
  }

  // MARK: Sessions that end

  @Test("a session's end is not waited for: the client authenticates again on the same connection")
  func renewal() async throws {
    let sasl = ScriptedSASL([.scramSHA256], lifetimeMilliseconds: 200)
    let broker = try ScriptedBroker { request in sasl.answer(request) { $0.properly() } }
    let producer = try Self.producer(at: [broker.address], .saslPlaintext(Self.alice[1].1))
    let until = Clock.monotonicMilliseconds() + 10_000
    var sent = 0
    while sasl.successCount < 4, Clock.monotonicMilliseconds() < until {
      #expect(try await producer.send(Self.record()).offset == 5)
      sent += 1
    }
    #expect(sasl.successCount >= 4)
    #expect(broker.connectionCount == 1)
    #expect(broker.requests.count { $0.api == .produce } == sent)
    await producer.close()
    broker.stop()
  }

  @Test("credentials that are withdrawn meanwhile end the client")
  func withdrawn() async throws {
    let sasl = ScriptedSASL([.scramSHA256], lifetimeMilliseconds: 100)
    let broker = try ScriptedBroker { request in
      if request.api == .saslAuthenticate, sasl.successCount > 0 {
        var response = SaslAuthenticateResponse()
        response.errorCode = .saslAuthenticationFailed
        response.errorMessage = "Authentication failed: Invalid username or password"
        return .last(request.frame(response))
      }
      return sasl.answer(request) { $0.properly() }
    }
    let producer = try Self.producer(at: [broker.address], .saslPlaintext(Self.alice[1].1))
    let error = await #expect(throws: KafkaError.self) {
      let until = Clock.monotonicMilliseconds() + 10_000
      while Clock.monotonicMilliseconds() < until { _ = try await producer.send(Self.record()) }
    }
    #expect(error?.code == 58)
    try await Self.refusal(producer, "SASL_AUTHENTICATION_FAILED")
    broker.stop()
  }
}
