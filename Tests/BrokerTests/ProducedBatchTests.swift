import ActaModel
import BatchCodec
import KafkaWire
import LogStorage
import Testing

@testable import Broker

@Suite("What a topic's configuration demands of batches") struct ProducedBatchTests {
  private let fixture: BrokerFixture
  private let hour: Int64 = 3_600_000

  init() throws { fixture = try BrokerFixture() }

  @Test("under LogAppendTime the broker's time is answered and kept", arguments: [3, 13])
  func logAppendTime(version: Int16) async throws {
    let topic = try await fixture.createTopic(
      "orders", configs: ["message.timestamp.type": "LogAppendTime"])
    fixture.wallClock.advance(milliseconds: 42)
    let answer = try await fixture.produce(Batch.of("a", "b", at: 5), to: topic, version: version)
    #expect(answer.logAppendTimeMilliseconds == ManualWallClock.start + 42)
    let records = try await fixture.fetch(topic).decodedRecords()
    #expect(records.map(\.timestamp) == Array(repeating: ManualWallClock.start + 42, count: 2))
  }

  @Test("a batch of max.message.bytes is taken, one byte more is not")
  func maxMessageBytes() async throws {
    let batch = Batch.of("a")
    let fits = try await fixture.createTopic(
      "fits", configs: ["max.message.bytes": "\(batch.count)"])
    let short = try await fixture.createTopic(
      "short", configs: ["max.message.bytes": "\(batch.count - 1)"])
    #expect(try await fixture.produce(batch, to: fits).errorCode == .none)
    let answer = try await fixture.produce(batch, to: short)
    #expect(answer.errorCode == .messageTooLarge)
    #expect(answer.errorMessage?.contains("max.message.bytes") == true)
  }

  @Test(
    "a timestamp an hour ahead is taken, later ones are named", arguments: versions(of: .produce))
  func timestamps(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders")
    let limit = ManualWallClock.start + hour
    #expect(try await fixture.produce(Batch.of("a", at: limit), to: topic).errorCode == .none)
    let answer = try await fixture.produce(
      Batch.of([(limit, "b"), (limit + 1, "c"), (limit, "d"), (limit + 9, "e")]), to: topic,
      version: version)
    #expect(answer.errorCode == .invalidTimestamp)
    #expect(answer.recordErrors.map(\.batchIndex) == (version >= 8 ? [1, 3] : []))
    #expect((answer.errorMessage != nil) == (version >= 8))
    #expect(answer.recordErrors.allSatisfy { $0.batchIndexErrorMessage?.isEmpty == false })
    #expect(try await fixture.fetch(topic).values() == ["a"])
  }

  @Test("a compacted topic takes no records without a key")
  func keys() async throws {
    let topic = try await fixture.createTopic("state", configs: ["cleanup.policy": "compact"])
    #expect(try await fixture.produce(Batch.of("a", key: "k"), to: topic).errorCode == .none)
    let answer = try await fixture.produce(Batch.of("b"), to: topic)
    #expect(answer.errorCode == .invalidRecord)
    #expect(answer.recordErrors.map(\.batchIndex) == [0])
  }

  @Test("batches are put into the topic's codec", arguments: ["gzip", "snappy", "lz4", "zstd"])
  func recompression(name: String) async throws {
    let topic = try await fixture.createTopic("orders", configs: ["compression.type": name])
    try await fixture.produce(Batch.of("a", "b"), to: topic)
    let partition = try await fixture.fetch(topic)
    let batch = try #require(try partition.batches().first)
    let codec = BatchHeader(parsing: batch)?.attributes.codec
    #expect(codec.map { "\($0)" } == name)
    #expect(try partition.values() == ["a", "b"])
  }

  @Test("batches keep the producer's codec unless the topic has one")
  func producerCodec() async throws {
    let topic = try await fixture.createTopic("orders")
    try await fixture.produce(Batch.of("a", compression: .lz4), to: topic)
    let batch = try #require(try await fixture.fetch(topic).batches().first)
    #expect(BatchHeader(parsing: batch)?.attributes.codec == .lz4)
  }

  @Test("a batch that decompresses to more than the broker allows is refused")
  func decompressionLimit() async throws {
    let fixture = try BrokerFixture(["acta.max.decompressed.bytes": "1048576"])
    let topic = try await fixture.createTopic("orders")
    let bomb = Batch.of(String(repeating: "0", count: 2 << 20), compression: .gzip)
    let answer = try await fixture.produce(bomb, to: topic)
    #expect(answer.errorCode != .none)
    #expect(try await fixture.fetch(topic).highWatermark == 0)
  }
}
