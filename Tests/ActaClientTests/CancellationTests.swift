import ActaClient
import KafkaWire
import Synchronization
import Testing
import Threads

@Suite("Tasks that are cancelled while they wait") struct CancellationTests {
  private static let record = ProducerRecord<String, String>(topic: "t", key: nil, value: "v")

  /// A producer at a broker that answers everything but what `silence` names.
  private static func silent(
    _ silence: APIKey, _ change: (inout ProducerConfiguration) -> Void = { _ in }
  ) throws -> (broker: ScriptedBroker, producer: Producer<String, String>) {
    let broker = try ScriptedBroker { $0.api == silence ? .silence : $0.properly() }
    var configuration = ProducerConfiguration(bootstrapServers: [broker.address])
    configuration.lingerMilliseconds = 0
    configuration.requestTimeoutMilliseconds = 200
    configuration.deliveryTimeoutMilliseconds = 400
    change(&configuration)
    let producer = try Producer(configuration, key: StringSerializer(), value: StringSerializer())
    try producer.start()
    return (broker, producer)
  }

  /// Waits until a broker has been asked.
  private static func asked(_ broker: ScriptedBroker, _ api: APIKey) async throws {
    while !broker.requests.contains(where: { $0.api == api }) {
      try await Task.sleep(for: .milliseconds(2))
    }
  }

  private static func end(_ broker: ScriptedBroker, _ producer: Producer<String, String>) async {
    let began = Clock.monotonicMilliseconds()
    await producer.close()
    #expect(Clock.monotonicMilliseconds() - began < 5_000)
    broker.stop()
  }

  @Test(
    "sending, while the topic is not known, while there is no id, while nobody acknowledges",
    arguments: [APIKey.apiVersions, .metadata, .initProducerID, .produce])
  func sending(_ silence: APIKey) async throws {
    let (broker, producer) = try Self.silent(silence)
    let task = Task { try await producer.send(Self.record) }
    try await Self.asked(broker, silence)
    let began = Clock.monotonicMilliseconds()
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(Clock.monotonicMilliseconds() - began < 150)
    await Self.end(broker, producer)
  }

