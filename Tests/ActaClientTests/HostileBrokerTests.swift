import ActaClient
import ActaModel
import KafkaWire
import Synchronization
import Testing
import Threads

@Suite("Producer at a broker that misbehaves") struct HostileBrokerTests {
  private static func producer(
    at addresses: [String], _ change: (inout ProducerConfiguration) -> Void = { _ in }
  ) throws -> Producer<String, String> {
    var configuration = ProducerConfiguration(bootstrapServers: addresses)
    configuration.maxBlockMilliseconds = 400
    configuration.requestTimeoutMilliseconds = 150
    configuration.deliveryTimeoutMilliseconds = 500
    configuration.lingerMilliseconds = 0
    configuration.retryBackoffMilliseconds = 10
    configuration.retryBackoffMaxMilliseconds = 50
    configuration.socketConnectionSetupTimeoutMilliseconds = 200
    change(&configuration)
    let producer = try Producer(configuration, key: StringSerializer(), value: StringSerializer())
    try producer.start()
    return producer
  }

  private static let record = ProducerRecord<String, String>(topic: "t", key: nil, value: "v")

  /// Sends one record and expects it to fail, soon, with a sentence that has all of these.
  private static func expectFailure(
    _ producer: Producer<String, String>, _ words: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let began = Clock.monotonicMilliseconds()
    let error = await #expect(throws: KafkaError.self, sourceLocation: sourceLocation) {
      try await producer.send(Self.record)
    }
    #expect(Clock.monotonicMilliseconds() - began < 5_000, sourceLocation: sourceLocation)
    for word in words {
      #expect(
        error?.description.contains(word) == true, "\(error?.description ?? "")",
        sourceLocation: sourceLocation)
    }
    await producer.close()
  }

  // MARK: Before it is known what the broker speaks

  /// What a broker does that is asked what it speaks, and what is said of it.
  static let greetings: [(name: String, reply: ScriptedBroker.Script, said: String)] = [
    ("says nothing", { _ in .silence }, "has not answered"),
    ("closes at once", { _ in .close }, "closed the connection"),
    (
      "closes in the middle of a frame",
      { .last(Array($0.frame(ScriptedRequest.versions()).prefix(40))) }, "closed the connection"
    ),
    ("announces 2 GB", { _ in .bytes([0x7f, 0xff, 0xff, 0xff, 1, 2, 3]) }, "2147483647"),
    ("announces less than nothing", { _ in .bytes([0xff, 0xff, 0xff, 0xff]) }, "-1"),
    (
      "speaks another protocol", { _ in .bytes(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)) },
      "no answer"
    ),
    (
      "answers another request",
      { request in
        var frame = request.frame(ScriptedRequest.versions())
        frame[7] ^= 0xff
        return .bytes(frame)
      }, "another request"
    ),
    (
      "answers nonsense",
      { request in
        var frame = Array(request.frame(ScriptedRequest.versions()).prefix(20))
        frame[2] = 0
        frame[3] = 16
        for index in 8..<20 { frame[index] = 0x7f }
        return .bytes(frame)
      }, "does not say what it speaks"
    ),
    ("speaks nothing that is known", { $0.answer(ApiVersionsResponse()) }, "does not serve"),
  ]

  @Test("it is named with what it did, within max.block.ms", arguments: greetings.indices)
  func greeting(_ index: Int) async throws {
    let (_, reply, said) = Self.greetings[index]
    let broker = try ScriptedBroker(reply)
    try await Self.expectFailure(Self.producer(at: [broker.address]), broker.address, said)
    broker.stop()
  }

  @Test("each address of several is named, and one that works is enough")
  func several() async throws {
    let (silent, closing) = (
      try ScriptedBroker { _ in .silence }, try ScriptedBroker { _ in .close }
    )
    let bad = [silent.address, closing.address, "127.0.0.1:1"]
    try await Self.expectFailure(
      Self.producer(at: bad) {
        $0.maxBlockMilliseconds = 1_000
        $0.deliveryTimeoutMilliseconds = 2_000
      }, silent.address, closing.address, "127.0.0.1:1")
    let good = try ScriptedBroker { $0.properly() }
    let producer = try Self.producer(at: bad + [good.address]) {
      $0.maxBlockMilliseconds = 10_000
      $0.deliveryTimeoutMilliseconds = 10_000
    }
    #expect(try await producer.send(Self.record).offset == 5)
    await producer.close()
    for broker in [silent, closing, good] { broker.stop() }
  }

  @Test(
    "one that does not know the newest ApiVersions is asked in the oldest, as old brokers want it")
  func oldGreeting() async throws {
    let broker = try ScriptedBroker { request in
      guard request.api == .apiVersions else { return request.properly() }
      if request.version == 0 { return request.properly() }
      var refusal = ScriptedRequest.versions()
      refusal.errorCode = .unsupportedVersion
      return .bytes(request.frame(refusal, version: 0))
    }
    let producer = try Self.producer(at: [broker.address])
    #expect(try await producer.send(Self.record).offset == 5)
    #expect(broker.requests.prefix(2).map(\.version) == [4, 0])
    await producer.close()
    broker.stop()
  }

  @Test("one that refuses every version of ApiVersions is given up")
  func noGreeting() async throws {
    let broker = try ScriptedBroker { request in
      var refusal = ScriptedRequest.versions()
      refusal.errorCode = .unsupportedVersion
      return .bytes(request.frame(refusal, version: 0))
    }
    try await Self.expectFailure(
      Self.producer(at: [broker.address]), broker.address, "UNSUPPORTED_VERSION")
    broker.stop()
  }

  // MARK: Later

  @Test(
    "versions are those of the connection: another broker at the address is spoken to as it wants")
  func otherVersions() async throws {
    let broker = try ScriptedBroker { request in
      switch request.api {
      case .apiVersions:
        request.answer(ScriptedRequest.versions(produceUpTo: request.connection == 1 ? 9 : 7))
      // The upgrade, or its end.
      case .produce where request.connection == 1 && request.version == 9: .close
      default: request.properly()
      }
    }
    let producer = try Self.producer(at: [broker.address]) {
      $0.deliveryTimeoutMilliseconds = 5_000
    }
    #expect(try await producer.send(Self.record).offset == 5)
    let versions = broker.requests.filter { $0.api == .produce }.map(\.version)
    #expect(versions == [9, 7])
    await producer.close()
    broker.stop()
  }

  @Test("a broker that can do nothing in a version that is known is told of, at once")
  func tooOld() async throws {
    let broker = try ScriptedBroker { request in
      guard request.api == .apiVersions else { return request.properly() }
      return request.answer(ScriptedRequest.versions(produceUpTo: 2))
    }
    try await Self.expectFailure(
      Self.producer(at: [broker.address]) { $0.deliveryTimeoutMilliseconds = 60_000 },
      "The broker serves Produce in versions 0 to 2")
    broker.stop()
  }

  @Test("a leader that is no broker of the cluster is waited for, and asked about meanwhile")
  func missingLeader() async throws {
    let asked = Mutex(0)
    let broker = try ScriptedBroker { request in
      guard request.api == .metadata else { return request.properly() }
      let count = asked.withLock { count in
        count += 1
        return count
      }
      return request.properly(leader: count < 4 ? 9 : 1)
    }
    let producer = try Self.producer(at: [broker.address]) {
      $0.deliveryTimeoutMilliseconds = 10_000
    }
    #expect(try await producer.send(Self.record).offset == 5)
    await producer.close()
    broker.stop()
    let never = try ScriptedBroker { $0.properly(leader: 9) }
    try await Self.expectFailure(
      Self.producer(at: [never.address]), "delivery.timeout.ms", "nobody is known to lead it")
    never.stop()
  }

  @Test("a leader that cannot be reached is named")
  func unreachableLeader() async throws {
    let broker = try ScriptedBroker { request in
      guard request.api == .metadata else { return request.properly() }
      return request.answer(request.metadata(leader: 2, others: [2: 1]))
    }
    try await Self.expectFailure(
      Self.producer(at: [broker.address]), "delivery.timeout.ms", "127.0.0.1:1", "refused")
    broker.stop()
  }

  /// What a broker does with records.
  static let answers: [(name: String, reply: ScriptedBroker.Script, said: String)] = [
    ("says nothing", { _ in .silence }, "has not answered"),
    ("closes", { _ in .close }, "closed the connection"),
    (
      "closes in the middle of the answer",
      { .last(Array($0.frame($0.appended()).dropLast(1))) }, "closed the connection"
    ),
    (
      "answers nonsense",
      {
        .bytes(
          Array($0.frame($0.appended()).prefix(3)) + [5] + Array($0.frame($0.appended())[4..<8]) + [
            0xff
          ])
      }, "nonsense"
    ),
    ("refuses for ever", { $0.answer($0.appended(.notEnoughReplicas)) }, "NOT_ENOUGH_REPLICAS"),
    (
      "misses what was never sent", { $0.answer($0.appended(.outOfOrderSequenceNumber)) },
      "OUT_OF_ORDER"
    ),
    ("speaks of something else", { $0.answer(ProduceResponse()) }, "says nothing of t-0"),
  ]

  @Test(
    "what becomes of a record is told within delivery.timeout.ms, with what was in the way",
    arguments: answers.indices)
  func answer(_ index: Int) async throws {
    let (_, reply, said) = Self.answers[index]
    let broker = try ScriptedBroker { $0.api == .produce ? reply($0) : $0.properly() }
    try await Self.expectFailure(Self.producer(at: [broker.address]), said)
    broker.stop()
  }

  @Test("no producer id: one that will come is waited for, one that will not is told of at once")
  func noProducerID() async throws {
    let broker = try ScriptedBroker { request in
      guard request.api == .initProducerID else { return request.properly() }
      var response = request.producerID()
      response.errorCode = .clusterAuthorizationFailed
      return request.answer(response)
    }
    try await Self.expectFailure(
      Self.producer(at: [broker.address]) { $0.deliveryTimeoutMilliseconds = 60_000 },
      "gives no producer id", "CLUSTER_AUTHORIZATION_FAILED")
    broker.stop()
  }
}
