import ActaModel
import KafkaWire
import LogEngine
import LogStorage
import Testing

@testable import Broker

@Suite("DescribeTopicPartitions") struct DescribeTopicPartitionsTests {
  private let fixture: BrokerFixture

  init() async throws {
    fixture = try BrokerFixture()
    for (name, partitions) in [("c", 1), ("a", 2), ("b", 3)] as [(String, Int32)] {
      try await fixture.createTopic(name, partitions: partitions)
    }
  }

  private func request(
    _ names: [String] = [], limit: Int32 = 2000,
    from cursor: (topic: String, partition: Int32)? = nil
  ) -> DescribeTopicPartitionsRequest {
    .with {
      $0.topics = names.map { name in .with { $0.name = name } }
      $0.responsePartitionLimit = limit
      $0.cursor = cursor.map { topic, partition in
        .with {
          $0.topicName = topic
          $0.partitionIndex = partition
        }
      }
    }
  }

  /// Topics and partitions as text, and where the next page begins.
  private func page(
    _ request: DescribeTopicPartitionsRequest, of fixture: BrokerFixture? = nil
  ) async throws -> (topics: [String], next: String?) {
    let response = try await (fixture ?? self.fixture).send(request)
    #expect(response.topics.allSatisfy { $0.errorCode == .none })
    let topics = response.topics.map { topic in
      "\(topic.name ?? "")\(topic.partitions.map(\.partitionIndex))"
    }
    return (topics, response.nextCursor.map { "\($0.topicName)-\($0.partitionIndex)" })
  }

  @Test("topics come sorted by name, with everything that Metadata tells")
  func sorted() async throws {
    let response = try await fixture.send(request())
    #expect(response.topics.map(\.name) == ["a", "b", "c"])
    #expect(response.topics.map(\.topicID) == fixture.storage.catalog().topics.map(\.id))
    #expect(response.topics.map(\.topicAuthorizedOperations) == [3576, 3576, 3576])
    #expect(response.nextCursor == nil)
    let partitions = response.topics.flatMap(\.partitions)
    #expect(partitions.allSatisfy { $0.leaderID == 1 && $0.replicaNodes == [1] })
    #expect(partitions.allSatisfy { $0.isrNodes == [1] && $0.offlineReplicas == [] })
    // Null, which the protocol allows, is a NullPointerException in Java's clients.
    #expect(partitions.allSatisfy { $0.eligibleLeaderReplicas == [] && $0.lastKnownELR == [] })
  }

  @Test("a page ends at its limit, and its cursor begins the next")
  func pages() async throws {
    let first = try await page(request(limit: 3))
    #expect(first.topics == ["a[0, 1]", "b[0]"])
    #expect(first.next == "b-1")
    let second = try await page(request(limit: 2, from: ("b", 1)))
    #expect(second.topics == ["b[1, 2]"])
    #expect(second.next == "c-0")
    let third = try await page(request(limit: 2, from: ("c", 0)))
    #expect(third.topics == ["c[0]"])
    #expect(third.next == nil)
  }

  @Test("a limit below one is one, and the broker has a limit of its own")
  func limits() async throws {
    #expect(try await page(request(limit: 0)).next == "a-1")
    let fixture = try BrokerFixture(["max.request.partition.size.limit": "4"])
    try await fixture.createTopic("a", partitions: 9)
    #expect(try await page(request(), of: fixture).next == "a-4")
  }

  @Test("a cursor whose topic is gone begins the next topic at its first partition")
  func cursorOfDeletedTopic() async throws {
    try await fixture.deleteTopic(try #require(fixture.storage.catalog()["a"]))
    #expect(try await page(request(from: ("a", 1))).topics == ["b[0, 1, 2]", "c[0]"])
  }

  @Test("named topics come sorted and once, missing ones with their error")
  func named() async throws {
    let response = try await fixture.send(request(["c", "no spaces", "a", "missing", "a"]))
    #expect(response.topics.map(\.name) == ["a", "c", "missing", "no spaces"])
    #expect(
      response.topics.map(\.errorCode)
        == [.none, .none, .unknownTopicOrPartition, .invalidTopicException])
  }

  @Test("a cursor must be of a topic asked for, and not negative")
  func badCursors() async throws {
    for cursor in [("b", 0), ("a", -1)] as [(String, Int32)] {
      let response = try await fixture.send(request(["a"], from: cursor))
      #expect(response.topics.map(\.errorCode) == [.invalidRequest])
    }
  }
}
