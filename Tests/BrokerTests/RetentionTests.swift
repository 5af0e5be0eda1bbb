import ActaModel
import KafkaWire
import LogEngine
import LogStorage
import ModelLiterals
import Testing

@testable import Broker

@Suite("Retention") struct RetentionTests {
  private let fixture: BrokerFixture
  private static let interval: Int64 = 1_000

  init() throws {
    fixture = try BrokerFixture(["log.retention.check.interval.ms": "\(Self.interval)"])
  }

  /// The values of the topic after the next pass of retention.
  private func check(_ topic: StoredTopic) async throws -> [String] {
    fixture.timers.advance(milliseconds: Self.interval)
    return try await values(of: topic)
  }

  private func values(of topic: StoredTopic) async throws -> [String] {
    // A pass is one write after another, with pauses in between beside these.
    for _ in 0..<10_000 where fixture.broker.isKeepingHouse { try await fixture.settle(topic) }
    let start = try #require(fixture.storage.bounds(of: topic.partitions[0])).logStartOffset
    return try await fixture.fetch(topic, from: start.value).values()
  }

  @Test("a batch goes when its newest record is older than retention.ms, not before")
  func age() async throws {
    let topic = try await fixture.createTopic("orders", configs: ["retention.ms": "1000"])
    let start = ManualWallClock.start
    try await fixture.produce(Batch.of([(start - 500, "a"), (start, "b")]), to: topic)
    try await fixture.produce(Batch.of("c", at: start + 1), to: topic)
    fixture.wallClock.advance(milliseconds: 1000)
    #expect(try await check(topic) == ["a", "b", "c"])
    fixture.wallClock.advance(milliseconds: 1)
    #expect(try await check(topic) == ["c"])
    fixture.wallClock.advance(milliseconds: 1)
    #expect(try await check(topic) == [])
    #expect(try await fixture.produce(Batch.of("d"), to: topic).baseOffset == 3)
  }

  @Test("the oldest batches go while the partition is larger than retention.bytes")
  func size() async throws {
    let size = Batch.of("a").count
    let topic = try await fixture.createTopic(
      "orders", configs: ["retention.bytes": "\(2 * size)", "retention.ms": "-1"])
    for value in ["a", "b"] { try await fixture.produce(Batch.of(value), to: topic) }
    #expect(try await check(topic) == ["a", "b"])
    for value in ["c", "d"] { try await fixture.produce(Batch.of(value), to: topic) }
    #expect(try await check(topic) == ["c", "d"])
  }

  @Test("a log that gives the times itself goes by them, whatever producers say")
  func logAppendTime() async throws {
    let topic = try await fixture.createTopic(
      "orders", configs: ["retention.ms": "1000", "message.timestamp.type": "LogAppendTime"])
    try await fixture.produce(Batch.of("a", at: 1), to: topic)
    #expect(try await check(topic) == ["a"])
    fixture.wallClock.advance(milliseconds: 1001)
    #expect(try await check(topic) == [])
  }

  @Test("a batch from the future stays until then, and what is behind it")
  func future() async throws {
    let topic = try await fixture.createTopic("orders", configs: ["retention.ms": "1000"])
    let start = ManualWallClock.start
    try await fixture.produce(Batch.of("a", at: start + 60_000), to: topic)
    try await fixture.produce(Batch.of("b", at: start), to: topic)
    fixture.wallClock.advance(milliseconds: 10_000)
    #expect(try await check(topic) == ["a", "b"])
    fixture.wallClock.advance(milliseconds: 51_001)
    #expect(try await check(topic) == [])
  }

  @Test("compact,delete deletes by age, too; size alone leaves at least what it says")
  func others() async throws {
    let both = try await fixture.createTopic(
      "both", configs: ["cleanup.policy": "compact,delete", "retention.ms": "1000"])
    try await fixture.produce(Batch.of("a", key: "k"), to: both)
    let size = Batch.of("a").count
    let large = try await fixture.createTopic(
      "large", configs: ["retention.bytes": "\(size - 1)", "retention.ms": "-1"])
    for value in ["a", "b"] { try await fixture.produce(Batch.of(value), to: large) }
    fixture.wallClock.advance(milliseconds: 1001)
    #expect(try await check(both) == [])
    #expect(try await values(of: large) == ["b"])
  }

  @Test("topics that keep for ever, or are only compacted, are left alone")
  func kept() async throws {
    let kept = [
      try await fixture.createTopic("for-ever", configs: ["retention.ms": "-1"]),
      try await fixture.createTopic("compacted", configs: ["cleanup.policy": "compact"]),
      try await fixture.createTopic("neither", configs: ["cleanup.policy": ""]),
    ]
    for topic in kept { try await fixture.produce(Batch.of("a", at: 1, key: "k"), to: topic) }
    let other = try await fixture.createTopic("other")
    #expect(try await check(other) == [])
    for topic in kept { #expect(try await fixture.fetch(topic).values() == ["a"]) }
  }

  @Test("every partition of every topic has its turn")
  func everyPartition() async throws {
    let topics = [
      try await fixture.createTopic("a", partitions: 2), try await fixture.createTopic("b"),
    ]
    try await fixture.produce(Batch.of("x", at: 1), to: topics[0], partition: 0)
    try await fixture.produce(Batch.of("y", at: 1), to: topics[0], partition: 1)
    try await fixture.produce(Batch.of("z", at: 1), to: topics[1])
    #expect(try await check(topics[1]) == [])
    let starts = topics.flatMap(\.partitions).map {
      fixture.storage.bounds(of: $0)?.logStartOffset
    }
    #expect(starts == [1, 1, 1])
  }

  @Test("a clock that jumped deletes nothing and is believed the next time")
  func jump() async throws {
    let topic = try await fixture.createTopic("orders")
    try await fixture.produce(Batch.of("a"), to: topic)
    #expect(try await check(topic) == ["a"])
    fixture.wallClock.advance(milliseconds: 365 * 24 * 3_600_000)
    #expect(try await check(topic) == ["a"])
    fixture.wallClock.advance(milliseconds: Self.interval)
    #expect(try await check(topic) == [])
  }

  @Test("after the broker has stopped nothing is deleted any more")
  func stop() async throws {
    let topic = try await fixture.createTopic("orders", configs: ["retention.ms": "1"])
    try await fixture.produce(Batch.of("a", at: 1), to: topic)
    fixture.broker.stopWaiting()
    #expect(try await check(topic) == ["a"])
  }
}
