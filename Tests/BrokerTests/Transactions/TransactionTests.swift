import ActaModel
import BatchCodec
import KafkaWire
import LogStorage
import Testing

@testable import Broker

@Suite("Transactions") struct TransactionTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  @Test("what is committed is seen whole, and nothing of it before", arguments: Generation.allCases)
  func committed(generation: Generation) async throws {
    let topic = try await fixture.createTopic("orders", partitions: 2)
    var producer = try await fixture.producer("tx", generation)
    #expect(try await fixture.write("a", "b", to: topic, by: &producer) == .none)
    #expect(try await fixture.write("c", to: topic, partition: 1, by: &producer) == .none)
    #expect(try await fixture.write("d", to: topic, by: &producer) == .none)
    #expect(try await fixture.fetch(topic).writtenValues() == ["a", "b", "d"])
    for partition: Int32 in 0...1 {
      let before = try await fixture.fetchCommitted(topic, partition: partition)
      #expect(try before.committedValues() == [])
      #expect(before.lastStableOffset == 0 && before.highWatermark > 0)
    }
    #expect(try await fixture.commit(&producer) == .none)
    #expect(try await fixture.fetchCommitted(topic).committedValues() == ["a", "b", "d"])
    let other = try await fixture.fetchCommitted(topic, partition: 1)
    #expect(try other.committedValues() == ["c"])
    #expect(other.lastStableOffset == 2 && other.highWatermark == 2)
    #expect(other.abortedTransactions == [])
  }

  @Test(
    "what is aborted is listed for who reads only what is committed", arguments: Generation.allCases
  )
  func aborted(generation: Generation) async throws {
    let topic = try await fixture.createTopic("orders")
    var producer = try await fixture.producer("tx", generation)
    for value in ["a", "b", "c"] {
      #expect(try await fixture.write(value, to: topic, by: &producer) == .none)
      let code =
        try await value == "b" ? fixture.abort(&producer) : fixture.commit(&producer)
      #expect(code == .none)
    }
    let seen = try await fixture.fetchCommitted(topic)
    #expect(try seen.committedValues() == ["a", "c"])
    #expect(seen.abortedTransactions?.map(\.firstOffset) == [2])
    #expect(seen.abortedTransactions?.map(\.producerID) == [producer.id])
    let all = try await fixture.fetch(topic)
    #expect(try all.writtenValues() == ["a", "b", "c"])
    #expect(all.abortedTransactions == nil)
    // What begins behind it is none of it.
    #expect(try await fixture.fetchCommitted(topic, from: 4).abortedTransactions == [])
  }

  @Test("the last stable offset is the begin of the oldest open transaction of the partition")
  func lastStableOffset() async throws {
    let topic = try await fixture.createTopic("orders")
    var (first, second) = (
      try await fixture.producer("one", .first), try await fixture.producer("two")
    )
    try await fixture.produce(Batch.of("plain"), to: topic)
    #expect(try await fixture.write("a", to: topic, by: &first) == .none)
    #expect(try await fixture.write("b", to: topic, by: &second) == .none)
    try await fixture.produce(Batch.of("late"), to: topic)
    #expect(try await fixture.commit(&second) == .none)
    let open = try await fixture.fetchCommitted(topic)
    #expect(try open.committedValues() == ["plain"])
    #expect(open.lastStableOffset == 1 && open.highWatermark == 5)
    #expect(try await fixture.abort(&first) == .none)
    let closed = try await fixture.fetchCommitted(topic)
    #expect(try closed.committedValues() == ["plain", "b", "late"])
    #expect(closed.lastStableOffset == 6)
  }

  @Test("a consumer that waits is woken by the end of a transaction, and not by what it writes")
  func waiting() async throws {
    let topic = try await fixture.createTopic("orders")
    var producer = try await fixture.producer()
    #expect(try await fixture.write("a", to: topic, by: &producer) == .none)
    var request = FetchRequest.waiting(500, for: topic)
    request.isolationLevel = 1
    let call = try fixture.begin(request, on: fixture.connection(2))
    #expect(try await fixture.write("b", to: topic, by: &producer) == .none)
    try await fixture.settle(topic)
    #expect(!call.isAnswered)
    #expect(try await fixture.commit(&producer) == .none)
    let answer = try #require(try await call.response().responses.first?.partitions.first)
    #expect(try answer.committedValues() == ["a", "b"])
  }

  @Test(
    "the end of the log is the last stable offset for who reads only what is committed",
    arguments: versions(of: .listOffsets, since: 2))
  func listOffsets(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders")
    var producer = try await fixture.producer()
    try await fixture.produce(Batch.of("plain"), to: topic)
    #expect(try await fixture.write("a", to: topic, by: &producer) == .none)
    func offset(_ timestamp: Int64, _ isolation: Int8) async throws -> Int64? {
      let request = ListOffsetsRequest.with {
        $0.replicaID = -1
        $0.isolationLevel = isolation
        $0.topics = [
          .with {
            $0.name = topic.name
            $0.partitions = [.with { $0.timestamp = timestamp }]
          }
        ]
      }
      return try await fixture.send(request, version: version).topics[0].partitions[0].offset
    }
    #expect(try await offset(-1, 0) == 2)
    #expect(try await offset(-1, 1) == 1)
    #expect(try await offset(ManualWallClock.start, 1) == 0)
    #expect(try await fixture.deleteRecords(of: topic, below: 1) == 1)
    #expect(try await offset(ManualWallClock.start, 0) == 1)
    #expect(try await offset(ManualWallClock.start, 1) == -1)
    #expect(try await fixture.commit(&producer) == .none)
    #expect(try await offset(-1, 1) == 3)
    #expect(try await offset(ManualWallClock.start, 1) == 1)
  }

  @Test(
    "a producer of the second generation is another after each end, and told so again if it did not hear"
  )
  func epochs() async throws {
    let topic = try await fixture.createTopic("orders")
    var producer = try await fixture.producer()
    #expect(try await fixture.write("a", to: topic, by: &producer) == .none)
    let before = producer
    #expect(try await fixture.commit(&producer) == .none)
    #expect(producer.id == before.id && producer.epoch == before.epoch + 1)
    let again = try await fixture.endTxn(before, isCommit: true, version: 5)
    #expect(again.errorCode == .none)
    #expect(again.producerID == producer.id && again.producerEpoch == producer.epoch)
    var late = before
    #expect(try await fixture.write("late", to: topic, by: &late) == .invalidProducerEpoch)
    #expect(try await fixture.write("b", to: topic, by: &producer) == .none)
    #expect(try await fixture.commit(&producer) == .none)
    #expect(try await fixture.fetchCommitted(topic).committedValues() == ["a", "b"])
  }

  @Test("a producer of the first generation keeps its epoch, and its end may be asked for again")
  func firstGeneration() async throws {
    let topic = try await fixture.createTopic("orders")
    var producer = try await fixture.producer("tx", .first)
    let epoch = producer.epoch
    for value in ["a", "b"] {
      #expect(try await fixture.write(value, to: topic, by: &producer) == .none)
      for _ in 0..<2 { #expect(try await fixture.commit(&producer) == .none) }
      #expect(try await fixture.abort(&producer) == .invalidTxnState)
    }
    #expect(producer.epoch == epoch)
    #expect(try await fixture.fetchCommitted(topic).committedValues() == ["a", "b"])
  }

  @Test(
    "whoever takes an id over aborts what was begun, and fences who began it",
    arguments: Generation.allCases)
  func fencing(generation: Generation) async throws {
    let topic = try await fixture.createTopic("orders")
    var zombie = try await fixture.producer("tx", generation)
    #expect(try await fixture.write("a", to: topic, by: &zombie) == .none)
    var producer = try await fixture.producer("tx", generation)
    #expect(producer.id == zombie.id && producer.epoch > zombie.epoch)
    #expect(try await fixture.commit(&zombie) == .producerFenced)
    let late = try await fixture.write("late", to: topic, by: &zombie)
    #expect(late == (generation == .first ? .producerFenced : .invalidProducerEpoch))
    #expect(
      try await fixture.produce(zombie.batch(["late"], to: "orders-0"), to: topic, in: "tx")
        == .invalidProducerEpoch)
    #expect(try await fixture.write("b", to: topic, by: &producer) == .none)
    #expect(try await fixture.commit(&producer) == .none)
    #expect(try await fixture.fetchCommitted(topic).committedValues() == ["b"])
    #expect(try await fixture.fetch(topic).writtenValues() == ["a", "b"])
  }

  @Test(
    "a coordinator is found for every transactional id",
    arguments: versions(of: .findCoordinator, since: 1))
  func findCoordinator(version: Int16) async throws {
    let response = try await fixture.send(
      FindCoordinatorRequest.with {
        $0.key = "tx"
        $0.keyType = 1
        $0.coordinatorKeys = ["tx"]
      }, version: version)
    if version >= 4 {
      #expect(response.coordinators.map(\.errorCode) == [.none])
      #expect(response.coordinators.map(\.port) == [9092])
    } else {
      #expect(response.errorCode == .none && response.port == 9092)
    }
  }

  @Test("batches of a transaction stay in one when the topic compresses them anew")
  func compressed() async throws {
    let topic = try await fixture.createTopic("orders", configs: ["compression.type": "zstd"])
    var producer = try await fixture.producer()
    #expect(try await fixture.write("a", to: topic, by: &producer) == .none)
    #expect(try await fixture.fetchCommitted(topic).committedValues() == [])
    #expect(try await fixture.abort(&producer) == .none)
    #expect(try await fixture.fetchCommitted(topic).committedValues() == [])
    #expect(try await fixture.fetch(topic).writtenValues() == ["a"])
  }
}
