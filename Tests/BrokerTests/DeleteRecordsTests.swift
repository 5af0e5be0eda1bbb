import ActaModel
import KafkaWire
import LogStorage
import Testing

@testable import Broker

@Suite("DeleteRecords") struct DeleteRecordsTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  private func delete(
    _ offset: Int64, of topic: String = "orders", partition: Int32 = 0, version: Int16? = nil
  ) async throws -> DeleteRecordsResponse.Partition {
    let request = DeleteRecordsRequest.with {
      $0.topics = [
        .with {
          $0.name = topic
          $0.partitions = [
            .with {
              $0.partitionIndex = partition
              $0.offset = offset
            }
          ]
        }
      ]
    }
    return try #require(
      try await fixture.send(request, version: version).topics.first?.partitions.first)
  }

  @Test("the log begins at the offset afterwards", arguments: versions(of: .deleteRecords))
  func versionsDelete(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders")
    try await fixture.produce(Batch.of("a"), to: topic)
    try await fixture.produce(Batch.of("b"), to: topic)
    let answer = try await delete(1, version: version)
    #expect(answer.errorCode == .none)
    #expect(answer.lowWatermark == 1)
    #expect(try await fixture.fetch(topic, from: 0).errorCode == .offsetOutOfRange)
    #expect(try await fixture.fetch(topic, from: 1).values() == ["b"])
    #expect(try await fixture.produce(Batch.of("c"), to: topic).logStartOffset == 1)
  }

  @Test("inside a batch, and below the start, where nothing happens")
  func insideBatch() async throws {
    let topic = try await fixture.createTopic("orders")
    try await fixture.produce(Batch.of("a", "b", "c"), to: topic)
    #expect(try await delete(2).lowWatermark == 2)
    #expect(try await delete(1).lowWatermark == 2)
    #expect(try await fixture.fetch(topic, from: 2).values().last == "c")
  }

  @Test("-1 is the high watermark; the log goes on where it was")
  func everything() async throws {
    let topic = try await fixture.createTopic("orders")
    try await fixture.produce(Batch.of("a", "b"), to: topic)
    #expect(try await delete(-1).lowWatermark == 2)
    #expect(try await fixture.produce(Batch.of("c"), to: topic).baseOffset == 2)
  }

  @Test("offsets outside the log are refused")
  func outOfRange() async throws {
    try await fixture.produce(Batch.of("a"), to: try await fixture.createTopic("orders"))
    for offset: Int64 in [2, -2] {
      let answer = try await delete(offset)
      #expect(answer.errorCode == .offsetOutOfRange)
      #expect(answer.lowWatermark == -1)
    }
  }

  @Test("compacted and internal topics keep their records, unknown ones have none")
  func refusals() async throws {
    try await fixture.createTopic("compacted", configs: ["cleanup.policy": "compact"])
    try await fixture.createTopic("both", configs: ["cleanup.policy": "compact,delete"])
    try await fixture.createTopic("__consumer_offsets")
    #expect(try await delete(0, of: "compacted").errorCode == .policyViolation)
    #expect(try await delete(0, of: "both").errorCode == .none)
    #expect(try await delete(0, of: "__consumer_offsets").errorCode == .invalidTopicException)
    #expect(try await delete(0, of: "nothing").errorCode == .unknownTopicOrPartition)
    #expect(try await delete(0, of: "both", partition: 1).errorCode == .unknownTopicOrPartition)
    #expect(try await fixture.send(DeleteRecordsRequest()).topics == [])
  }

  @Test("partitions of one request are answered in its order, each with its own error")
  func order() async throws {
    let topic = try await fixture.createTopic("orders", partitions: 2)
    try await fixture.produce(Batch.of("a"), to: topic, partition: 1)
    let request = DeleteRecordsRequest.with {
      $0.topics = [
        .with {
          $0.name = "orders"
          $0.partitions = ([7, 1, 0] as [Int32]).map { number in
            .with {
              $0.partitionIndex = number
              $0.offset = 1
            }
          }
        }
      ]
    }
    let answers = try await fixture.send(request).topics.flatMap(\.partitions)
    #expect(answers.map(\.partitionIndex) == [7, 1, 0])
    #expect(
      answers.map(\.errorCode) == [.unknownTopicOrPartition, .none, .offsetOutOfRange])
    #expect(answers.map(\.lowWatermark) == [-1, 1, -1])
  }
}
