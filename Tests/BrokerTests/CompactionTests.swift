import ActaModel
import KafkaWire
import LogEngine
import LogStorage
import LogTestSupport
import ModelLiterals
import SQLite
import SQLiteStore
import Testing

@testable import Broker

@Suite("Compaction of topics") struct CompactionTests {
  private static let interval: Int64 = 1_000
  private let directory: TemporaryDirectory
  private var path: String { directory.path("log.db") }

  init() throws { directory = try TemporaryDirectory() }

  private func fixture(_ settings: [String: String] = [:]) throws -> BrokerFixture {
    try BrokerFixture(
      ["log.cleaner.backoff.ms": "\(Self.interval)"].merging(settings) { $1 }, at: .file(path))
  }

  /// Whatever was asked of the storage before is done.
  private func settle(_ fixture: BrokerFixture) async throws {
    _ = try await fixture.storage.producerID().get()
  }

  private func fill(_ topic: StoredTopic, of fixture: BrokerFixture) async throws {
    for value in ["1", "2", "3"] {
      try await fixture.produce(Batch.of(value, key: "a"), to: topic)
      try await fixture.produce(Batch.of("\(value) of b", key: "b"), to: topic)
    }
    // Nothing is active any more.
    fixture.wallClock.advance(milliseconds: 200)
  }

  /// Has passes begun until the topic has what is wanted: each runs beside the test.
  private func values(
    of topic: StoredTopic, until wanted: [String], _ fixture: BrokerFixture
  ) async throws -> [String] {
    var found: [String] = []
    for _ in 0..<1_000 where found != wanted {
      fixture.timers.advance(milliseconds: Self.interval)
      for _ in 0..<4 { try await settle(fixture) }
      found = try await fixture.fetch(topic).values()
    }
    return found
  }

  private static let compacted = ["cleanup.policy": "compact", "segment.ms": "100"]

  @Test("a compacted topic is compacted in the background, and another is not")
  func chore() async throws {
    let fixture = try fixture()
    let topic = try await fixture.createTopic("compacted", configs: Self.compacted)
    let other = try await fixture.createTopic("kept", configs: ["segment.ms": "100"])
    try await fill(topic, of: fixture)
    try await fill(other, of: fixture)
    #expect(try await values(of: topic, until: ["3", "3 of b"], fixture) == ["3", "3 of b"])
    #expect(try await fixture.fetch(other).values().count == 6)
  }

  @Test("log.cleaner.enable=false leaves all as it is")
  func disabled() async throws {
    let fixture = try fixture(["log.cleaner.enable": "false"])
    let topic = try await fixture.createTopic("compacted", configs: Self.compacted)
    try await fill(topic, of: fixture)
    for _ in 0..<3 { fixture.timers.advance(milliseconds: Self.interval) }
    for _ in 0..<4 { try await settle(fixture) }
    #expect(try await fixture.fetch(topic).values().count == 6)
  }

  @Test("what was known of a topic that is deleted is forgotten")
  func deleted() async throws {
    let fixture = try fixture()
    let topic = try await fixture.createTopic("compacted", configs: Self.compacted)
    try await fill(topic, of: fixture)
    _ = try await values(of: topic, until: ["3", "3 of b"], fixture)
    let file = try Connection(path: path, mode: .readOnly)
    func rows() throws -> Int64? {
      try file.integer(
        "SELECT (SELECT count(*) FROM compactions) + (SELECT count(*) FROM compaction_keys)")
    }
    for _ in 0..<1_000 where try rows() != 3 { try await settle(fixture) }
    #expect(try rows() == 3)
    _ = await fixture.storage.delete([topic.id])
    for _ in 0..<1_000 where try rows() != 0 {
      fixture.timers.advance(milliseconds: Self.interval)
      try await settle(fixture)
    }
    #expect(try rows() == 0)
  }
}
