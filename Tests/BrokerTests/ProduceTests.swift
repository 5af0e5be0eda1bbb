import ActaModel
import BatchCodec
import KafkaWire
import LogEngine
import LogStorage
import Testing

@testable import Broker

@Suite("Produce") struct ProduceTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  @Test("appends and answers the base offset", arguments: versions(of: .produce))
  func versionsAppend(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders")
    try await fixture.produce(Batch.of("a", "b"), to: topic)
    let response = try await fixture.send(
      ProduceRequest.writing(Batch.of("c"), to: topic), version: version)
    let answer = try #require(response.responses.first)
    #expect(version >= 13 ? answer.topicID == topic.id : answer.name == "orders")
    let partition = try #require(answer.partitionResponses.first)
    #expect(partition.errorCode == .none)
    #expect(partition.baseOffset == 2)
    #expect(partition.logAppendTimeMilliseconds == -1)
    #expect(partition.logStartOffset == (version >= 5 ? 0 : -1))
    #expect(try await fixture.fetch(topic).values() == ["a", "b", "c"])
  }

  @Test("acks=1 and acks=all answer the base offset", arguments: [1, -1] as [Int16])
  func acknowledged(acks: Int16) async throws {
    let topic = try await fixture.createTopic("orders")
    let response = try await fixture.send(
      ProduceRequest.writing(Batch.of("a"), to: topic, acks: acks))
    #expect(response.responses.flatMap(\.partitionResponses).map(\.baseOffset) == [0])
  }

  @Test("acks=0 appends in silence")
  func silence() async throws {
    let topic = try await fixture.createTopic("orders")
    let call = try fixture.begin(ProduceRequest.writing(Batch.of("a"), to: topic, acks: 0))
    #expect(await call.outcome().isSilence)
    #expect(try await fixture.produce(Batch.of("b"), to: topic).baseOffset == 1)
  }

  @Test("an error under acks=0 closes the connection")
  func silentError() async throws {
    let topic = try await fixture.createTopic("orders")
    for request in [
      ProduceRequest.writing(Batch.of("a"), to: .unknown, acks: 0),
      ProduceRequest.writing([(0, Batch.of("a")), (0, Batch.damaged())], to: topic, acks: 0),
    ] {
      let reason = try await fixture.begin(request).outcome().closeReason
      #expect(reason?.hasPrefix("produce with acks=0 failed") == true)
    }
  }

  @Test("an error that the log finds under acks=0 closes the connection")
  func silentSequenceGap() async throws {
    let topic = try await fixture.createTopic("orders")
    try await fixture.produce(Batch.from(producer: 7, sequence: 0), to: topic)
    let gap = ProduceRequest.writing(Batch.from(producer: 7, sequence: 5), to: topic, acks: 0)
    #expect(try await fixture.begin(gap).outcome().closeReason != nil)
  }

  @Test("acks other than -1, 0 and 1 are refused for every partition", arguments: [2, 7, -2])
  func unknownAcks(acks: Int16) async throws {
    let topic = try await fixture.createTopic("orders", partitions: 2)
    let request = ProduceRequest.writing(
      [(0, Batch.of("a")), (1, Batch.of("b"))], to: topic, acks: acks)
    let answers = try await fixture.send(request).responses.flatMap(\.partitionResponses)
    #expect(answers.map(\.errorCode) == [.invalidRequiredAcks, .invalidRequiredAcks])
    #expect(answers.map(\.baseOffset) == [-1, -1])
    #expect(try await fixture.fetch(topic).highWatermark == 0)
  }

  @Test("an unknown name, id or partition is refused")
  func unknown() async throws {
    let topic = try await fixture.createTopic("orders")
    let batch = Batch.of("a")
    let byName = try await fixture.produce(batch, to: .unknown, version: 12)
    #expect(byName.errorCode == .unknownTopicOrPartition)
    let byID = try await fixture.produce(batch, to: .unknown, version: 13)
    #expect(byID.errorCode == .unknownTopicID)
    for partition: Int32 in [1, -1] {
      let answer = try await fixture.produce(batch, to: topic, partition: partition)
      #expect(answer.errorCode == .unknownTopicOrPartition)
      #expect(answer.baseOffset == -1)
      #expect(answer.logAppendTimeMilliseconds == -1)
      #expect(answer.logStartOffset == -1)
    }
    #expect(fixture.storage.catalog().topics.map(\.name) == ["orders"])
  }

  @Test("null records are refused")
  func nullRecords() async throws {
    let topic = try await fixture.createTopic("orders")
    let answer = try await fixture.produce(nil, to: topic)
    #expect(answer.errorCode == .invalidRecord)
    #expect(answer.errorMessage == "The request holds no records for orders.")
  }

  @Test("zstd needs version 7", arguments: versions(of: .produce))
  func zstd(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders")
    let batch = Batch.of("a", compression: .zstd)
    let answer = try await fixture.produce(batch, to: topic, version: version)
    #expect(answer.errorCode == (version < 7 ? .unsupportedCompressionType : .none))
  }

  @Test("each partition fails or succeeds alone")
  func partialFailure() async throws {
    let topic = try await fixture.createTopic("orders", partitions: 3)
    let request = ProduceRequest.writing(
      [(0, Batch.of("a")), (9, Batch.of("b")), (1, Batch.damaged()), (2, Batch.of("d"))],
      to: topic)
    let answers = try await fixture.send(request).responses.flatMap(\.partitionResponses)
    #expect(answers.map(\.index) == [0, 9, 1, 2])
    #expect(
      answers.map(\.errorCode) == [.none, .unknownTopicOrPartition, .corruptMessage, .none])
    #expect(answers.map(\.baseOffset) == [0, -1, -1, 0])
    #expect(try await fixture.fetch(topic, partition: 0).values() == ["a"])
    #expect(try await fixture.fetch(topic, partition: 1).values() == [])
    #expect(try await fixture.fetch(topic, partition: 2).values() == ["d"])
  }

  @Test("topics of one request are answered in its order, each with its own error")
  func severalTopics() async throws {
    let topic = try await fixture.createTopic("orders")
    var request = ProduceRequest.writing(Batch.of("a"), to: .unknown)
    request.topicData += ProduceRequest.writing(Batch.of("b"), to: topic).topicData
    let response = try await fixture.send(request, version: 12)
    #expect(response.responses.map(\.name) == ["unknown", "orders"])
    let answers = response.responses.flatMap(\.partitionResponses)
    #expect(answers.map(\.errorCode) == [.unknownTopicOrPartition, .none])
    #expect(answers.map(\.baseOffset) == [-1, 0])
  }

  @Test("a request without topics has an empty answer")
  func nothing() async throws {
    let request = ProduceRequest.with { $0.acks = -1 }
    #expect(try await fixture.send(request).responses == [])
  }

  @Test("only the admin client writes to internal topics")
  func internalTopic() async throws {
    let topic = try await fixture.createTopic("__consumer_offsets")
    let request = ProduceRequest.writing(Batch.of("a"), to: topic)
    let refused = try await fixture.send(request, clientID: nil)
    #expect(
      refused.responses.flatMap(\.partitionResponses).map(\.errorCode) == [.invalidTopicException])
    let taken = try await fixture.send(request, clientID: "__admin_client")
    #expect(taken.responses.flatMap(\.partitionResponses).map(\.errorCode) == [.none])
  }
}
