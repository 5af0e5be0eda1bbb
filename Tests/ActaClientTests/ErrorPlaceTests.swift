import ActaClient
import ActaModel
import KafkaWire
import Testing

/// Errors say which broker it was: the scripted one has the id 1.
@Suite("Where an error comes from", .timeLimit(.minutes(1))) struct ErrorPlaceTests {
  private static let partition = TopicPartition("t", 0)

  private static func expect(
    _ code: ErrorCode?, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
  ) async {
    let error = await #expect(throws: KafkaError.self, sourceLocation: sourceLocation) {
      try await body()
    }
    #expect(error?.broker == 1, "\(error?.description ?? "")", sourceLocation: sourceLocation)
    #expect(error?.code == code?.rawValue, sourceLocation: sourceLocation)
  }

  static let refusals: [(reply: ScriptedBroker.Script, code: ErrorCode?)] = [
    ({ $0.answer($0.appended(.topicAuthorizationFailed)) }, .topicAuthorizationFailed),
    ({ $0.answer(ProduceResponse()) }, nil),
  ]

  @Test(
    "a producer's: the leader that refuses, or answers something else", arguments: refusals.indices)
  func producers(_ index: Int) async throws {
    let (reply, code) = Self.refusals[index]
    let broker = try ScriptedBroker { $0.api == .produce ? reply($0) : $0.properly() }
    var configuration = ProducerConfiguration(bootstrapServers: [broker.address])
    configuration.lingerMilliseconds = 0
    let producer = try Producer<Never, String>(configuration, value: StringSerializer())
    try producer.start()
    await Self.expect(code) {
      _ = try await producer.send(ProducerRecord(topic: "t", value: "v"))
    }
    await producer.close()
    broker.stop()
  }

  @Test("a consumer's: leaders and the group's coordinator")
  func consumers() async throws {
    let broker = try ScriptedBroker { request in
      switch request.api {
      case .findCoordinator: request.answer(request.coordinator())
      case .fetch: request.answer(ScriptedRequest.fetched([], .topicAuthorizationFailed))
      case .offsetCommit: request.answer(Self.refusedCommit)
      case .listOffsets: request.answer(Self.refusedOffsets)
      default: request.properly()
      }
    }
    let configuration = ConsumerConfiguration(bootstrapServers: [broker.address], groupID: "g")
    let consumer = try Consumer<Never, String>(configuration, value: StringDeserializer())
    try consumer.start()
    try await consumer.assign([Self.partition])
    try await consumer.seek(Self.partition, to: 0)
    await Self.expect(.topicAuthorizationFailed) {
      _ = try await consumer.poll(withinMilliseconds: 10_000)
    }
    await Self.expect(.groupAuthorizationFailed) {
      try await consumer.commit([Self.partition: OffsetAndMetadata(1)])
    }
    await Self.expect(.topicAuthorizationFailed) {
      _ = try await consumer.endOffsets([Self.partition])
    }
    await consumer.close()
    broker.stop()
  }

  @Test("an administrator's: whoever was asked about the thing")
  func administrators() async throws {
    let broker = try ScriptedBroker { request in
      request.api == .listOffsets ? request.answer(Self.refusedOffsets) : request.properly()
    }
    let admin = try Admin(AdminConfiguration(bootstrapServers: [broker.address]))
    try admin.start()
    await Self.expect(.topicAuthorizationFailed) {
      _ = try await admin.listOffsets([Self.partition: .latest])[Self.partition]?.get()
    }
    await admin.close()
    broker.stop()
  }

  @Test("a member's: the coordinator that refuses it")
  func members() async throws {
    let broker = try ScriptedBroker(
      ScriptedCoordinator(refusals: [.groupAuthorizationFailed]).answer)
    let consumer = try await ScriptedCoordinator.member(at: broker)
    await Self.expect(.groupAuthorizationFailed) {
      _ = try await consumer.poll(withinMilliseconds: 10_000)
    }
    await consumer.close()
    broker.stop()
  }

  private static var refusedCommit: OffsetCommitResponse {
    var partition = OffsetCommitResponse.Partition()
    partition.errorCode = .groupAuthorizationFailed
    var topic = OffsetCommitResponse.Topic()
    topic.name = "t"
    topic.partitions = [partition]
    var response = OffsetCommitResponse()
    response.topics = [topic]
    return response
  }

  private static var refusedOffsets: ListOffsetsResponse {
    var response = ScriptedRequest.beginning()
    response.topics[0].partitions[0].errorCode = .topicAuthorizationFailed
    return response
  }
}
