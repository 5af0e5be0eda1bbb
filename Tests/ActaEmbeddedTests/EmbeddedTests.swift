import ActaClient
import ActaEmbedded
import Testing

@Suite("A broker with clients in one program") struct EmbeddedTests {
  @Test("three lines: a broker in memory, a producer, a record")
  func threeLines() async throws {
    let acta = try Acta(.memory)
    let producer = try acta.producer(key: StringSerializer(), value: StringSerializer())
    let metadata = try await producer.send(
      ProducerRecord(topic: "orders", key: "alice", value: "paid"))
    #expect(metadata.offset == 0)
    await producer.close()
    try await acta.shutdown()
  }

  @Test("a group in memory, transactions and all")
  func group() async throws {
    let acta = try Acta(.memory, settings: ["num.partitions": "3"])
    var settings = ProducerConfiguration()
    settings.transactionalID = "tx"
    let producer = try acta.producer(settings, key: StringSerializer(), value: StringSerializer())
    try await producer.initTransactions()
    try await producer.withTransaction {
      for n in 0..<300 {
        try await producer.enqueue(ProducerRecord(topic: "t", key: "\(n)", value: "\(n)"))
      }
    }
    var reading = ConsumerConfiguration()
    reading.groupID = "g"
    reading.autoOffsetReset = .earliest
    reading.isolationLevel = .readCommitted
    let consumer = try acta.consumer(
      reading, key: StringDeserializer(), value: StringDeserializer())
    try await consumer.subscribe(to: ["t"])
    #expect(
      try await consumer.take(300).compactMap { $0.value.flatMap { Int($0) } }.sorted()
        == Array(0..<300))
    await consumer.close()
    await producer.close()
    try await acta.shutdown()
  }

  @Test("clients of a node that has stopped say so")
  func stopped() async throws {
    let acta = try Acta(.memory)
    var settings = ProducerConfiguration()
    settings.maxBlockMilliseconds = 200
    let producer = try acta.producer(settings, key: StringSerializer(), value: StringSerializer())
    try await acta.shutdown()
    let error = await #expect(throws: KafkaError.self) {
      try await producer.send(ProducerRecord(topic: "t", key: nil, value: "v"))
    }
    #expect(error?.description.contains("the node has stopped") == true)
    await producer.close()
  }
}
