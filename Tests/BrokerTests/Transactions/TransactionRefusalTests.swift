import ActaModel
import BatchCodec
import KafkaWire
import LogStorage
import LogTestSupport
import Testing

@testable import Broker

/// Every error of KafkaWire/PROTOCOL.md §15, in every version; nothing partial stays.
@Suite("Refusals of transactions") struct TransactionRefusalTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  /// PRODUCER_FENCED, or what was said before it.
  private func fenced(_ version: Int16, since first: Int16) -> ErrorCode {
    version < first ? .invalidProducerEpoch : .producerFenced
  }

  private func with(
    _ producer: TestProducer, transactionalID: String? = nil, id: Int64? = nil, epoch: Int16? = nil
  ) -> TestProducer {
    TestProducer(
      transactionalID ?? producer.transactionalID, producer.generation, id: id ?? producer.id,
      epoch: epoch ?? producer.epoch)
  }

  // MARK: InitProducerId

  @Test("InitProducerId: ids and timeouts that cannot be", arguments: versions(of: .initProducerID))
  func initProducer(version: Int16) async throws {
    let cases: [(String, Int32, ErrorCode)] = [
      ("", 60_000, .invalidRequest), ("a\0b", 60_000, .invalidRequest),
      ("tx", 0, .invalidTransactionTimeout), ("tx", -1, .invalidTransactionTimeout),
      ("tx", 900_001, .invalidTransactionTimeout), ("tx", 900_000, .none),
    ]
    for (id, timeout, code) in cases {
      let response = try await fixture.initProducer(id, timeout: timeout, version: version)
      #expect(response.errorCode == code, "\(id) \(timeout)")
      #expect((response.producerID == -1) == (code != .none))
      #expect((response.producerEpoch == -1) == (code != .none))
    }
    #expect(try await fixture.describe("tx")?.timeoutMilliseconds == 900_000)
    #expect(try await fixture.describe("a\0b") == nil)
  }

  @Test(
    "InitProducerId: a producer that goes on is the id's, or it is fenced",
    arguments: versions(of: .initProducerID, since: 3))
  func goingOn(version: Int16) async throws {
    let producer = try await fixture.producer()
    for claim: (Int64, Int16) in [(-1, 0), (producer.id, -1)] {
      let half = try await fixture.initProducer("tx", claiming: claim, version: version)
      #expect(half.errorCode == .invalidRequest)
      let plain = try await fixture.initProducer(nil, claiming: claim, version: version)
      #expect(plain.errorCode == .invalidRequest)
    }
    for claim: (Int64, Int16) in [(producer.id + 1, 0), (producer.id, 7), (-7, 0)] {
      let stale = try await fixture.initProducer("tx", claiming: claim, version: version)
      #expect(stale.errorCode == fenced(version, since: 4), "\(claim)")
      #expect(stale.producerID == -1)
    }
    for _ in 0..<2 {
      let raised = try await fixture.initProducer(
        "tx", claiming: (producer.id, producer.epoch), version: version)
      #expect(raised.errorCode == .none)
      #expect(raised.producerID == producer.id && raised.producerEpoch == producer.epoch + 1)
    }
  }

  @Test("InitProducerId: on a full disk there are no new ids, and those there are go on")
  func fullDisk() async throws {
    let store = ScriptedStore()
    let fixture = try BrokerFixture(on: store)
    let topic = try await fixture.createTopic("orders")
    var producer = try await fixture.producer("old")
    store.fail(.append, with: .full("no space left"))
    #expect(try await fixture.produce(Batch.of("x"), to: topic).errorCode == .kafkaStorageError)
    #expect(try await fixture.initProducer("new").errorCode == .notCoordinator)
    #expect(try await fixture.initProducer("").errorCode == .invalidRequest)
    #expect(try await fixture.describe("new") == nil)
    producer = try await fixture.producer("old")
    #expect(producer.epoch == 1)
    store.freeRoom()
    #expect(try await fixture.initProducer("new").errorCode == .none)
  }

  // MARK: Taking part

  @Test("AddPartitionsToTxn: who the producer is not", arguments: versions(of: .addPartitionsToTxn))
  func addPartitions(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders", partitions: 2)
    let producer = try await fixture.producer("tx", .first)
    let cases: [(TestProducer, ErrorCode)] = [
      (with(producer, transactionalID: "other"), .invalidProducerIDMapping),
      (with(producer, transactionalID: ""), .invalidRequest),
      (with(producer, id: producer.id + 1), .invalidProducerIDMapping),
      (with(producer, epoch: 5), fenced(version, since: 2)),
    ]
    for (producer, code) in cases {
      let codes = try await add([1, 0], of: topic, by: producer, version: version)
      #expect(codes == [code, code], "\(producer)")
    }
    #expect(try await fixture.describe("tx")?.state == "Empty")
    for _ in 0..<2 {
      #expect(try await add([1, 0], of: topic, by: producer, version: version) == [.none, .none])
    }
    #expect(try await fixture.describe("tx")?.topics.map(\.partitions) == [[0, 1]])
  }

  @Test(
    "AddPartitionsToTxn: where one partition is unknown none is added",
    arguments: versions(of: .addPartitionsToTxn))
  func unknownPartition(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders", partitions: 2)
    let producer = try await fixture.producer("tx", .first)
    #expect(
      try await add([0, 9, 1], of: topic, by: producer, version: version)
        == [.operationNotAttempted, .unknownTopicOrPartition, .operationNotAttempted])
    #expect(
      try await add([0], of: .unknown, by: producer, version: version) == [.unknownTopicOrPartition]
    )
    #expect(try await fixture.describe("tx")?.state == "Empty")
  }

  @Test(
    "AddPartitionsToTxn: brokers ask for many at once, and may only look",
    arguments: versions(of: .addPartitionsToTxn, since: 4))
  func batched(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders", partitions: 2)
    let producers = [
      try await fixture.producer("one", .first), try await fixture.producer("two", .first),
    ]
    #expect(try await fixture.add([1], of: topic, by: producers[1]) == [.none])
    let request = AddPartitionsToTxnRequest.with {
      $0.transactions = zip(producers, [false, true]).map { producer, isLook in
        .asking(producer, of: topic, [0, 1], verifyOnly: isLook)
      }
    }
    let response = try await fixture.send(request, version: version)
    #expect(response.errorCode == .none)
    #expect(response.resultsByTransaction.map(\.transactionalID) == ["one", "two"])
    #expect(
      response.resultsByTransaction.map { $0.topics.flatMap(\.partitions).map(\.errorCode) }
        == [[.none, .none], [.transactionAbortable, .none]])
    #expect(try await fixture.describe("two")?.topics.map(\.partitions) == [[1]])
  }

  private func add(
    _ partitions: [Int32], of topic: StoredTopic, by producer: TestProducer, version: Int16
  ) async throws -> [ErrorCode] {
    guard version >= 4 else {
      return try await fixture.add(partitions, of: topic, by: producer, version: version)
    }
    let request = AddPartitionsToTxnRequest.with {
      $0.transactions = [.asking(producer, of: topic, partitions)]
    }
    let response = try await fixture.send(request, version: version)
    #expect(response.errorCode == .none)
    return response.resultsByTransaction.flatMap(\.topics).flatMap(\.partitions).map(\.errorCode)
  }

  @Test("AddOffsetsToTxn: who the producer is not", arguments: versions(of: .addOffsetsToTxn))
  func addOffsets(version: Int16) async throws {
    let producer = try await fixture.producer("tx", .first)
    let cases: [(TestProducer, ErrorCode)] = [
      (with(producer, transactionalID: "other"), .invalidProducerIDMapping),
      (with(producer, transactionalID: ""), .invalidRequest),
      (with(producer, id: producer.id + 1), .invalidProducerIDMapping),
      (with(producer, epoch: 5), fenced(version, since: 2)),
    ]
    for (producer, code) in cases {
      #expect(try await fixture.addOffsets(by: producer, version: version) == code)
    }
    #expect(
      try await fixture.addOffsets(of: "a\0", by: producer, version: version) == .invalidGroupID)
    #expect(try await fixture.describe("tx")?.state == "Empty")
    for _ in 0..<2 {
      #expect(try await fixture.addOffsets(by: producer, version: version) == .none)
    }
    #expect(try await fixture.describe("tx")?.topics.map(\.topic) == ["__consumer_offsets"])
  }

  // MARK: Ending

  @Test("EndTxn: who the producer is not", arguments: versions(of: .endTxn))
  func end(version: Int16) async throws {
    let producer = try await fixture.producer()
    let cases: [(TestProducer, ErrorCode)] = [
      (with(producer, transactionalID: "other"), .invalidProducerIDMapping),
      (with(producer, transactionalID: ""), .invalidRequest),
      (with(producer, id: producer.id + 1), .invalidProducerIDMapping),
      (with(producer, epoch: 5), fenced(version, since: 2)),
    ]
    for (producer, code) in cases {
      for isCommit in [true, false] {
        let response = try await fixture.endTxn(producer, isCommit: isCommit, version: version)
        #expect(response.errorCode == code)
        #expect(response.producerID == -1 && response.producerEpoch == -1)
      }
    }
  }

  @Test("EndTxn: of a transaction that was never begun", arguments: versions(of: .endTxn))
  func endOfNone(version: Int16) async throws {
    let producer = try await fixture.producer()
    let commit = try await fixture.endTxn(producer, isCommit: true, version: version)
    #expect(commit.errorCode == .invalidTxnState)
    let abort = try await fixture.endTxn(producer, isCommit: false, version: version)
    #expect(abort.errorCode == (version < 5 ? .invalidTxnState : .none))
    #expect(abort.producerEpoch == (version < 5 ? -1 : producer.epoch + 1))
  }

  // MARK: Writing

  @Test(
    "Produce: what has not been added is taken in by those versions that say so",
    arguments: versions(of: .produce))
  func notAdded(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders")
    var producer = try await fixture.producer("tx", .first)
    let code = try await fixture.produce(
      producer.batch(["a"], to: "orders-0"), to: topic, in: "tx", version: version)
    switch version {
    case ..<11: #expect(code == .invalidTxnState)
    case 11: #expect(code == .transactionAbortable)
    default: #expect(code == .none)
    }
    #expect(try await fixture.fetch(topic).writtenValues() == (version < 12 ? [] : ["a"]))
    #expect(try await fixture.describe("tx")?.state == (version < 12 ? "Empty" : "Ongoing"))
  }

  @Test("Produce: who the producer is not", arguments: versions(of: .produce))
  func produce(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders")
    let producer = try await fixture.producer("tx", .first)
    #expect(try await fixture.add([0], of: topic, by: producer) == [.none])
    let cases: [(TestProducer, String?, ErrorCode)] = [
      (producer, "other", .invalidProducerIDMapping), (producer, "", .invalidRequest),
      (producer, nil, .transactionalIDAuthorizationFailed),
      (with(producer, id: producer.id + 1), "tx", .invalidProducerIDMapping),
      (with(producer, epoch: 5), "tx", .invalidProducerEpoch),
      (with(producer, id: -1), "tx", .invalidRecord),
    ]
    for (producer, transactionalID, code) in cases {
      var producer = producer
      let answer = try await fixture.produce(
        producer.batch(["a"], to: "orders-0"), to: topic, in: transactionalID, version: version)
      #expect(answer == code, "\(producer) \(transactionalID ?? "nil")")
    }
    #expect(try await fixture.fetch(topic).highWatermark == 0)
  }

  @Test("Produce: batches of two producers in one request, whatever their transactions say")
  func twoProducers() async throws {
    let topic = try await fixture.createTopic("orders", partitions: 2)
    var (one, two) = (try await fixture.producer("one"), try await fixture.producer("two"))
    var request = ProduceRequest.writing(
      [(0, one.batch(["a"], to: "0")), (1, two.batch(["b"], to: "1"))], to: topic)
    request.transactionalID = "one"
    let answers = try await fixture.send(request).responses.flatMap(\.partitionResponses)
    #expect(
      answers.map(\.errorCode) == [.invalidProducerIDMapping, .invalidProducerIDMapping])
    #expect(try await fixture.describe("one")?.state == "Empty")
    #expect(try await fixture.fetch(topic).highWatermark == 0)
  }

  @Test(
    "Produce: in a partition where a transaction is open its producer writes in it and not beside it"
  )
  func beside() async throws {
    let topic = try await fixture.createTopic("orders", partitions: 2)
    var producer = try await fixture.producer()
    #expect(try await fixture.write("a", to: topic, by: &producer) == .none)
    let plain = Batch.from(producer: producer.id, epoch: producer.epoch, sequence: 1)
    #expect(try await fixture.produce(plain, to: topic).errorCode == .invalidTxnState)
    let elsewhere = Batch.from(producer: producer.id, epoch: producer.epoch, sequence: 0)
    #expect(try await fixture.produce(elsewhere, to: topic, partition: 1).errorCode == .none)
    #expect(try await fixture.commit(&producer) == .none)
    #expect(try await fixture.fetchCommitted(topic).committedValues() == ["a"])
  }

  @Test("Produce: control batches are the broker's own")
  func controlBatch() async throws {
    let topic = try await fixture.createTopic("orders")
    var producer = try await fixture.producer()
    var batch = producer.batch(["a"], to: "orders-0")
    batch[22] |= 1 << 5
    BatchHeader.updateCRC(of: &batch)
    #expect(try await fixture.produce(batch, to: topic, in: "tx") == .invalidRecord)
    #expect(try await fixture.describe("tx")?.state == "Empty")
  }
}

extension AddPartitionsToTxnRequest.Transaction {
  static func asking(
    _ producer: TestProducer, of topic: StoredTopic, _ partitions: [Int32], verifyOnly: Bool = false
  ) -> Self {
    .with {
      $0.transactionalID = producer.transactionalID
      $0.producerID = producer.id
      $0.producerEpoch = producer.epoch
      $0.verifyOnly = verifyOnly
      $0.topics = [.with { ($0.name, $0.partitions) = (topic.name, partitions) }]
    }
  }
}
