import ActaModel
import KafkaWire
import LogEngine
import LogStorage
import Testing

@testable import Broker

/// A broker that has started twice: epoch 0 wrote offsets 0 and 1 of `orders`, epoch 1 offset 2.
@Suite("Leader epochs") struct LeaderEpochTests {
  private let folder: TemporaryFolder
  private let fixture: BrokerFixture

  init() async throws {
    folder = try TemporaryFolder()
    let before = try BrokerFixture(at: folder.database)
    try await before.produce(Batch.of("a", "b"), to: try await before.createTopic("orders"))
    before.storage.close()
    fixture = try BrokerFixture(at: folder.database)
    let topic = try #require(fixture.storage.catalog()["orders"])
    try await fixture.produce(Batch.of("c"), to: topic)
  }

  private func request(
    epoch: Int32, current: Int32 = -1, topic: String = "orders", partition: Int32 = 0
  ) -> OffsetForLeaderEpochRequest {
    .with {
      $0.topics = [
        .with {
          $0.topic = topic
          $0.partitions = [
            .with {
              $0.partition = partition
              $0.currentLeaderEpoch = current
              $0.leaderEpoch = epoch
            }
          ]
        }
      ]
    }
  }

  private func answer(
    _ request: OffsetForLeaderEpochRequest, version: Int16? = nil
  ) async throws -> OffsetForLeaderEpochResponse.EpochEndOffset {
    try #require(try await fixture.send(request, version: version).topics.first?.partitions.first)
  }

  @Test("an epoch ends where the next begins", arguments: versions(of: .offsetForLeaderEpoch))
  func ends(version: Int16) async throws {
    let expected: [(asked: Int32, epoch: Int32, end: Int64)] = [
      (0, 0, 2), (1, 1, 3), (2, -1, -1), (-1, -1, -1),
    ]
    for (asked, epoch, end) in expected {
      let answer = try await answer(request(epoch: asked), version: version)
      #expect(answer.errorCode == .none)
      #expect(answer.leaderEpoch == epoch)
      #expect(answer.endOffset == end)
    }
  }

  @Test("the client's idea of the current epoch is checked")
  func currentEpoch() async throws {
    let expected: [(current: Int32, code: ErrorCode)] = [
      (0, .fencedLeaderEpoch), (1, .none), (2, .unknownLeaderEpoch),
    ]
    for (current, code) in expected {
      let answer = try await answer(request(epoch: 0, current: current))
      #expect(answer.errorCode == code)
      #expect(answer.endOffset == (code == .none ? 2 : -1))
    }
  }

  @Test("unknown topics and partitions are refused")
  func unknown() async throws {
    for request in [request(epoch: 0, topic: "nothing"), request(epoch: 0, partition: 1)] {
      let answer = try await answer(request)
      #expect(answer.errorCode == .unknownTopicOrPartition)
      #expect(answer.leaderEpoch == -1)
      #expect(answer.endOffset == -1)
    }
    #expect(try await fixture.send(OffsetForLeaderEpochRequest()).topics == [])
  }

  @Test(
    "ListOffsets checks the current epoch from version 4 on", arguments: versions(of: .listOffsets))
  func listOffsets(version: Int16) async throws {
    let expected: [(current: Int32, code: ErrorCode)] = [
      (0, .fencedLeaderEpoch), (1, .none), (2, .unknownLeaderEpoch),
    ]
    for (current, code) in expected {
      let request = ListOffsetsRequest.with {
        $0.replicaID = -1
        $0.topics = [
          .with {
            $0.name = "orders"
            $0.partitions = [
              .with {
                $0.currentLeaderEpoch = current
                $0.timestamp = -1
              }
            ]
          }
        ]
      }
      let answers = try await fixture.send(request, version: version).topics.flatMap(\.partitions)
      #expect(answers.map(\.errorCode) == [version >= 4 ? code : .none])
    }
  }

  @Test("Metadata tells the current epoch from version 7 on", arguments: versions(of: .metadata))
  func metadata(version: Int16) async throws {
    let request = MetadataRequest.with { $0.topics = [.with { $0.name = "orders" }] }
    let partitions = try await fixture.send(request, version: version).topics.flatMap(\.partitions)
    #expect(partitions.map(\.leaderEpoch) == [version >= 7 ? 1 : -1])
  }
}