  @Test("waiting for room: the one that is cancelled takes none, and the next one gets it")
  func fullBuffer() async throws {
    let isOpen = Atomic(false)
    let broker = try ScriptedBroker { request in
      request.api == .produce && !isOpen.load(ordering: .relaxed) ? .silence : request.properly()
    }
    var configuration = ProducerConfiguration(bootstrapServers: [broker.address])
    configuration.bufferMemory = 1_000
    configuration.batchSize = 900
    configuration.requestTimeoutMilliseconds = 300
    let producer = try Producer(configuration, key: StringSerializer(), value: StringSerializer())
    try producer.start()
    let large = ProducerRecord<String, String>(
      topic: "t", key: nil, value: String(repeating: "x", count: 800))
    try await producer.enqueue(large)
    let waiting = (0..<3).map { _ in Task { try await producer.send(large) } }
    try await Self.asked(broker, .produce)
    waiting[0].cancel()
    await #expect(throws: CancellationError.self) { try await waiting[0].value }
    isOpen.store(true, ordering: .relaxed)
    for task in waiting.dropFirst() { #expect(try await task.value.offset == 5) }
    await Self.end(broker, producer)
  }

  @Test("a flush goes on to its end, which comes")
  func flushing() async throws {
    let (broker, producer) = try Self.silent(.produce)
    try await producer.enqueue(Self.record)
    let task = Task { try await producer.flush() }
    try await Self.asked(broker, .produce)
    task.cancel()
    try await task.value
    await Self.end(broker, producer)
  }

  @Test("closing from several tasks, some of them cancelled, ends once for all")
  func closing() async throws {
    let (broker, producer) = try Self.silent(.produce)
    let told = Mutex(0)
    try await producer.enqueue(Self.record) { _ in told.withLock { $0 += 1 } }
    let tasks = (0..<4).map { _ in Task { await producer.close() } }
    tasks[1].cancel()
    tasks[2].cancel()
    for task in tasks { await task.value }
    #expect(told.withLock { $0 } == 1)
    broker.stop()
  }

  @Test("closing waits no longer than it is told to, and what is left is told as failed")
  func closingInTime() async throws {
    let (broker, producer) = try Self.silent(.produce) {
      $0.requestTimeoutMilliseconds = 60_000
      $0.deliveryTimeoutMilliseconds = 120_000
    }
    let sending = Task { try await producer.send(Self.record) }
    try await Self.asked(broker, .produce)
    let began = Clock.monotonicMilliseconds()
    await producer.close(withinMilliseconds: 100)
    #expect(Clock.monotonicMilliseconds() - began < 2_000)
    let error = await #expect(throws: KafkaError.self) { try await sending.value }
    #expect(error?.description.contains("within 100 ms") == true)
    broker.stop()
  }

  @Test("run() that is cancelled while nobody answers ends in bounded time")
  func running() async throws {
    let (broker, producer) = try Self.silent(.produce)
    let running = Task { try await producer.run() }
    let sending = Task { try await producer.send(Self.record) }
    try await Self.asked(broker, .produce)
    running.cancel()
    try await running.value
    await #expect(throws: KafkaError.self) { try await sending.value }
    broker.stop()
  }

  // MARK: Consumers

  private static func consumer(
    at broker: ScriptedBroker, group: String? = nil
  ) throws -> Consumer<String, String> {
    var configuration = ConsumerConfiguration(
      bootstrapServers: [broker.address], groupID: group)
    configuration.requestTimeoutMilliseconds = 200
    configuration.fetchMaxWaitMilliseconds = 100
    configuration.defaultAPITimeoutMilliseconds = 400
    let consumer = try Consumer(
      configuration, key: StringDeserializer(), value: StringDeserializer())
    try consumer.start()
    return consumer
  }

  @Test(
    "polling, at every stage of what it needs",
    arguments: [APIKey.apiVersions, .metadata, .listOffsets, .findCoordinator])
  func polling(_ silence: APIKey) async throws {
    let broker = try ScriptedBroker { $0.api == silence ? .silence : $0.properly() }
    let consumer = try Self.consumer(at: broker, group: silence == .findCoordinator ? "g" : nil)
    try await consumer.assign([TopicPartition("t", 0)])
    let task = Task { try await consumer.poll(withinMilliseconds: 60_000) }
    try await Self.asked(broker, silence)
    let began = Clock.monotonicMilliseconds()
    task.cancel()
    #expect(try await task.value.isEmpty)
    #expect(Clock.monotonicMilliseconds() - began < 150)
    await consumer.close()
    broker.stop()
  }

  @Test("a poll ends when its time is up, again and again, and when the consumer is closed")
  func pollingInTime() async throws {
    let broker = try ScriptedBroker { $0.api == .metadata ? .silence : $0.properly() }
    let consumer = try Self.consumer(at: broker)
    try await consumer.assign([TopicPartition("t", 0)])
    for _ in 0..<20 { #expect(try await consumer.poll(withinMilliseconds: 5).isEmpty) }
    let task = Task { try await consumer.poll(withinMilliseconds: 60_000) }
    try await Task.sleep(for: .milliseconds(20))
    await consumer.close()
    await #expect(throws: KafkaError.self) { try await task.value }
    broker.stop()
  }

  @Test(
    "what asks the group or the brokers ends within default.api.timeout.ms, and says whom it could not reach"
  )
  func asking() async throws {
    let broker = try ScriptedBroker { $0.api == .findCoordinator ? .silence : $0.properly() }
    let consumer = try Self.consumer(at: broker, group: "g")
    let partition = TopicPartition("t", 0)
    let began = Clock.monotonicMilliseconds()
    let error = await #expect(throws: KafkaError.self) {
      try await consumer.commit([partition: OffsetAndMetadata(1)])
    }
    #expect(error?.description.contains(broker.address) == true)
    await #expect(throws: KafkaError.self) { try await consumer.committed([partition]) }
    await #expect(throws: KafkaError.self) { try await consumer.endOffsets([partition]) }
    #expect(Clock.monotonicMilliseconds() - began < 4_000)
    await consumer.close()
    broker.stop()
  }
}
