import ActaClient
import ActaNode
import Testing

/// What programs say that want no limit: it costs no memory, and ends no program.
@Suite("Settings that stand for no limit, or for nothing", .timeLimit(.minutes(1)))
struct ExtremeSettingsTests {
  @Test("a producer's largest sizes")
  func producer() async throws {
    let broker = try ListeningNode()
    let producer = try broker.producer {
      $0.batchSize = .max
      $0.bufferMemory = .max
      $0.maxRequestSize = .max
      $0.deliveryTimeoutMilliseconds = .max
      $0.maxBlockMilliseconds = .max
    }
    let record = ProducerRecord<String, String>(topic: "t", key: nil, value: "v")
    try await producer.enqueue(record)
    #expect(try await producer.send(record).offset == 1)
    await producer.close()
    try await broker.node.shutdown()
  }

  static let readings: [@Sendable (inout ConsumerConfiguration) -> Void] = [
    { $0.maxPollRecords = .max }, { $0.maxPollRecords = Int(Int32.max) },
    {
      $0.fetchMaxBytes = .max
      $0.maxPartitionFetchBytes = .max
    }, { $0.fetchMaxBytes = 0 }, { $0.maxPartitionFetchBytes = 1 },
    { $0.fetchMaxWaitMilliseconds = .max },
  ]

  @Test("a consumer's largest and smallest", arguments: readings.indices)
  func consumer(_ index: Int) async throws {
    let broker = try ListeningNode()
    try await broker.produce(0..<3)
    let consumer = try broker.consumer { Self.readings[index](&$0) }
    try await consumer.assign([TopicPartition("t", 0)])
    #expect(try await consumer.take(3).compactMap(\.value) == ["0", "1", "2"])
    await consumer.close()
    try await broker.node.shutdown()
  }
}
