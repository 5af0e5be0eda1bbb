import ActaModel
import KafkaWire
import LogStorage
import Testing

@testable import Broker

@Suite("Fetches that wait") struct FetchWaitingTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  private func partition(of call: Call<FetchResponse>) async throws -> FetchResponse.Partition {
    try #require(try await call.response().responses.first?.partitions.first)
  }

  @Test("an append wakes it")
  func append() async throws {
    let topic = try await fixture.createTopic("orders")
    let call = try fixture.begin(FetchRequest.waiting(500, for: topic))
    #expect(!call.isAnswered)
    try await fixture.produce(Batch.of("a"), to: topic)
    #expect(try await partition(of: call).values() == ["a"])
    #expect(fixture.broker.fetchWaiters.count == 0)
    #expect(fixture.executor.timerCount == 0)
  }

  @Test("its deadline answers it with nothing")
  func deadline() async throws {
    let topic = try await fixture.createTopic("orders")
    let call = try fixture.begin(FetchRequest.waiting(500, for: topic))
    fixture.executor.advance(milliseconds: 499)
    #expect(!call.isAnswered)
    fixture.executor.advance(milliseconds: 1)
    let partition = try await partition(of: call)
    #expect(partition.errorCode == .none)
    #expect(partition.highWatermark == 0)
    #expect(partition.records == RecordChunks())
  }

  @Test("too few bytes do not answer it; enough do, with all of them")
  func minBytes() async throws {
    let topic = try await fixture.createTopic("orders")
    let size = Int32(Batch.of("a").count)
    let call = try fixture.begin(FetchRequest.waiting(500, for: topic, minBytes: size + 1))
    try await fixture.produce(Batch.of("a"), to: topic)
    try await fixture.settle(topic)
    #expect(!call.isAnswered)
    #expect(fixture.broker.fetchWaiters.count == 1)
    try await fixture.produce(Batch.of("b"), to: topic)
    #expect(try await partition(of: call).values() == ["a", "b"])
  }

  @Test("its deadline answers it with the bytes there are, and waking did not move it")
  func minBytesNotReached() async throws {
    let topic = try await fixture.createTopic("orders")
    let call = try fixture.begin(FetchRequest.waiting(500, for: topic, minBytes: 10_000))
    fixture.executor.advance(milliseconds: 300)
    try await fixture.produce(Batch.of("a"), to: topic)
    try await fixture.settle(topic)
    fixture.executor.advance(milliseconds: 199)
    #expect(!call.isAnswered)
    fixture.executor.advance(milliseconds: 1)
    #expect(try await partition(of: call).values() == ["a"])
  }

  @Test("an append to another partition does not wake it")
  func otherPartition() async throws {
    let topic = try await fixture.createTopic("orders", partitions: 2)
    let call = try fixture.begin(FetchRequest.waiting(500, for: topic))
    try await fixture.produce(Batch.of("a"), to: topic, partition: 1)
    try await fixture.settle(topic)
    #expect(!call.isAnswered)
    #expect(fixture.broker.fetchWaiters.count == 1)
  }

  @Test("every connection that waits for a partition is woken")
  func severalConnections() async throws {
    let topic = try await fixture.createTopic("orders")
    let calls = try (10..<13).map { id in
      try fixture.begin(
        FetchRequest.waiting(500, for: topic), on: fixture.connection(UInt64(id)))
    }
    try await fixture.produce(Batch.of("a"), to: topic)
    for call in calls { #expect(try await partition(of: call).values() == ["a"]) }
  }

  @Test("a closed connection's fetch is dropped and never answered")
  func closed() async throws {
    let topic = try await fixture.createTopic("orders")
    let call = try fixture.begin(FetchRequest.waiting(500, for: topic))
    fixture.broker.connectionClosed(fixture.connection)
    #expect(fixture.broker.fetchWaiters.count == 0)
    #expect(fixture.executor.timerCount == 0)
    try await fixture.produce(Batch.of("a"), to: topic)
    try await fixture.settle(topic)
    fixture.executor.advance(milliseconds: 500)
    #expect(!call.isAnswered)
  }

  @Test("deleting the topic wakes it with the topic's absence")
  func deletion() async throws {
    for (version, code) in [(12, .unknownTopicOrPartition), (13, .unknownTopicID)]
      as [(Int16, ErrorCode)]
    {
      let topic = try await fixture.createTopic("orders")
      let call = try fixture.begin(FetchRequest.waiting(500, for: topic), version: version)
      try await fixture.deleteTopic(topic)
      #expect(try await partition(of: call).errorCode == code)
    }
  }

  @Test("there is no waiting without time, without partitions, with enough bytes or with an error")
  func answeredAtOnce() async throws {
    let topic = try await fixture.createTopic("orders")
    try await fixture.produce(Batch.of("a"), to: topic)
    var nothing = FetchRequest.waiting(500, for: topic)
    nothing.topics = []
    // What is wanted is at most what may be sent.
    var capped = FetchRequest.waiting(500, for: topic, minBytes: 10_000)
    capped.maxBytes = 1
    for request in [
      nothing, capped, .waiting(0, for: topic, from: 1), .waiting(-1, for: topic, from: 1),
      .waiting(500, for: topic), .waiting(500, for: topic, from: 7),
      .waiting(500, for: topic, from: 1, minBytes: 0), .waiting(500, for: .unknown),
    ] {
      #expect(try fixture.begin(request).isAnswered)
    }
    #expect(fixture.executor.timerCount == 0)
  }

  @Test("when the broker stops it is answered, and nobody waits any more")
  func stopping() async throws {
    let topic = try await fixture.createTopic("orders")
    let call = try fixture.begin(FetchRequest.waiting(500, for: topic))
    fixture.broker.stopWaiting()
    #expect(try await partition(of: call).errorCode == .none)
    #expect(try fixture.begin(FetchRequest.waiting(500, for: topic)).isAnswered)
    #expect(fixture.executor.timerCount == 0)
  }

  @Test("it waits a minute at the most")
  func longestWait() async throws {
    let topic = try await fixture.createTopic("orders")
    let call = try fixture.begin(FetchRequest.waiting(.max, for: topic))
    fixture.executor.advance(milliseconds: 59_999)
    #expect(!call.isAnswered)
    fixture.executor.advance(milliseconds: 1)
    #expect(call.isAnswered)
  }

  @Test("when too many wait it is answered at once with what there is")
  func tooMany() async throws {
    let topic = try await fixture.createTopic("orders")
    for id in 0..<FetchWaiters.maximumCount {
      _ = try fixture.begin(
        FetchRequest.waiting(500, for: topic), on: fixture.connection(UInt64(id)))
    }
    let call = try fixture.begin(
      FetchRequest.waiting(500, for: topic), on: fixture.connection(.max))
    #expect(call.isAnswered)
  }
}
