import ActaModel
import KafkaWire
import LogStorage
import Testing

@testable import Broker

/// What administrators see of transactions, and how they end one that hangs.
@Suite("Administration of transactions") struct TransactionAdminTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  @Test("a transaction is described by what it takes in, and missing ones are said to be missing")
  func describe() async throws {
    let topic = try await fixture.createTopic("orders", partitions: 3)
    var producer = try await fixture.producer("tx", .second, timeout: 1_234)
    #expect(try await fixture.write("a", to: topic, partition: 2, by: &producer) == .none)
    #expect(try await fixture.write("a", to: topic, by: &producer) == .none)
    fixture.wallClock.advance(milliseconds: 10)
    #expect(try await fixture.hold([(0, 1)], of: topic, by: producer) == [.none])
    let response = try await fixture.send(
      DescribeTransactionsRequest.with { $0.transactionalIDs = ["tx", "none", "", "tx"] })
    #expect(response.transactionStates.map(\.transactionalID) == ["tx", "none", "", "tx"])
    #expect(
      response.transactionStates.map(\.errorCode)
        == [.none, .transactionalIDNotFound, .invalidRequest, .none])
    let found = response.transactionStates[0]
    #expect(found == response.transactionStates[3])
    #expect(found.state == "Ongoing" && found.timeoutMilliseconds == 1_234)
    #expect(found.startTimeMilliseconds == ManualWallClock.start)
    #expect(found.producerID == producer.id && found.producerEpoch == producer.epoch)
    #expect(found.topics.map(\.topic) == ["__consumer_offsets", "orders"])
    // "g" has the hash 103 in Java.
    #expect(found.topics.map(\.partitions) == [[103 % 50], [0, 2]])
    #expect(try await fixture.commit(&producer) == .none)
    let after = try #require(try await fixture.describe("tx"))
    #expect(after.state == "CompleteCommit" && after.topics.isEmpty)
    try await fixture.deleteTopic(topic)
    #expect(try await fixture.describe("tx") == after)
  }

  @Test(
    "transactions are listed by state, producer, duration and pattern",
    arguments: versions(of: .listTransactions))
  func list(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders")
    var producers: [TestProducer] = []
    for id in ["a-1", "a-2", "b-1"] { producers.append(try await fixture.producer(id)) }
    #expect(try await fixture.write("x", to: topic, by: &producers[1]) == .none)
    fixture.wallClock.advance(milliseconds: 1_000)
    #expect(try await fixture.write("x", to: topic, by: &producers[2]) == .none)
    func list(
      _ change: (inout ListTransactionsRequest) -> Void
    ) async throws -> ListTransactionsResponse {
      try await fixture.send(ListTransactionsRequest.with(change), version: version)
    }
    let all = try await list { _ in }
    #expect(all.transactionStates.map(\.transactionalID) == ["a-1", "a-2", "b-1"])
    #expect(all.transactionStates.map(\.producerID) == producers.map(\.id))
    #expect(all.transactionStates.map(\.state) == ["Empty", "Ongoing", "Ongoing"])
    func ids(_ change: (inout ListTransactionsRequest) -> Void) async throws -> [String] {
      try await list(change).transactionStates.map(\.transactionalID)
    }
    #expect(try await ids { $0.stateFilters = ["Empty", "CompleteAbort"] } == ["a-1"])
    #expect(try await ids { $0.stateFilters = ["ongoing"] } == [])
    #expect(try await ids { $0.producerIDFilters = [producers[2].id, 99] } == ["b-1"])
    let unknown = try await list { $0.stateFilters = ["Dead", "Nonsense", "Ongoing"] }
    #expect(unknown.unknownStateFilters == ["Nonsense"])
    #expect(unknown.transactionStates.map(\.transactionalID) == ["a-2", "b-1"])
    if version >= 1 {
      #expect(try await ids { $0.durationFilter = 999 } == ["a-2"])
      #expect(try await ids { $0.durationFilter = 1_000 } == [])
      #expect(try await ids { $0.durationFilter = -1 } == ["a-1", "a-2", "b-1"])
    }
    if version >= 2 {
      #expect(try await ids { $0.transactionalIDPattern = "a-.*" } == ["a-1", "a-2"])
      #expect(try await ids { $0.transactionalIDPattern = "a" } == [])
      #expect(try await ids { $0.transactionalIDPattern = "" } == ["a-1", "a-2", "b-1"])
      let wrong = try await list { $0.transactionalIDPattern = "(" }
      #expect(wrong.errorCode == .invalidRegularExpression && wrong.transactionStates.isEmpty)
    }
  }

  // MARK: Hanging transactions

  private func producers(
    of topic: StoredTopic
  ) async throws -> [DescribeProducersResponse.Producer] {
    let response = try await fixture.send(
      DescribeProducersRequest.with {
        $0.topics = [.with { ($0.name, $0.partitionIndexes) = (topic.name, [0]) }]
      })
    return try #require(response.topics.first?.partitions.first).activeProducers
  }

  private func mark(
    _ producer: TestProducer, of topic: StoredTopic, partitions: [Int32] = [0],
    coordinatorEpoch: Int32 = 0, isCommit: Bool = false, version: Int16? = nil
  ) async throws -> [ErrorCode] {
    let response = try await fixture.send(
      WriteTxnMarkersRequest.with {
        $0.markers = [
          .with {
            $0.producerID = producer.id
            $0.producerEpoch = producer.epoch
            $0.coordinatorEpoch = coordinatorEpoch
            $0.transactionResult = isCommit
            $0.topics = [.with { ($0.name, $0.partitionIndexes) = (topic.name, partitions) }]
          }
        ]
      }, version: version)
    #expect(response.markers.map(\.producerID) == [producer.id])
    #expect(response.markers.flatMap(\.topics).map(\.name) == [topic.name])
    return response.markers.flatMap(\.topics).flatMap(\.partitions).map(\.errorCode)
  }

  @Test(
    "a transaction that the coordinator does not know is found at its partition and ended there",
    arguments: versions(of: .writeTxnMarkers))
  func hanging(version: Int16) async throws {
    let fixture = try BrokerFixture(["transaction.partition.verification.enable": "false"])
    let test = try TransactionAdminTests(fixture)
    let topic = try await fixture.createTopic("orders")
    try await fixture.produce(Batch.of("before"), to: topic)
    // As an old producer's late batch, in a broker that does not ask whether it is expected.
    var zombie = TestProducer("gone", .first, id: 77, epoch: 3)
    #expect(
      try await fixture.produce(
        zombie.batch(["late"], to: "orders-0"), to: topic, in: "gone", version: 11) == .none)
    try await fixture.produce(Batch.of("behind"), to: topic)
    #expect(try await fixture.fetchCommitted(topic).committedValues() == ["before"])
    let found = try #require(try await test.producers(of: topic).first)
    #expect(found.producerID == 77 && found.producerEpoch == 3)
    #expect(found.currentTransactionStartOffset == 1 && found.coordinatorEpoch == -1)
    #expect(
      try await test.mark(zombie, of: topic, coordinatorEpoch: 5, version: version) == [.none])
    let after = try #require(try await test.producers(of: topic).first)
    #expect(after.currentTransactionStartOffset == -1 && after.coordinatorEpoch == 5)
    let seen = try await fixture.fetchCommitted(topic)
    #expect(try seen.committedValues() == ["before", "behind"])
    #expect(seen.lastStableOffset == 4)
  }

  private init(_ fixture: BrokerFixture) throws { self.fixture = fixture }

  @Test("markers of older epochs, for no partition or of nobody are refused")
  func refusedMarkers() async throws {
    let topic = try await fixture.createTopic("orders")
    var producer = try await fixture.producer()
    #expect(try await fixture.write("a", to: topic, by: &producer) == .none)
    #expect(try await fixture.commit(&producer) == .none)
    #expect(try await fixture.write("b", to: topic, by: &producer) == .none)
    var late = producer
    late.goOn(as: producer.id, producer.epoch - 1)
    #expect(try await mark(late, of: topic) == [.invalidProducerEpoch])
    #expect(
      try await mark(producer, of: topic, coordinatorEpoch: -1) == [.transactionCoordinatorFenced])
    for (id, epoch) in [(-1, 0), (producer.id, -1)] as [(Int64, Int16)] {
      late.goOn(as: id, epoch)
      #expect(try await mark(late, of: topic) == [.invalidRequest])
    }
    #expect(
      try await mark(producer, of: topic, partitions: [9, 0]) == [.unknownTopicOrPartition, .none])
    #expect(try await mark(producer, of: .unknown) == [.unknownTopicOrPartition])
    // The coordinator's transaction is as it was, and its end changes nothing of what is aborted.
    #expect(try await fixture.describe("tx")?.state == "Ongoing")
    #expect(try await fixture.commit(&producer) == .none)
    #expect(try await fixture.fetchCommitted(topic).committedValues() == ["a"])
  }
}
