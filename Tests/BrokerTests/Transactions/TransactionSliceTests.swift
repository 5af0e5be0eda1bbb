import ActaModel
import KafkaWire
import LogEngine
import LogStorage
import SQLite
import SQLiteLog
import SQLiteStore
import Testing

@testable import Broker

/// What takes more than one turn of the log, and what becomes of it when one of them is refused.
@Suite("Transactions in slices") struct TransactionSliceTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Lets the database refuse the rows of one transactional id.
  private func refuse(_ transactionalID: String, when condition: String = "1") throws {
    guard case .file(let path) = folder.database else { return }
    try Connection(path: path, mode: .readWrite).execute(
      """
      CREATE TRIGGER refused BEFORE INSERT ON transactional_ids
      WHEN NEW.transactional_id = '\(transactionalID)' AND \(condition)
      BEGIN SELECT RAISE(ABORT, 'not this one'); END
      """)
  }

  private func refuseNone() throws {
    guard case .file(let path) = folder.database else { return }
    try Connection(path: path, mode: .readWrite).execute("DROP TRIGGER refused")
  }

  private func pass(_ milliseconds: Int64, in fixture: BrokerFixture) async throws {
    fixture.wallClock.advance(milliseconds: milliseconds)
    try await fixture.pass(milliseconds: milliseconds)
  }

  private func states(
    of ids: [String], in fixture: BrokerFixture
  ) async throws -> [String: Int] {
    var states: [String: Int] = [:]
    for id in ids { states[try await fixture.describe(id)?.state ?? "", default: 0] += 1 }
    return states
  }

  @Test("one that cannot be aborted is named and tried later, and keeps no other waiting")
  func puttingOff() async throws {
    let fixture = try BrokerFixture(at: folder.database)
    let topic = try await fixture.createTopic("orders")
    var (bad, good) = (
      try await fixture.producer("bad", timeout: 1_500),
      try await fixture.producer("good", timeout: 1_501)
    )
    #expect(try await fixture.write("a", to: topic, by: &bad) == .none)
    #expect(try await fixture.write("b", to: topic, by: &good) == .none)
    try refuse("bad", when: "NEW.state <> 'Ongoing'")
    try await pass(1_501, in: fixture)
    try await pass(1_000, in: fixture)
    #expect(try await fixture.describe("good")?.state == "CompleteAbort")
    #expect(try await fixture.describe("bad")?.state == "Ongoing")
    let warnings = fixture.warnings.withLock { $0 }
    #expect(warnings.filter { $0.contains("transactional id 'bad'") }.count == 1)
    #expect(!warnings.contains { $0.contains("'good'") })
    try refuseNone()
    try await pass(60_000, in: fixture)
    #expect(try await fixture.describe("bad")?.state == "CompleteAbort")
    #expect(try await fixture.fetchCommitted(topic).lastStableOffset == 4)
  }

  @Test("what is overdue is aborted in several turns, without a pause between them")
  func overdue() async throws {
    let fixture = try BrokerFixture()
    let topic = try await fixture.createTopic("orders", partitions: 100)
    let ids = (0..<25).map { "tx\($0)" }
    for id in ids {
      let producer = try await fixture.producer(id, timeout: 10_000)
      let codes = try await fixture.add(Array(0..<100), of: topic, by: producer)
      #expect(Set(codes) == [.none])
    }
    try await fixture.settleGroups()
    fixture.timers.advance(milliseconds: 10_000)
    #expect(try await states(of: ids, in: fixture) == ["CompleteAbort": 10, "Ongoing": 15])
    try await fixture.pass(milliseconds: 0)
    #expect(try await states(of: ids, in: fixture) == ["CompleteAbort": 25])
  }

  @Test("AddPartitionsToTxn of many transactions: what is refused in one turn leaves others be")
  func adding() async throws {
    let fixture = try BrokerFixture(at: folder.database)
    let topic = try await fixture.createTopic("orders", partitions: 50)
    let producers = [try await fixture.producer("one"), try await fixture.producer("two")]
    func ask() async throws -> [Set<ErrorCode>] {
      let response = try await fixture.send(
        AddPartitionsToTxnRequest.with {
          $0.transactions = producers.flatMap { producer in
            (0..<1_000).map { .asking(producer, of: topic, [Int32($0 % 50)]) }
          }
        })
      #expect(response.errorCode == .none)
      let codes = response.resultsByTransaction.map { transaction in
        Set(transaction.topics.flatMap(\.partitions).map(\.errorCode))
      }
      #expect(codes.count == 2_000)
      return [Set(codes.prefix(1_000).joined()), Set(codes.suffix(1_000).joined())]
    }
    try refuse("two")
    #expect(try await ask() == [[.none], [.policyViolation]])
    #expect(try await fixture.describe("two")?.state == "Empty")
    try refuseNone()
    #expect(try await ask() == [[.none], [.none]])
    for id in ["one", "two"] {
      #expect(try await fixture.describe(id)?.topics.flatMap(\.partitions).count == 50)
    }
  }
}
