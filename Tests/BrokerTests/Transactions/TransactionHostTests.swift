import ActaModel
import KafkaWire
import LogEngine
import LogStorage
import SQLite
import SQLiteLog
import SQLiteStore
import Testing

@testable import Broker

/// Time, restarts, and turns that fail.
@Suite("Transactions over time") struct TransactionHostTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Both clocks go on, as they do when nobody sets one.
  private func pass(_ milliseconds: Int64, in fixture: BrokerFixture) async throws {
    fixture.wallClock.advance(milliseconds: milliseconds)
    try await fixture.pass(milliseconds: milliseconds)
  }

  @Test(
    "what takes longer than its producer said is aborted, and the producer fenced",
    arguments: Generation.allCases)
  func timeout(generation: Generation) async throws {
    let fixture = try BrokerFixture()
    let topic = try await fixture.createTopic("orders")
    var producer = try await fixture.producer("tx", generation, timeout: 10_000)
    #expect(try await fixture.write("a", to: topic, by: &producer) == .none)
    try await pass(9_999, in: fixture)
    #expect(try await fixture.write("b", to: topic, by: &producer) == .none)
    #expect(try await fixture.describe("tx")?.state == "Ongoing")
    try await pass(1, in: fixture)
    let aborted = try #require(try await fixture.describe("tx"))
    #expect(aborted.state == "CompleteAbort" && aborted.producerEpoch == producer.epoch + 1)
    #expect(try await fixture.commit(&producer) == .producerFenced)
    #expect(
      try await fixture.produce(producer.batch(["c"], to: "orders-0"), to: topic, in: "tx")
        == .invalidProducerEpoch)
    let seen = try await fixture.fetchCommitted(topic)
    #expect(try seen.committedValues() == [] && seen.lastStableOffset == 3)
    var next = try await fixture.producer("tx", generation)
    #expect(try await fixture.write("d", to: topic, by: &next) == .none)
    #expect(try await fixture.commit(&next) == .none)
    #expect(try await fixture.fetchCommitted(topic).committedValues() == ["d"])
  }

  @Test("a transaction outlives the broker, and its time goes on", arguments: Generation.allCases)
  func restart(generation: Generation) async throws {
    var fixture = try BrokerFixture(at: folder.database)
    let topic = try await fixture.createTopic("orders")
    var (first, second) = (
      try await fixture.producer("one", generation, timeout: 10_000),
      try await fixture.producer("two", generation)
    )
    #expect(try await fixture.write("a", to: topic, by: &first) == .none)
    #expect(try await fixture.write("b", to: topic, by: &second) == .none)
    if generation == .first { #expect(try await fixture.addOffsets(by: second) == .none) }
    #expect(
      try await fixture.hold(
        [(0, 7)], of: topic, by: second, version: generation == .first ? 4 : nil) == [.none])
    let described = [try await fixture.describe("one"), try await fixture.describe("two")]
    fixture.storage.close()
    fixture = try BrokerFixture(at: folder.database)
    #expect([try await fixture.describe("one"), try await fixture.describe("two")] == described)
    #expect(try await fixture.fetchCommitted(topic).lastStableOffset == 0)
    #expect(try await fixture.write("c", to: topic, by: &second) == .none)
    #expect(try await fixture.commit(&second) == .none)
    #expect(try await fixture.committed(of: topic) == [7])
    try await pass(9_999, in: fixture)
    #expect(try await fixture.fetchCommitted(topic).committedValues() == [])
    try await pass(1, in: fixture)
    #expect(try await fixture.fetchCommitted(topic).committedValues() == ["b", "c"])
    fixture.storage.close()
    fixture = try BrokerFixture(at: folder.database)
    let seen = try await fixture.fetchCommitted(topic)
    #expect(try seen.committedValues() == ["b", "c"])
    #expect(seen.abortedTransactions?.map(\.producerID) == [first.id])
    #expect(try await fixture.describe("one")?.state == "CompleteAbort")
  }

  @Test("transactional ids that nobody uses are forgotten, with ongoing transactions never")
  func expiration() async throws {
    let fixture = try BrokerFixture([
      "transactional.id.expiration.ms": "100000000", "transaction.max.timeout.ms": "2000000000",
    ])
    let topic = try await fixture.createTopic("orders")
    _ = try await fixture.producer("idle")
    var busy = try await fixture.producer("busy", timeout: 2_000_000_000)
    #expect(try await fixture.write("a", to: topic, by: &busy) == .none)
    func passHours(_ count: Int) async throws {
      for _ in 0..<count { try await pass(3_600_000, in: fixture) }
    }
    try await passHours(27)
    #expect(try await fixture.describe("idle") != nil)
    try await passHours(2)
    #expect(try await fixture.describe("idle") == nil)
    #expect(try await fixture.describe("busy")?.state == "Ongoing")
    #expect(try await fixture.commit(&busy) == .none)
    // Who comes back begins anew.
    let response = try await fixture.initProducer("idle")
    #expect(response.errorCode == .none && response.producerEpoch == 0)
  }

  /// Lets the database refuse a table's rows.
  private func poison(_ table: String, when condition: String = "1") throws {
    guard case .file(let path) = folder.database else { return }
    let connection = try Connection(path: path, mode: .readWrite)
    try connection.execute(
      """
      CREATE TRIGGER poison_\(table) BEFORE INSERT ON \(table) WHEN \(condition)
      BEGIN SELECT RAISE(ABORT, 'not this one'); END
      """)
  }

  private func heal(_ table: String) throws {
    guard case .file(let path) = folder.database else { return }
    try Connection(path: path, mode: .readWrite).execute("DROP TRIGGER poison_\(table)")
  }

  @Test("what the database does not take never was, neither in the tables nor in the coordinator")
  func refusedTurn() async throws {
    let fixture = try BrokerFixture(at: folder.database)
    let topic = try await fixture.createTopic("orders")
    var producer = try await fixture.producer()
    #expect(try await fixture.write("a", to: topic, by: &producer) == .none)
    let before = try await fixture.describe("tx")
    try poison("offset_commits")
    #expect(try await fixture.hold([(0, 1)], of: topic, by: producer) == [.none])
    let described = try await fixture.describe("tx")
    #expect(try await fixture.commit(&producer) == .policyViolation)
    #expect(try await fixture.describe("tx") == described && described != before)
    #expect(try await fixture.fetchCommitted(topic).committedValues() == [])
    #expect(try await fixture.committed(of: topic) == [-1])
    try heal("offset_commits")
    #expect(try await fixture.commit(&producer) == .none)
    #expect(try await fixture.fetchCommitted(topic).committedValues() == ["a"])
    #expect(try await fixture.committed(of: topic) == [1])
  }

  @Test("somebody else's write to the database disturbs no transaction")
  func foreignWrite() async throws {
    let fixture = try BrokerFixture(at: folder.database)
    let topic = try await fixture.createTopic("orders")
    var producer = try await fixture.producer("tx", .second, timeout: 10_000)
    #expect(try await fixture.write("a", to: topic, by: &producer) == .none)
    guard case .file(let path) = folder.database else { return }
    try Connection(path: path, mode: .readWrite).execute("CREATE TABLE mine(x)")
    #expect(try await fixture.write("b", to: topic, by: &producer) == .none)
    try await pass(9_999, in: fixture)
    #expect(try await fixture.commit(&producer) == .none)
    #expect(try await fixture.fetchCommitted(topic).committedValues() == ["a", "b"])
  }

  @Test("after the storage has closed every API says where to look")
  func closed() async throws {
    let fixture = try BrokerFixture(at: folder.database)
    let topic = try await fixture.createTopic("orders")
    var producer = try await fixture.producer()
    #expect(try await fixture.write("a", to: topic, by: &producer) == .none)
    fixture.storage.close()
    #expect(try await fixture.initProducer("tx").errorCode == .notCoordinator)
    #expect(try await fixture.add([0], of: topic, by: producer) == [.notCoordinator])
    let batched = AddPartitionsToTxnRequest.with {
      $0.transactions = [.asking(producer, of: topic, [0])]
    }
    #expect(try await fixture.send(batched).errorCode == .notCoordinator)
    #expect(try await fixture.addOffsets(by: producer) == .notCoordinator)
    #expect(try await fixture.hold([(0, 1)], of: topic, by: producer) == [.notCoordinator])
    #expect(try await fixture.commit(&producer) == .notCoordinator)
    let described = try await fixture.send(
      DescribeTransactionsRequest.with { $0.transactionalIDs = ["tx"] })
    #expect(described.transactionStates.map(\.errorCode) == [.notCoordinator])
    #expect(try await fixture.send(ListTransactionsRequest()).errorCode == .notCoordinator)
    let markers = try await fixture.send(
      WriteTxnMarkersRequest.with {
        $0.markers = [
          .with { $0.topics = [.with { ($0.name, $0.partitionIndexes) = ("orders", [0]) }] }
        ]
      })
    #expect(
      markers.markers.flatMap(\.topics).flatMap(\.partitions).map(\.errorCode)
        == [.kafkaStorageError])
  }
}
