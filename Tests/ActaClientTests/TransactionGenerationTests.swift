import ActaClient
import ActaModel
import KafkaWire
import Synchronization
import Testing

/// What a producer says in a transaction, by either generation of the protocol (`transaction.version`).
@Suite("Generations of transactions", .timeLimit(.minutes(1))) struct TransactionGenerationTests {
  /// A cluster of one broker, whose transactions have this version.
  private final class Cluster: Sendable {
    let version: Int16
    private let ends = Mutex<Int16>(0)
    /// What the next partitions that are added are answered.
    let refusal = Mutex(ErrorCode.none)
    /// How many ends are not answered.
    let silences = Mutex(0)
    /// What the next partition that is written to is answered.
    let unwritten = Mutex(ErrorCode.none)

    init(_ version: Int16) { self.version = version }

    func answer(_ request: ScriptedRequest) -> ScriptedBroker.Reply {
      switch request.api {
      case .apiVersions:
        var response = ScriptedRequest.versions()
        var feature = ApiVersionsResponse.FinalizedFeature()
        feature.name = "transaction.version"
        feature.minVersionLevel = version
        feature.maxVersionLevel = version
        response.finalizedFeatures = [feature]
        response.finalizedFeaturesEpoch = 1
        return request.answer(response)
      case .findCoordinator: return request.answer(request.coordinator())
      case .addPartitionsToTxn: return request.answer(added(request))
      case .addOffsetsToTxn: return request.answer(AddOffsetsToTxnResponse())
      case .txnOffsetCommit: return request.answer(TxnOffsetCommitResponse())
      case .endTxn:
        let isSilent = silences.withLock { count in
          count -= 1
          return count >= 0
        }
        return isSilent ? .silence : request.answer(ended())
      case .produce where unwritten.withLock { $0 } != .none:
        return request.answer(request.appended(unwritten.withLock { $0 }))
      default: return request.properly()
      }
    }

    private func added(_ request: ScriptedRequest) -> AddPartitionsToTxnResponse {
      let asked = try? AddPartitionsToTxnRequest.decode(
        from: request.body, version: request.version)
      let code = refusal.withLock { $0 }
      var response = AddPartitionsToTxnResponse()
      response.results = (asked?.topics ?? []).map { asked in
        var topic = AddPartitionsToTxnResponse.Topic()
        topic.name = asked.name
        topic.partitions = asked.partitions.map { number in
          var partition = AddPartitionsToTxnResponse.Partition()
          partition.partitionIndex = number
          partition.errorCode = code
          return partition
        }
        return topic
      }
      return response
    }

    /// From the second generation on each end gives another epoch.
    private func ended() -> EndTxnResponse {
      var response = EndTxnResponse()
      if version >= 2 {
        response.producerID = 7
        response.producerEpoch = ends.withLock { count in
          count += 1
          return count
        }
      }
      return response
    }
  }

  private static let record = ProducerRecord<String, String>(topic: "t", key: nil, value: "v")

  private static func producer(
    at broker: ScriptedBroker, _ change: (inout ProducerConfiguration) -> Void = { _ in }
  ) async throws -> Producer<String, String> {
    var configuration = ProducerConfiguration(bootstrapServers: [broker.address])
    configuration.transactionalID = "x"
    configuration.lingerMilliseconds = 0
    change(&configuration)
    let producer = try Producer(configuration, key: StringSerializer(), value: StringSerializer())
    try producer.start()
    try await producer.initTransactions()
    return producer
  }

  /// What was said of transactions, with the epoch of each end.
  private static func said(_ broker: ScriptedBroker) -> [String] {
    broker.requests.compactMap { request in
      switch request.api {
      case .addPartitionsToTxn: return "add partitions"
      case .addOffsetsToTxn: return "add offsets"
      case .txnOffsetCommit: return "commit offsets v\(request.version)"
      case .produce: return request.version >= 12 ? "write, which adds" : "write"
      case .endTxn:
        let asked = try? EndTxnRequest.decode(from: request.body, version: request.version)
        return "end v\(request.version) of epoch \(asked?.producerEpoch ?? -1)"
      default: return nil
      }
    }
  }

  @Test("what is written to is added before it is written, or by writing", arguments: [1, 2])
  func conversation(_ version: Int16) async throws {
    let broker = try ScriptedBroker(Cluster(version).answer)
    let producer = try await Self.producer(at: broker)
    for _ in 0..<2 {
      try await producer.withTransaction {
        // The second one is added already.
        for _ in 0..<2 { _ = try await producer.send(Self.record) }
        try await producer.commitPositions(
          [TopicPartition("t", 0): OffsetAndMetadata(1)], ofGroup: "g")
      }
    }
    await producer.close()
    let first = [
      "add partitions", "write", "write", "add offsets", "commit offsets v4", "end v4 of epoch 0",
    ]
    let second = ["write, which adds", "write, which adds", "commit offsets v5"]
    let expected =
      version == 1
      ? first + first : second + ["end v5 of epoch 0"] + second + ["end v5 of epoch 1"]
    #expect(Self.said(broker) == expected)
    broker.stop()
  }

  @Test("a transaction in which nothing was written is not told of", arguments: [1, 2])
  func empty(_ version: Int16) async throws {
    let broker = try ScriptedBroker(Cluster(version).answer)
    let producer = try await Self.producer(at: broker)
    try await producer.withTransaction {}
    await producer.close()
    #expect(Self.said(broker) == [])
    broker.stop()
  }

  @Test("where a partition cannot be added nothing is written, and the transaction only be aborted")
  func refused() async throws {
    let cluster = Cluster(1)
    let broker = try ScriptedBroker(cluster.answer)
    let producer = try await Self.producer(at: broker)
    cluster.refusal.withLock { $0 = .topicAuthorizationFailed }
    try await producer.beginTransaction()
    let error = await #expect(throws: KafkaError.self) { try await producer.send(Self.record) }
    #expect(error?.isFatal == false)
    #expect(error?.code == ErrorCode.topicAuthorizationFailed.rawValue)
    let refused = await #expect(throws: KafkaError.self) { try await producer.commitTransaction() }
    #expect(refused?.code == ErrorCode.topicAuthorizationFailed.rawValue)
    cluster.refusal.withLock { $0 = .none }
    try await producer.abortTransaction()
    // Nor does a scope leave it open.
    cluster.refusal.withLock { $0 = .topicAuthorizationFailed }
    await #expect(throws: KafkaError.self) {
      try await producer.withTransaction { _ = try await producer.send(Self.record) }
    }
    cluster.refusal.withLock { $0 = .none }
    try await producer.withTransaction { _ = try await producer.send(Self.record) }
    await producer.close()
    #expect(Self.said(broker).filter { $0 == "write" }.count == 1)
    broker.stop()
  }

  private static func isHasty(_ configuration: inout ProducerConfiguration) {
    // An end is asked for once within its time.
    configuration.requestTimeoutMilliseconds = 1_500
    configuration.deliveryTimeoutMilliseconds = 3_000
    configuration.maxBlockMilliseconds = 1_500
  }

  @Test("a commit that was not answered is asked for again, and not taken back", arguments: [1, 2])
  func unansweredCommit(_ version: Int16) async throws {
    let cluster = Cluster(version)
    let broker = try ScriptedBroker(cluster.answer)
    let producer = try await Self.producer(at: broker, Self.isHasty)
    try await producer.beginTransaction()
    _ = try await producer.send(Self.record)
    cluster.silences.withLock { $0 = 1 }
    let error = await #expect(throws: KafkaError.self) { try await producer.commitTransaction() }
    #expect(error?.isFatal == false)
    await #expect(throws: KafkaError.self) { try await producer.abortTransaction() }
    await #expect(throws: KafkaError.self) { try await producer.beginTransaction() }
    cluster.silences.withLock { $0 = 0 }
    try await producer.commitTransaction()
    try await producer.withTransaction { _ = try await producer.send(Self.record) }
    #expect(Self.outcomes(broker).allSatisfy { $0 })
    await producer.close()
    broker.stop()
  }

  @Test("withTransaction asks for a commit twice, and ends the producer if nothing is known then")
  func unansweredScope() async throws {
    let cluster = Cluster(2)
    let broker = try ScriptedBroker(cluster.answer)
    let producer = try await Self.producer(at: broker, Self.isHasty)
    cluster.silences.withLock { $0 = 1 }
    try await producer.withTransaction { _ = try await producer.send(Self.record) }
    cluster.silences.withLock { $0 = .max }
    let error = await #expect(throws: KafkaError.self) {
      try await producer.withTransaction { _ = try await producer.send(Self.record) }
    }
    #expect(error?.isFatal == true)
    #expect(Self.outcomes(broker).allSatisfy { $0 })
    await producer.close()
    broker.stop()
  }

  @Test("a transaction that could not be aborted is aborted before the next one")
  func unansweredAbort() async throws {
    struct Stop: Error {}
    let cluster = Cluster(2)
    let broker = try ScriptedBroker(cluster.answer)
    let producer = try await Self.producer(at: broker, Self.isHasty)
    cluster.silences.withLock { $0 = 1 }
    await #expect(throws: Stop.self) {
      try await producer.withTransaction {
        _ = try await producer.send(Self.record)
        throw Stop()
      }
    }
    cluster.silences.withLock { $0 = 0 }
    try await producer.withTransaction { _ = try await producer.send(Self.record) }
    let outcomes = Self.outcomes(broker)
    #expect(outcomes.last == true && outcomes.dropLast().allSatisfy { !$0 })
    await producer.close()
    broker.stop()
  }

  @Test("a producer whose transaction the coordinator has ended says that it is of no use")
  func fencedByTime() async throws {
    let cluster = Cluster(2)
    let broker = try ScriptedBroker(cluster.answer)
    let producer = try await Self.producer(at: broker)
    cluster.unwritten.withLock { $0 = .invalidProducerEpoch }
    for _ in 0..<2 {
      let error = await #expect(throws: KafkaError.self) {
        try await producer.withTransaction { _ = try await producer.send(Self.record) }
      }
      #expect(error?.isFatal == true)
      #expect(error?.code == ErrorCode.invalidProducerEpoch.rawValue)
    }
    await producer.close()
    broker.stop()
  }

  /// Of the ends that were asked for, whether each was a commit.
  private static func outcomes(_ broker: ScriptedBroker) -> [Bool] {
    broker.requests.compactMap { request in
      guard request.api == .endTxn else { return nil }
      return try? EndTxnRequest.decode(from: request.body, version: request.version).committed
    }
  }
}
