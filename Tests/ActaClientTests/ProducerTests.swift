import ActaClient
import ActaNode
import Synchronization
import Testing

@Suite("Producer at a broker") struct ProducerTests {
  @Test("an awaited record is told where it went")
  func awaited() async throws {
    let broker = try ListeningNode()
    let producer = try broker.producer()
    for n in 0..<3 {
      let metadata = try await producer.send(
        ProducerRecord(topic: "orders", key: "k", value: "v\(n)", timestamp: 1_000 + Int64(n)))
      #expect(metadata.topic == "orders")
      #expect(metadata.partition == 0)
      #expect(metadata.offset == Int64(n))
      #expect(metadata.timestamp == 1_000 + Int64(n))
    }
    await producer.close()
    try await broker.node.shutdown()
  }

  @Test(
    "what was sent is read as it was, packed or not",
    arguments: [
      ProducerConfiguration.Compression.none, .gzip, .snappy, .lz4, .zstd,
    ])
  func roundTrip(_ compression: ProducerConfiguration.Compression) async throws {
    let broker = try ListeningNode()
    let producer = try broker.producer { $0.compression = compression }
    let count = 2_000
    for n in 0..<count {
      try await producer.enqueue(
        ProducerRecord(
          topic: "t", key: n % 7 == 0 ? nil : "key \(n % 10)",
          value: n % 11 == 0 ? nil : "value \(n)",
          headers: [Header("n", "\(n)"), Header("none", nil as [UInt8]?)]))
    }
    try await producer.flush()
    let consumer = try broker.consumer()
    try await consumer.assign([TopicPartition("t", 0)])
    let records = try await consumer.take(count)
    #expect(records.map(\.offset) == Array(0..<Int64(count)))
    for (n, record) in records.enumerated() {
      #expect(record.key == (n % 7 == 0 ? nil : "key \(n % 10)"))
      #expect(record.value == (n % 11 == 0 ? nil : "value \(n)"))
      #expect(record.headers == [Header("n", "\(n)"), Header("none", nil as [UInt8]?)])
    }
    await consumer.close()
    await producer.close()
    try await broker.node.shutdown()
  }

  @Test("completions are called once each, in order, before flush returns")
  func completions() async throws {
    let broker = try ListeningNode()
    let producer = try broker.producer()
    let offsets = Mutex<[Int64]>([])
    for n in 0..<5_000 {
      try await producer.enqueue(ProducerRecord(topic: "t", key: nil, value: "\(n)")) { result in
        if case .success(let metadata) = result, let offset = metadata.offset {
          offsets.withLock { $0.append(offset) }
        }
      }
    }
    try await producer.flush()
    #expect(offsets.withLock { $0 } == Array(0..<5_000))
    await producer.close()
    try await broker.node.shutdown()
  }

  @Test("acks=0 tells no offset")
  func unasked() async throws {
    let broker = try ListeningNode()
    let producer = try broker.producer {
      $0.acks = .none
      $0.enableIdempotence = false
    }
    let metadata = try await producer.send(ProducerRecord(topic: "t", key: nil, value: "v"))
    #expect(metadata.offset == nil)
    let consumer = try broker.consumer()
    try await consumer.assign([TopicPartition("t", 0)])
    #expect(try await consumer.take(1).map(\.value) == ["v"])
    await consumer.close()
    await producer.close()
    try await broker.node.shutdown()
  }

