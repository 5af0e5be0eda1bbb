import ActaModel
import KafkaWire
import LogEngine
import LogStorage
import Testing

@testable import Broker

@Suite("DescribeLogDirs") struct DescribeLogDirsTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  @Test("tells the size of each partition", arguments: versions(of: .describeLogDirs))
  func sizes(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders", partitions: 2)
    try await fixture.createTopic("empty")
    let batch = Batch.of("a")
    try await fixture.produce(batch, to: topic, partition: 1)
    let request = DescribeLogDirsRequest.with { $0.topics = nil }
    let response = try await fixture.send(request, version: version)
    #expect(response.errorCode == .none)
    let directory = try #require(response.results.first)
    #expect(response.results.count == 1)
    #expect(directory.errorCode == .none)
    #expect(directory.logDir == fixture.storage.identity.location)
    #expect(directory.topics.map(\.name) == ["empty", "orders"])
    #expect(directory.topics.flatMap(\.partitions).map(\.partitionIndex) == [0, 0, 1])
    #expect(
      directory.topics.flatMap(\.partitions).map(\.partitionSize) == [0, 0, Int64(batch.count)])
    #expect(directory.topics.flatMap(\.partitions).allSatisfy { $0.offsetLag == 0 })
    #expect(directory.totalBytes == -1)
    #expect(directory.usableBytes == -1)
  }

  @Test("of what is asked for it tells what exists")
  func asked() async throws {
    try await fixture.createTopic("orders", partitions: 2)
    let request = DescribeLogDirsRequest.with {
      $0.topics = [
        .with {
          $0.topic = "orders"
          $0.partitions = [1, 7, -1]
        },
        .with { $0.topic = "nothing" },
      ]
    }
    let topics = try await fixture.send(request).results.flatMap(\.topics)
    #expect(topics.map(\.name) == ["orders"])
    #expect(topics.flatMap(\.partitions).map(\.partitionIndex) == [1])
  }

  @Test("a partition that is asked for twice is told once")
  func askedTwice() async throws {
    try await fixture.createTopic("orders", partitions: 3)
    let request = DescribeLogDirsRequest.with {
      $0.topics = ([[1, 0, 0], [2, 1]] as [[Int32]]).map { numbers in
        .with {
          $0.topic = "orders"
          $0.partitions = numbers
        }
      }
    }
    let topics = try await fixture.send(request).results.flatMap(\.topics)
    #expect(topics.map(\.name) == ["orders"])
    #expect(topics.flatMap(\.partitions).map(\.partitionIndex) == [0, 1, 2])
  }

  @Test("the volume's bytes are told as the system tells them", arguments: [4, 5] as [Int16])
  func volume(version: Int16) async throws {
    let fixture = try BrokerFixture(volumeSpace: VolumeSpace(total: 1 << 40, usable: 1 << 30))
    let directory = try await fixture.send(DescribeLogDirsRequest(), version: version).results[0]
    #expect(directory.totalBytes == 1 << 40)
    #expect(directory.usableBytes == 1 << 30)
  }

  @Test("nothing asked for is nothing told")
  func nothing() async throws {
    try await fixture.createTopic("orders")
    #expect(try await fixture.send(DescribeLogDirsRequest()).results.flatMap(\.topics) == [])
  }
}
