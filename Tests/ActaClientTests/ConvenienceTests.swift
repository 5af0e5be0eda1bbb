import ActaClient
import ActaNode
import Testing

@Suite("What saves a program some lines", .timeLimit(.minutes(1))) struct ConvenienceTests {
  @Test("one topic is created and deleted, and a refusal is thrown")
  func oneTopic() async throws {
    let broker = try ListeningNode()
    let admin = try broker.admin()
    let created = try await admin.createTopic(NewTopic("t", partitions: 3))
    #expect(created.partitionCount == 3)
    let exists = await #expect(throws: KafkaError.self) {
      try await admin.createTopic(NewTopic("t"))
    }
    #expect(exists?.code == 36)
    try await admin.deleteTopic("t")
    let gone = await #expect(throws: KafkaError.self) { try await admin.deleteTopic("t") }
    #expect(gone?.code == 3)
    await admin.close()
    try await broker.node.shutdown()
  }

  @Test("producers and consumers without keys are lent without a word about their types")
  func withoutKeys() async throws {
    let broker = try ListeningNode()
    let sent = try await Producer.with(broker.producerConfiguration, value: StringSerializer()) {
      try await $0.send(ProducerRecord(topic: "t", value: "v"))
    }
    var reading = ConsumerConfiguration(bootstrapServers: [broker.address])
    reading.autoOffsetReset = .earliest
    let values = try await Consumer.with(reading, value: StringDeserializer()) { consumer in
      try await consumer.assign([TopicPartition("t", sent.partition)])
      return try await consumer.take(1).map(\.value)
    }
    #expect(values == ["v"])
    try await broker.node.shutdown()
  }

  @Test(
    "records of a transaction that was aborted are read again from where the group is",
    arguments: Way.allCases)
  func committed(_ way: Way) async throws {
    struct Stop: Error {}
    let broker = try ListeningNode(beatingOften: ["num.partitions": "2"])
    try await broker.produce(0..<10)
    let consumer = try broker.consumer {
      way.apply(&$0)
      $0.enableAutoCommit = false
      $0.isolationLevel = .readCommitted
      $0.maxPollRecords = 3
    }
    let producer = try broker.producer { $0.transactionalID = "x" }
    try await producer.initTransactions()
    try await consumer.subscribe(to: ["t"])
    var (done, turn) = ([String](), 0)
    while done.count < 10 {
      let records = try await consumer.poll(withinMilliseconds: 20_000)
      turn += 1
      do {
        try await producer.withTransaction {
          try await producer.commitPositions(of: consumer)
          if turn % 2 == 1 { throw Stop() }
        }
        done += records.compactMap(\.value)
      } catch is Stop {
        try await consumer.seekToCommitted()
      }
    }
    #expect(done.compactMap { Int($0) }.sorted() == Array(0..<10))
    await consumer.close()
    await producer.close()
    try await broker.node.shutdown()
  }

  @Test("a consumer without a group has no committed positions to go to")
  func noGroup() async throws {
    let broker = try ListeningNode()
    let consumer = try broker.consumer()
    try await consumer.assign([TopicPartition("t", 0)])
    let error = await #expect(throws: KafkaError.self) { try await consumer.seekToCommitted() }
    #expect(error?.description.contains("group.id") == true)
    await consumer.close()
    try await broker.node.shutdown()
  }

  @Test("who asks for a log's end where no broker can be reached is told that")
  func unreached() async throws {
    var configuration = ConsumerConfiguration(bootstrapServers: ["127.0.0.1:1"])
    configuration.defaultAPITimeoutMilliseconds = 200
    let consumer = try Consumer(configuration, value: StringDeserializer())
    try consumer.start()
    let error = await #expect(throws: KafkaError.self) {
      try await consumer.endOffsets([TopicPartition("t", 0)])
    }
    #expect(error?.description.contains("127.0.0.1:1") == true)
    #expect(error?.isRetriable == true)
    await consumer.close()
  }
}
