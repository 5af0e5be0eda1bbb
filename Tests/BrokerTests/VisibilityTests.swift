import ActaModel
import KafkaWire
import LogEngine
import LogStorage
import LogTestSupport
import Testing

@testable import Broker

/// acks=1 is answered before the log is synced, and nobody is shown what is not synced. Between the two
/// stands whoever asks.
@Suite("What was acknowledged is there for whoever asks next") struct VisibilityTests {
  private let store = ScriptedStore()
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture(on: store) }

  /// A topic of two partitions, the first with two records that are acknowledged; their sync is held.
  private func acknowledged() async throws -> Topic {
    let topic = try await fixture.createTopic("orders", partitions: 2)
    store.hold(.sync)
    let response = try await fixture.send(
      ProduceRequest.writing(Batch.of("a", "b"), to: topic, acks: 1))
    #expect(response.responses.first?.partitionResponses.first?.errorCode == ErrorCode.none)
    return topic
  }

  /// The answer to a request that is not answered before the sync ends.
  private func heldBack<R: RequestMessage>(_ request: R) async throws -> R.Response {
    let call = try fixture.begin(request)
    #expect(!call.isAnswered)
    store.release(.sync)
    return try await call.response()
  }

  private func listing(_ timestamp: Int64, of topic: Topic) -> ListOffsetsRequest {
    .with {
      $0.replicaID = -1
      $0.topics = [
        .with {
          $0.name = topic.name
          $0.partitions = [.with { $0.timestamp = timestamp }]
        }
      ]
    }
  }

  @Test(
    "the newest offset, the offset of a time and that of the newest time", arguments: [-1, 0, -3])
  func listOffsets(timestamp: Int64) async throws {
    let topic = try await acknowledged()
    let response = try await heldBack(listing(timestamp, of: topic))
    let partition = try #require(response.topics.first?.partitions.first)
    #expect(partition.errorCode == .none)
    #expect(partition.offset == (timestamp == -1 ? 2 : 0))
  }

  @Test(
    "a fetch at their offset, with no time to wait and nothing that it must bring",
    arguments: [0, 1])
  func fetch(minBytes: Int32) async throws {
    let topic = try await acknowledged()
    var request = FetchRequest.reading(topic, from: 0)
    request.minBytes = minBytes
    let response = try await heldBack(request)
    #expect(try response.responses.first?.partitions.first?.values() == ["a", "b"])
  }

  @Test("a fetch that waits is answered by the sync, not by its time")
  func longPoll() async throws {
    let topic = try await acknowledged()
    let response = try await heldBack(FetchRequest.waiting(500, for: topic))
    #expect(try response.responses.first?.partitions.first?.values() == ["a", "b"])
  }

  @Test("deleting up to their end")
  func deleteRecords() async throws {
    let topic = try await acknowledged()
    let request = DeleteRecordsRequest.with {
      $0.topics = [
        .with {
          $0.name = topic.name
          $0.partitions = [.with { $0.offset = 2 }]
        }
      ]
    }
    let partition = try #require(try await heldBack(request).topics.first?.partitions.first)
    #expect(partition.errorCode == .none)
    #expect(partition.lowWatermark == 2)
  }

  @Test("the end of the leader epoch")
  func endOfEpoch() async throws {
    let topic = try await acknowledged()
    let epoch = fixture.storage.identity.leaderEpoch.value
    let request = OffsetForLeaderEpochRequest.with {
      $0.topics = [
        .with {
          $0.topic = topic.name
          $0.partitions = [.with { $0.leaderEpoch = epoch }]
        }
      ]
    }
    let partition = try #require(try await heldBack(request).topics.first?.partitions.first)
    #expect(partition.errorCode == .none)
    #expect(partition.endOffset == 2)
  }

  @Test("who asks for something else is answered meanwhile")
  func others() async throws {
    let topic = try await acknowledged()
    // The bytes are there without being shown.
    let sizes = try await fixture.send(DescribeLogDirsRequest.with { $0.topics = nil })
    let size = sizes.results.first?.topics.first?.partitions.first?.partitionSize
    #expect(size.map { $0 > 0 } == true)
    for request in [
      FetchRequest.reading(topic, from: 2), FetchRequest.reading(topic, partition: 1),
    ] {
      let partition = try await fixture.send(request).responses.first?.partitions.first
      #expect(partition?.errorCode == ErrorCode.none)
      #expect(partition?.highWatermark == 0)
    }
    let earliest = try await fixture.send(listing(-2, of: topic))
    #expect(earliest.topics.first?.partitions.first?.offset == 0)
    store.release(.sync)
  }

  @Test("a fetch waits once, however much is appended meanwhile")
  func once() async throws {
    let topic = try await acknowledged()
    let call = try fixture.begin(FetchRequest.reading(topic, from: 0))
    _ = try await fixture.send(ProduceRequest.writing(Batch.of("c"), to: topic, acks: 1))
    store.release(.sync)
    let partition = try await call.response().responses.first?.partitions.first
    #expect(try partition?.values().prefix(2) == ["a", "b"])
  }

  @Test("a sync that fails shows nothing, and whoever waits is told")
  func failedSync() async throws {
    let topic = try await fixture.createTopic("orders")
    store.hold(.sync)
    store.fail(.sync, with: .device("fsync"))
    _ = try await fixture.send(ProduceRequest.writing(Batch.of("a"), to: topic, acks: 1))
    let listing = try fixture.begin(listing(-1, of: topic))
    let fetch = try fixture.begin(FetchRequest.reading(topic, from: 0))
    store.release(.sync)
    let listed = try await listing.response().topics.first?.partitions.first
    #expect(listed?.errorCode == .kafkaStorageError)
    let fetched = try await fetch.response().responses.first?.partitions.first
    #expect(fetched?.records == RecordChunks())
    #expect(fetched?.highWatermark == 0)
  }
}
