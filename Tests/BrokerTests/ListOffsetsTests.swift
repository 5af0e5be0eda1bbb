import ActaModel
import KafkaWire
import LogStorage
import Testing

@testable import Broker

@Suite("ListOffsets") struct ListOffsetsTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  private func request(
    _ timestamps: [Int64], of topic: Topic, partitions: [Int32]? = nil
  ) -> ListOffsetsRequest {
    .with {
      $0.replicaID = -1
      $0.topics = timestamps.indices.map { index in
        .with {
          $0.name = topic.name
          $0.partitions = [
            .with {
              $0.partitionIndex = partitions?[index] ?? Int32(index)
              $0.timestamp = timestamps[index]
            }
          ]
        }
      }
    }
  }

  private func find(
    _ timestamp: Int64, in topic: Topic, version: Int16? = nil
  ) async throws -> ListOffsetsResponse.Partition {
    let response = try await fixture.send(request([timestamp], of: topic), version: version)
    return try #require(response.topics.first?.partitions.first)
  }

  /// What each special value means, and the version that brought it. The records' timestamps are
  /// 1000, 3000 and 2000, and the first record has been deleted.
  private static let specials: [(timestamp: Int64, since: Int16, offset: Int64, found: Int64)] = [
    (-1, 1, 3, -1), (-2, 1, 1, -1), (-3, 7, 1, 3000), (-4, 8, 1, -1), (-5, 9, -1, -1),
    (-6, 11, -1, -1), (-7, .max, -1, -1), (.min, .max, -1, -1),
  ]

  @Test("special values mean something since their version", arguments: versions(of: .listOffsets))
  func specialValues(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders")
    try await fixture.produce(
      Batch.of([(1000, "a"), (3000, "b"), (2000, "c")]), to: topic)
    try await fixture.deleteRecords(of: topic, below: 1)
    for special in Self.specials {
      let answer = try await find(special.timestamp, in: topic, version: version)
      let isKnown = version >= special.since
      #expect(answer.errorCode == (isKnown ? .none : .unsupportedVersion))
      #expect(answer.offset == (isKnown ? special.offset : -1))
      #expect(answer.timestamp == (isKnown ? special.found : -1))
      #expect(answer.leaderEpoch == (version >= 4 && answer.offset >= 0 ? 0 : -1))
    }
  }

  @Test("by time it is the first offset at or after it", arguments: versions(of: .listOffsets))
  func byTime(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders")
    try await fixture.produce(Batch.of([(1000, "a"), (3000, "b")]), to: topic)
    try await fixture.produce(Batch.of("c", at: 2000), to: topic)
    let expected: [(asked: Int64, offset: Int64, timestamp: Int64)] = [
      (0, 0, 1000), (1000, 0, 1000), (1001, 1, 3000), (3000, 1, 3000), (3001, -1, -1),
    ]
    for (asked, offset, timestamp) in expected {
      let answer = try await find(asked, in: topic, version: version)
      #expect(answer.errorCode == .none)
      #expect(answer.offset == offset)
      #expect(answer.timestamp == timestamp)
    }
  }

  @Test("an empty partition has a start, an end and no timestamps")
  func empty() async throws {
    let topic = try await fixture.createTopic("orders")
    var offsets: [Int64] = []
    for timestamp: Int64 in [-1, -2, -3, 0] {
      let answer = try await find(timestamp, in: topic)
      #expect(answer.errorCode == .none)
      offsets.append(answer.offset)
    }
    #expect(offsets == [0, 0, -1, -1])
  }

  @Test("partitions are answered in request order, each for itself")
  func order() async throws {
    let topic = try await fixture.createTopic("orders", partitions: 3)
    try await fixture.produce(Batch.of("a", at: 1000), to: topic, partition: 2)
    let response = try await fixture.send(
      request([0, -1, 0, -1], of: topic, partitions: [2, 2 - 1, 0, 9]))
    let answers = response.topics.flatMap(\.partitions)
    #expect(answers.map(\.partitionIndex) == [2, 1, 0, 9])
    #expect(answers.map(\.offset) == [0, 0, -1, -1])
    #expect(answers.map(\.errorCode) == [.none, .none, .none, .unknownTopicOrPartition])
  }

  @Test("a partition asked for twice is refused, once")
  func duplicates() async throws {
    let topic = try await fixture.createTopic("orders", partitions: 2)
    // Each in a part of its own, and all in one.
    let parts = request([-1, -1, -2], of: topic, partitions: [0, 1, 0])
    var whole = parts
    whole.topics = [parts.topics[0]]
    whole.topics[0].partitions = parts.topics.flatMap(\.partitions)
    for asked in [parts, whole] {
      let topics = try await fixture.send(asked).topics
      #expect(topics.map(\.name) == ["orders"])
      #expect(topics.flatMap(\.partitions).map(\.partitionIndex) == [0, 1])
      #expect(topics.flatMap(\.partitions).map(\.errorCode) == [.invalidRequest, .none])
    }
  }

  @Test("unknown topics, replicas and requests for nothing")
  func refusals() async throws {
    let topic = try await fixture.createTopic("orders")
    #expect(try await find(-1, in: .unknown).errorCode == .unknownTopicOrPartition)
    var replica = request([-1], of: topic)
    replica.replicaID = 1
    let refused = try await fixture.send(replica).topics.flatMap(\.partitions)
    #expect(refused.map(\.errorCode) == [.invalidRequest])
    #expect(try await fixture.send(request([], of: topic)).topics == [])
  }
}
