import ActaClient
import ActaEmbedded
import ActaNode
import Synchronization
import Testing

@Suite("Clients, and the node that they are in one program with", .timeLimit(.minutes(1)))
struct NodeEndTests {
  private static func member(
    of acta: Acta, _ way: ConsumerConfiguration.GroupProtocol
  ) async throws -> Consumer<Never, String> {
    var reading = ConsumerConfiguration()
    reading.groupID = "g"
    reading.groupProtocol = way
    reading.autoOffsetReset = .earliest
    let consumer = try acta.consumer(reading, value: StringDeserializer())
    try await consumer.subscribe(to: ["t"])
    return consumer
  }

  @Test(
    "a node stops though clients are at work, which say so at once and close",
    arguments: [ConsumerConfiguration.GroupProtocol.classic, .consumer])
  func outlived(_ way: ConsumerConfiguration.GroupProtocol) async throws {
    let acta = try Acta(.memory)
    let producer = try acta.producer(value: StringSerializer())
    let record = ProducerRecord<Never, String>(topic: "t", value: "v")
    _ = try await producer.send(record)
    let consumer = try await Self.member(of: acta, way)
    #expect(try await consumer.take(1).count == 1)
    let admin = try acta.admin()
    #expect(try await admin.listTopics().count == 1)
    let began = ContinuousClock.now
    // Others wait at the node meanwhile.
    let polling = Task { while true { _ = try await consumer.poll(withinMilliseconds: 60_000) } }
    try await acta.shutdown()
    let ends: [() async throws -> Void] = [
      { try await polling.value }, { _ = try await admin.listTopics() },
      { _ = try await producer.send(record) }, { try await consumer.commit() },
      { _ = try await consumer.poll(withinMilliseconds: 60_000) },
    ]
    for end in ends {
      let error = await #expect(throws: KafkaError.self) { try await end() }
      #expect(error?.isFatal == true)
      #expect(error?.isAuthenticationFailure == false)
      #expect(error?.description.contains("the node has stopped") == true)
    }
    await consumer.close()
    await producer.close()
    await admin.close()
    #expect(ContinuousClock.now - began < .seconds(5))
  }

  /// What is fetched next may be answered before the fetch returns, and so on.
  @Test("a consumer that waits for nothing where it fetches does nothing else for ever")
  func alwaysAnswered() async throws {
    let acta = try Acta(.memory)
    let producer = try acta.producer(value: StringSerializer())
    _ = try await producer.send(ProducerRecord(topic: "t", value: "v"))
    var reading = ConsumerConfiguration()
    reading.fetchMaxWaitMilliseconds = 0
    reading.autoOffsetReset = .earliest
    let consumer = try acta.consumer(reading, value: StringDeserializer())
    try await consumer.assign([TopicPartition("t", 0)])
    #expect(try await consumer.take(1).map(\.value) == ["v"])
    #expect(try await consumer.poll(withinMilliseconds: 20).isEmpty)
    try await consumer.seekToBeginning([TopicPartition("t", 0)])
    #expect(try await consumer.take(1).map(\.value) == ["v"])
    await consumer.close()
    await producer.close()
    try await acta.shutdown()
  }

  @Test("a node stops, and is left in order, in a task that is cancelled")
  func cancelledShutdown() async throws {
    let acta = try Acta(.memory)
    let stopping = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      try await acta.shutdown()
    }
    try await stopping.value
    // It has stopped, then, and is not only about to.
    #expect(throws: ActaNode.Connection.Closed.self) { try acta.node.connect() }
    try await acta.shutdown()
  }
}
