import ActaClient
import Testing

/// Every call that waits for brokers, at brokers that say nothing, in a task that is cancelled: it ends in bounded
/// time, and so does the client.
@Suite("Calls of tasks that are cancelled", .timeLimit(.minutes(2))) struct CancelledCallsTests {
  private static let partition = TopicPartition("t", 0)

  // MARK: Consumers

  typealias TextConsumer = Consumer<String, String>

  static let consumerCalls: [CancelledCall<TextConsumer>] = [
    CancelledCall("poll") { _ = try await $0.poll(withinMilliseconds: 60_000) },
    CancelledCall("records") { for try await _ in $0.records {} },
    CancelledCall("batches") { for try await _ in $0.batches {} },
    CancelledCall("commit what was taken") { try await $0.commit() },
    CancelledCall("commit") { try await $0.commit([partition: OffsetAndMetadata(1)]) },
    CancelledCall("committed") { _ = try await $0.committed([partition]) },
    CancelledCall("beginningOffsets") { _ = try await $0.beginningOffsets([partition]) },
    CancelledCall("endOffsets") { _ = try await $0.endOffsets([partition]) },
    CancelledCall("offsetsForTimes") { _ = try await $0.offsetsForTimes([partition: 1]) },
    CancelledCall("progress") { _ = try await $0.progress() },
    CancelledCall("seek") { try await $0.seek(partition, to: 5) },
    CancelledCall("seekToBeginning") { try await $0.seekToBeginning([partition]) },
    CancelledCall("seekToEnd") { try await $0.seekToEnd([partition]) },
    CancelledCall("pause") { try await $0.pause([partition]) },
    CancelledCall("resume") { try await $0.resume([partition]) },
    CancelledCall("paused") { _ = try await $0.paused },
    CancelledCall("subscription") { _ = try await $0.subscription },
    CancelledCall("assign") { try await $0.assign([partition, TopicPartition("t", 1)]) },
    CancelledCall("unsubscribe") { try await $0.unsubscribe() },
    CancelledCall("subscribe") {
      try await $0.unsubscribe()
      try await $0.subscribe(to: ["t"])
    },
    CancelledCall("subscribe to a pattern") {
      try await $0.unsubscribe()
      try await $0.subscribe(matching: "t.*")
    },
    CancelledCall("assignment") { _ = try await $0.assignment },
    CancelledCall("run") { try await $0.run() },
    CancelledCall("close") { await $0.close() },
  ]

  private static func consuming(at broker: ScriptedBroker) -> ConsumerConfiguration {
    var configuration = ConsumerConfiguration(bootstrapServers: [broker.address], groupID: "g")
    configuration.requestTimeoutMilliseconds = 100
    configuration.fetchMaxWaitMilliseconds = 50
    configuration.defaultAPITimeoutMilliseconds = 300
    return configuration
  }

  private static func consumer(
    at broker: ScriptedBroker, _ change: (inout ConsumerConfiguration) -> Void = { _ in }
  ) throws -> TextConsumer {
    var configuration = consuming(at: broker)
    change(&configuration)
    let consumer = try Consumer(
      configuration, key: StringDeserializer(), value: StringDeserializer())
    try consumer.start()
    return consumer
  }

  @Test("a consumer's that was told its partitions", arguments: consumerCalls, Silence.allCases)
  func consumers(_ call: CancelledCall<TextConsumer>, _ silence: Silence) async throws {
    let broker = try ScriptedBroker(silence.answer)
    // Closing commits, for which it has longer than this test.
    let consumer = try Self.consumer(at: broker) { $0.enableAutoCommit = false }
    try await consumer.assign([Self.partition])
    try await call.cancel(of: consumer, at: broker)
    await expectEnd { await consumer.close() }
    broker.stop()
  }

  @Test(
    "a member's", arguments: [ConsumerConfiguration.GroupProtocol.classic, .consumer],
    Silence.allCases)
  func members(
    _ kind: ConsumerConfiguration.GroupProtocol, _ silence: Silence
  ) async throws {
    for call in Self.consumerCalls
    where ["poll", "records", "batches", "unsubscribe", "subscribe", "close", "run"].contains(
      call.testDescription)
    {
      let broker = try ScriptedBroker(silence.answer)
      let consumer = try Self.consumer(at: broker) { $0.groupProtocol = kind }
      try await consumer.subscribe(to: ["t"])
      try await call.cancel(of: consumer, at: broker)
      await expectEnd { await consumer.close() }
      broker.stop()
    }
  }

  // MARK: Producers

  typealias TextProducer = Producer<String, String>

  private static let record = ProducerRecord<String, String>(topic: "t", key: nil, value: "v")

  private static func producing(at broker: ScriptedBroker) -> ProducerConfiguration {
    var configuration = ProducerConfiguration(bootstrapServers: [broker.address])
    configuration.lingerMilliseconds = 0
    configuration.requestTimeoutMilliseconds = 100
    configuration.deliveryTimeoutMilliseconds = 300
    configuration.maxBlockMilliseconds = 300
    return configuration
  }

  private static func begin(_ producer: TextProducer) async throws {
    try await producer.initTransactions()
    try await producer.beginTransaction()
  }

  static let producerCalls: [CancelledCall<TextProducer>] = [
    CancelledCall("enqueue") { try await $0.enqueue(record) },
    CancelledCall("send") { _ = try await $0.send(record) },
    CancelledCall("flush") {
      try await $0.enqueue(record)
      try await $0.flush()
    },
    CancelledCall("initTransactions") { try await $0.initTransactions() },
    CancelledCall("commitTransaction") {
      try await begin($0)
      try await $0.enqueue(record)
      try await $0.commitTransaction()
    },
    CancelledCall("abortTransaction") {
      try await begin($0)
      try await $0.enqueue(record)
      try await $0.abortTransaction()
    },
    CancelledCall("commitPositions") {
      try await begin($0)
      try await $0.commitPositions([partition: OffsetAndMetadata(1)], ofGroup: "g")
    },
    CancelledCall("beginTransaction") { try await begin($0) },
    CancelledCall("withTransaction") { producer in
      try await producer.initTransactions()
      try await producer.withTransaction { _ = try await producer.send(record) }
    },
    CancelledCall("run") { try await $0.run() },
    CancelledCall("close") { await $0.close() },
  ]

  @Test("a transaction's, with a consumer's positions", arguments: Silence.allCases)
  func positions(_ silence: Silence) async throws {
    let broker = try ScriptedBroker(silence.answer)
    let consumer = try Self.consumer(at: broker) { $0.enableAutoCommit = false }
    try await consumer.assign([Self.partition])
    try await consumer.seek(Self.partition, to: 3)
    try await Self.cancel(
      CancelledCall("commitPositions of a consumer") { producer in
        try await Self.begin(producer)
        try await producer.commitPositions(of: consumer)
      }, at: broker)
    await expectEnd { await consumer.close() }
    broker.stop()
  }

  @Test("scopes'", arguments: Silence.allCases)
  func scopes(_ silence: Silence) async throws {
    let broker = try ScriptedBroker(silence.answer)
    let (sending, taking) = (Self.producing(at: broker), Self.consuming(at: broker))
    let tasks = [
      Task {
        try await TextProducer.with(sending, key: StringSerializer(), value: StringSerializer()) {
          _ = try await $0.send(Self.record)
        }
      },
      Task {
        try await TextConsumer.with(taking, key: StringDeserializer(), value: StringDeserializer())
        {
          try await $0.subscribe(to: ["t"])
          for try await _ in $0.records {}
        }
      },
    ]
    try await Task.sleep(for: .milliseconds(50))
    await expectEnd {
      for task in tasks { task.cancel() }
      for task in tasks { _ = await task.result }
    }
    broker.stop()
  }

  @Test("a producer's", arguments: producerCalls, Silence.allCases)
  func producers(_ call: CancelledCall<TextProducer>, _ silence: Silence) async throws {
    let broker = try ScriptedBroker(silence.answer)
    try await Self.cancel(call, at: broker)
    broker.stop()
  }

  /// Cancels a producer's call, and closes the producer.
  private static func cancel(
    _ call: CancelledCall<TextProducer>, at broker: ScriptedBroker
  ) async throws {
    var configuration = producing(at: broker)
    configuration.transactionalID =
      call.testDescription.contains("ransaction")
        || call.testDescription.hasPrefix("commitPositions") ? "x" : nil
    let producer = try Producer(configuration, key: StringSerializer(), value: StringSerializer())
    try producer.start()
    try await call.cancel(of: producer, at: broker)
    await expectEnd { await producer.close() }
  }
}