  @Test("a producer that does not work says so at once")
  func notRunning() async throws {
    let producer = try Producer(
      ProducerConfiguration(bootstrapServers: ["127.0.0.1:1"]), key: StringSerializer(),
      value: StringSerializer())
    let early = await #expect(throws: KafkaError.self) {
      try await producer.send(ProducerRecord(topic: "t", key: nil, value: "v"))
    }
    #expect(early?.description.contains("start()") == true)
    await producer.close()
    let late = await #expect(throws: KafkaError.self) {
      try await producer.send(ProducerRecord(topic: "t", key: nil, value: "v"))
    }
    #expect(late?.isFatal == true)
    #expect(throws: KafkaError.self) { try producer.start() }
  }

  @Test("an unreachable broker is named, within max.block.ms")
  func unreachable() async throws {
    var configuration = ProducerConfiguration(bootstrapServers: ["127.0.0.1:1", "localhost:2"])
    configuration.maxBlockMilliseconds = 300
    let producer = try Producer(configuration, key: StringSerializer(), value: StringSerializer())
    try producer.start()
    let error = await #expect(throws: KafkaError.self) {
      try await producer.send(ProducerRecord(topic: "t", key: nil, value: "v"))
    }
    #expect(error?.isRetriable == true)
    #expect(error?.description.contains("127.0.0.1:1") == true)
    #expect(error?.description.contains("Connection refused") == true)
    await producer.close()
  }

  @Test("what is too large is refused where it is sent, and the next one is not")
  func tooLarge() async throws {
    let broker = try ListeningNode()
    let producer = try broker.producer { $0.maxRequestSize = 1_000 }
    let error = await #expect(throws: KafkaError.self) {
      try await producer.send(
        ProducerRecord(topic: "t", key: nil, value: String(repeating: "x", count: 2_000)))
    }
    #expect(error?.description.contains("max.request.size") == true)
    #expect(try await producer.send(ProducerRecord(topic: "t", key: nil, value: "v")).offset == 0)
    await producer.close()
    try await broker.node.shutdown()
  }

  @Test("a broker's refusal has its code")
  func refused() async throws {
    let broker = try ListeningNode(["message.max.bytes": "500"])
    let producer = try broker.producer()
    let error = await #expect(throws: KafkaError.self) {
      try await producer.send(
        ProducerRecord(topic: "t", key: nil, value: String(repeating: "x", count: 2_000)))
    }
    #expect(error?.code == 10)
    #expect(error?.topic == "t")
    #expect(error?.partition == 0)
    #expect(try await producer.send(ProducerRecord(topic: "t", key: nil, value: "v")).offset == 0)
    await producer.close()
    try await broker.node.shutdown()
  }

  @Test("a partitioner of one's own, round robin, and a partition that is named")
  func partitions() async throws {
    let broker = try ListeningNode(["num.partitions": "3"])
    let own = try broker.producer { $0.partitioner = .custom { _, _, count in count - 1 } }
    #expect(try await own.send(ProducerRecord(topic: "t", key: "a", value: "v")).partition == 2)
    #expect(
      try await own.send(ProducerRecord(topic: "t", partition: 1, key: "a", value: "v")).partition
        == 1)
    let error = await #expect(throws: KafkaError.self) {
      try await own.send(ProducerRecord(topic: "t", partition: 3, key: "a", value: "v"))
    }
    #expect(error?.description.contains("There is no partition 3 of t, which has 3.") == true)
    await own.close()
    let turns = try broker.producer { $0.partitioner = .roundRobin }
    var partitions: [Int32] = []
    for _ in 0..<6 {
      partitions.append(
        try await turns.send(ProducerRecord(topic: "t", key: "a", value: "v")).partition)
    }
    #expect(partitions == [0, 1, 2, 0, 1, 2])
    await turns.close()
    try await broker.node.shutdown()
  }

  @Test("partitions that a topic gets later are sent to at once")
  func growing() async throws {
    let broker = try ListeningNode()
    let producer = try broker.producer()
    let record = ProducerRecord<String, String>(topic: "t", partition: 1, key: nil, value: "v")
    await #expect(throws: KafkaError.self) { try await producer.send(record) }
    let admin = try broker.admin()
    try await admin.createPartitions(["t": NewPartitions(totalCount: 2)])["t"]?.get()
    #expect(try await producer.send(record).partition == 1)
    await admin.close()
    await producer.close()
    try await broker.node.shutdown()
  }

  @Test("what no record has is refused: a partition or a time below zero")
  func negative() async throws {
    let broker = try ListeningNode()
    let producer = try broker.producer()
    let partition = await #expect(throws: KafkaError.self) {
      try await producer.send(ProducerRecord(topic: "t", partition: -1, key: nil, value: "v"))
    }
    #expect(partition?.description.contains("Invalid partition: -1.") == true)
    let time = await #expect(throws: KafkaError.self) {
      try await producer.send(ProducerRecord(topic: "t", key: nil, value: "v", timestamp: -1))
    }
    #expect(time?.description.contains("Invalid timestamp: -1.") == true)
    await producer.close()
    try await broker.node.shutdown()
  }

  @Test("a full buffer makes callers wait, and nothing is lost")
  func fullBuffer() async throws {
    let broker = try ListeningNode()
    let producer = try broker.producer {
      $0.bufferMemory = 20_000
      $0.batchSize = 5_000
    }
    let value = String(repeating: "x", count: 1_000)
    try await withThrowingTaskGroup { group in
      for _ in 0..<10 {
        group.addTask {
          for _ in 0..<50 {
            _ = try await producer.send(ProducerRecord(topic: "t", key: nil, value: value))
          }
        }
      }
      try await group.waitForAll()
    }
    let consumer = try broker.consumer()
    try await consumer.assign([TopicPartition("t", 0)])
    #expect(try await consumer.take(500).count == 500)
    await consumer.close()
    await producer.close()
    try await broker.node.shutdown()
  }

  @Test("a task that is cancelled waits no longer")
  func cancelled() async throws {
    let producer = try Producer(
      ProducerConfiguration(bootstrapServers: ["127.0.0.1:1"]), key: StringSerializer(),
      value: StringSerializer())
    try producer.start()
    let task = Task {
      try await producer.send(ProducerRecord(topic: "t", key: nil, value: "v"))
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    await producer.close()
  }

  @Test("run() works until it is cancelled, and sends what is left")
  func run() async throws {
    let broker = try ListeningNode()
    let producer = try Producer(
      broker.producerConfiguration, key: StringSerializer(), value: StringSerializer())
    try producer.start()
    let running = Task { try await producer.run() }
    try await producer.enqueue(ProducerRecord(topic: "t", key: nil, value: "v"))
    running.cancel()
    try await running.value
    let consumer = try broker.consumer()
    try await consumer.assign([TopicPartition("t", 0)])
    #expect(try await consumer.take(1).map(\.value) == ["v"])
    await consumer.close()
    try await broker.node.shutdown()
  }

  @Test(
    "batches that a topic finds too large go in parts, in order, with or without a transaction",
    arguments: [nil, "tx"])
  func partedBatches(_ transactionalID: String?) async throws {
    let broker = try ListeningNode()
    let admin = try broker.admin()
    try await admin.createTopic(NewTopic("t", partitions: 1, configs: ["max.message.bytes": "700"]))
    await admin.close()
    let producer = try broker.producer {
      $0.transactionalID = transactionalID
      $0.lingerMilliseconds = 100
    }
    if transactionalID != nil {
      try await producer.initTransactions()
      try await producer.beginTransaction()
    }
    let offsets = Mutex<[Int: Int64]>([:])
    let text = String(repeating: "x", count: 100)
    for number in 0..<200 {
      let record = ProducerRecord(
        topic: "t", key: "\(number)", value: text, headers: [Header("n", "\(number)")])
      try await producer.enqueue(record) { result in
        if case .success(let metadata) = result {
          offsets.withLock { $0[number] = metadata.offset }
        }
      }
    }
    if transactionalID != nil { try await producer.commitTransaction() }
    await producer.close()
    let expected = Dictionary(uniqueKeysWithValues: (0..<200).map { ($0, Int64($0)) })
    #expect(offsets.withLock { $0 } == expected)
    let consumer = try broker.consumer { $0.isolationLevel = .readCommitted }
    try await consumer.assign([TopicPartition("t", 0)])
    let records = try await consumer.take(200)
    #expect(records.compactMap(\.key) == (0..<200).map { "\($0)" })
    #expect(records.map(\.headers) == (0..<200).map { [Header("n", "\($0)")] })
    await consumer.close()
    try await broker.node.shutdown()
  }
}
