import ActaModel
import LogStorage
import LogTestSupport
import ModelLiterals
import SQLite
import Testing

@testable import LogEngine
@testable import SQLiteLog
@testable import SQLiteStore

@Suite("What groups lose unread")
struct LossTests {
  private let files: FileStorage
  private let clock = TestClock()
  private let log: LogEngine
  private let partition: PartitionID

  init() async throws {
    var files = try FileStorage()
    files.options.now = { [clock] in clock.now }
    self.files = files
    log = try files.open()
    partition = try await log.makeTopic("orders", partitions: 2)[1]
    // Ten batches of three.
    for _ in 0..<10 { try await log.write(try batch("a", "b", "c"), to: partition) }
  }

  private func commit(_ offset: Int64, by group: String) async throws {
    try await log.write([.putGroup(GroupRow(name: group))])
    try await log.commit(offset, partition, of: group).get()
  }

  private func losses(
    _ columns: String = "\"group\", topic, partition, records, first_offset, last_offset, cause"
  ) throws -> [String] {
    try Connection(path: files.path, mode: .readOnly)
      .rows("SELECT \(columns) FROM loss_history ORDER BY id")
  }

  private func retain(newest batches: Int64) async throws {
    let all = try #require(try await log.sizes([partition]).get()[partition])
    let start = try #require(log.bounds(of: partition)).logStartOffset.value
    let size = all / ((30 - start) / 3)
    let policy = RetentionPolicy(deleteBeforeTimestamp: nil, maxBytes: size * batches)
    _ = try await log.retain(policy, partition).get()
  }

  @Test("retention tells of each group that was behind how many records it never read")
  func retention() async throws {
    try await commit(4, by: "slow")
    try await commit(-1, by: "odd")
    try await commit(12, by: "just")
    try await commit(13, by: "fast")
    try await commit(0, by: "stopped")
    try await retain(newest: 6)
    #expect(log.bounds(of: partition)?.logStartOffset == 12)
    #expect(
      try losses().sorted() == [
        "odd|orders|1|12|0|11|retention", "slow|orders|1|8|4|11|retention",
        "stopped|orders|1|12|0|11|retention",
      ])
    #expect(try losses("client, host, principal").allSatisfy { $0 == "NULL|NULL|NULL" })
  }

  @Test("a pass is one row for each group, however many slices it has; the next pass is another")
  func passes() async throws {
    try await commit(0, by: "g")
    for _ in 0..<300 { try await log.write(try batch("d"), to: partition) }
    try await log.trim([RecordDeletion(partition: partition, beforeOffset: 320)]).get()
    #expect(try losses("records, first_offset, last_offset") == ["320|0|319"])
    clock.advance(by: 1_000)
    try await log.trim([RecordDeletion(partition: partition, beforeOffset: 325)]).get()
    #expect(
      try losses("time, records, first_offset, last_offset") == [
        "2023-11-14T22:13:20.000Z|320|0|319", "2023-11-14T22:13:21.000Z|5|320|324",
      ])
    // What is below the start already costs nobody anything.
    try await log.trim([RecordDeletion(partition: partition, beforeOffset: 325)]).get()
    #expect(try losses().count == 2)
  }

  @Test("DeleteRecords is told with who asked for it, in the middle of a batch as well")
  func deleteRecords() async throws {
    try await commit(1, by: "g")
    let author = TrimAuthor(
      cause: .deleteRecords, clientID: "tool", clientHost: "/10.0.0.1",
      attribution: Attribution(
        principal: "User:alice", software: "librdkafka", softwareVersion: "2.3.0"))
    try await log.trim([RecordDeletion(partition: partition, beforeOffset: 8)], by: author).get()
    #expect(try losses() == ["g|orders|1|7|1|7|DeleteRecords"])
    #expect(
      try losses("client, host, principal, client_software, client_software_version") == [
        "tool|/10.0.0.1|User:alice|librdkafka|2.3.0"
      ])
  }

  @Test("a group that has read everything, or was never there, has lost nothing")
  func nothing() async throws {
    try await log.trim([RecordDeletion(partition: partition, beforeOffset: 9)]).get()
    try await commit(30, by: "g")
    try await log.trim([RecordDeletion(partition: partition, beforeOffset: nil)]).get()
    #expect(try losses().isEmpty)
  }

  @Test("losses go with the audit trail")
  func trimmed() async throws {
    try await commit(0, by: "g")
    try await log.trim([RecordDeletion(partition: partition, beforeOffset: 3)]).get()
    clock.advance(by: 1_000)
    try await log.trim([RecordDeletion(partition: partition, beforeOffset: 6)]).get()
    _ = await log.trimAudit(olderThan: clock.now)
    #expect(try losses("first_offset") == ["3"])
  }
}

extension [Result<Offset, StorageError>] {
  fileprivate func get() throws { for result in self { _ = try result.get() } }
}
