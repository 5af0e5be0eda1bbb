import ActaClient
import ActaNode
import Testing

@Suite("Consumer that is told its partitions") struct ConsumerTests {
  private let broker: ListeningNode

  init() throws { broker = try ListeningNode(["num.partitions": "2"]) }

  private func produce(_ values: Range<Int>, to partition: Int32 = 0) async throws {
    let producer = try broker.producer()
    for value in values {
      try await producer.enqueue(
        ProducerRecord(topic: "t", partition: partition, key: nil, value: "\(value)"))
    }
    await producer.close()
  }

  @Test("seeking, positions and lag")
  func seeking() async throws {
    try await produce(0..<100)
    let consumer = try broker.consumer { $0.maxPollRecords = 10 }
    let partition = TopicPartition("t", 0)
    try await consumer.assign([partition])
    #expect(try await consumer.take(10).map(\.offset) == Array(0..<10))
    #expect(consumer.position(of: partition) == 10)
    #expect(consumer.lag(of: partition) == 90)
    try await consumer.seek(partition, to: 95)
    #expect(try await consumer.take(5).map(\.offset) == Array(95..<100))
    try await consumer.seekToBeginning([partition])
    #expect(try await consumer.take(10).first?.offset == 0)
    try await consumer.seekToEnd([partition])
    #expect(try await consumer.poll(withinMilliseconds: 100).isEmpty)
    try await produce(100..<101)
    #expect(try await consumer.take(1).map(\.value) == ["100"])
    await consumer.close()
    try await broker.node.shutdown()
  }

  /// The first question comes before the client knows any leader: what would fail is asked when it knows, and not
  /// when `retry.backoff.ms` is over, which is longer here than a call may take.
  @Test("a consumer that has just begun finds the ends of logs without waiting for another attempt")
  func endsAtOnce() async throws {
    try await produce(0..<3)
    let partition = TopicPartition("t", 0)
    for isSlow in [true, false] {
      let consumer = try broker.consumer {
        if isSlow {
          $0.retryBackoffMilliseconds = 50_000
          $0.retryBackoffMaxMilliseconds = 50_000
        }
      }
      #expect(try await consumer.endOffsets([partition]) == [partition: 3])
      await consumer.close()
    }
    try await broker.node.shutdown()
  }

  @Test("paused partitions give nothing, what was fetched of them stays")
  func pausing() async throws {
    try await produce(0..<10)
    try await produce(10..<20, to: 1)
    let consumer = try broker.consumer()
    let (first, second) = (TopicPartition("t", 0), TopicPartition("t", 1))
    try await consumer.assign([first, second])
    try await consumer.pause([first])
    #expect(try await consumer.take(10).map(\.value) == (10..<20).map { "\($0)" })
    #expect(try await consumer.poll(withinMilliseconds: 50).isEmpty)
    try await consumer.resume([first])
    #expect(try await consumer.take(10).map(\.value) == (0..<10).map { "\($0)" })
    await consumer.close()
    try await broker.node.shutdown()
  }

  @Test("an offset that is gone, without a policy, is an error with its code")
  func outOfRange() async throws {
    try await produce(0..<3)
    let consumer = try broker.consumer { $0.autoOffsetReset = .none }
    let partition = TopicPartition("t", 0)
    try await consumer.assign([partition])
    let unset = await #expect(throws: KafkaError.self) {
      try await consumer.poll(withinMilliseconds: 10_000)
    }
    #expect(unset?.code == 1)
    try await consumer.seek(partition, to: 99)
    let beyond = await #expect(throws: KafkaError.self) {
      try await consumer.poll(withinMilliseconds: 10_000)
    }
    #expect(beyond?.description.contains("99") == true)
    try await consumer.seek(partition, to: 1)
    #expect(try await consumer.take(2).map(\.value) == ["1", "2"])
    await consumer.close()
    try await broker.node.shutdown()
  }

  @Test("who seeks after a partition was assigned needs no policy")
  func seekingAtOnce() async throws {
    try await produce(0..<3)
    let consumer = try broker.consumer { $0.autoOffsetReset = .none }
    let partition = TopicPartition("t", 0)
    try await consumer.assign([partition])
    try await consumer.seek(partition, to: 1)
    #expect(try await consumer.take(2).map(\.value) == ["1", "2"])
    await consumer.close()
    try await broker.node.shutdown()
  }

  @Test("a record that is no number stops the consumer there; it can be passed over")
  func badRecord() async throws {
    let producer = try broker.producer()
    for value in ["1234", "5678", "no", "9012"] {
      try await producer.enqueue(ProducerRecord(topic: "t", partition: 0, key: nil, value: value))
    }
    await producer.close()
    var configuration = ConsumerConfiguration(bootstrapServers: [broker.address])
    configuration.autoOffsetReset = .earliest
    let consumer = try Consumer(
      configuration, key: StringDeserializer(), value: IntegerDeserializer<Int32>())
    try consumer.start()
    let partition = TopicPartition("t", 0)
    try await consumer.assign([partition])
    #expect(try await consumer.take(2).count == 2)
    for _ in 0..<2 {
      await #expect(throws: DeserializationError.self) {
        try await consumer.poll(withinMilliseconds: 10_000)
      }
      #expect(consumer.position(of: partition) == 2)
    }
    try await consumer.seek(partition, to: 3)
    #expect(try await consumer.take(1).map(\.offset) == [3])
    await consumer.close()
    try await broker.node.shutdown()
  }

  @Test("who leaves the loop finds the next record with the next one")
  func leaving() async throws {
    try await produce(0..<30)
    let consumer = try broker.consumer()
    let partition = TopicPartition("t", 0)
    try await consumer.assign([partition])
    var values: [String?] = []
    while values.count < 30 {
      for try await record in consumer.records {
        values.append(record.value)
        if values.count % 7 == 0 || values.count == 30 { break }
      }
      #expect(consumer.position(of: partition) == Int64(values.count))
    }
    #expect(values == (0..<30).map { "\($0)" })
    await consumer.close()
    try await broker.node.shutdown()
  }

  @Test("the sequence of records ends with the task")
  func sequence() async throws {
    try await produce(0..<1_200)
    let consumer = try broker.consumer()
    try await consumer.assign([TopicPartition("t", 0)])
    let reading = Task {
      var values: [String?] = []
      for try await record in consumer.records {
        values.append(record.value)
        if values.count == 1_200 { withUnsafeCurrentTask { $0?.cancel() } }
      }
      return values
    }
    #expect(try await reading.value == (0..<1_200).map { "\($0)" })
    await consumer.close()
    try await broker.node.shutdown()
  }
}
