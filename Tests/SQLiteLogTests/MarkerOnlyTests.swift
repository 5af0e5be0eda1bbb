import ActaModel
import LogStorage
import LogTestSupport
import ModelLiterals
import SQLite
import Testing

@testable import LogEngine
@testable import SQLiteLog
@testable import SQLiteStore

/// Partitions that transactions have taken in and not written to. Where there are many, a partition gets its
/// table with its first record.
@Suite("Partitions of markers only") struct MarkerOnlyTests {
  private let files: FileStorage
  private let log: LogEngine
  private let partitions: [PartitionID]

  init() async throws {
    files = try FileStorage()
    let log = try files.open()
    partitions = try await log.makeTopic("wide", partitions: 70)
    let producer = ProducerClaim(id: ProducerID(7), epoch: 0)
    for isCommit in [true, false] { try await log.end(producer, isCommit: isCommit, partitions) }
    log.close()
    // Nothing of it is in memory.
    self.log = try files.open()
  }

  private func tables() throws -> [String] {
    try files.foreign().rows(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'records_*'")
  }

  @Test("a marker makes no table, and is read without one")
  func reading() async throws {
    let read = PartitionRead(partition: partitions[69], offset: 0, maxBytes: 1 << 20)
    let batches = try await log.read([read])[0].get().batches
    #expect(batches.count == 2)
    #expect(try await log.committed(partitions[69]).isEmpty)
    #expect(try await log.find(.atOrAfter(0), partitions[69]).get() == nil)
    #expect(try await log.find(.maximum, partitions[69]).get() == nil)
    #expect(try tables() == [])
    #expect(try files.foreign().rows("SELECT count(*) FROM topic_wide") == ["0"])
    log.close()
  }

  @Test("deletion, retention and compaction do without a table")
  func trimming() async throws {
    try await log.write([.putGroup(GroupRow(name: "g"))])
    try await log.commit(0, partitions[0]).get()
    let deletion = RecordDeletion(partition: partitions[0], beforeOffset: 1)
    #expect(try await log.trim([deletion])[0].get() == 1)
    let policy = RetentionPolicy(deleteBeforeTimestamp: nil, maxBytes: 0)
    _ = try await log.retain(policy, partitions[1]).get()
    let eager = CompactionPolicy(
      segmentBytes: 1 << 30, segmentMilliseconds: 1, minDirtyRatio: 0,
      deleteRetentionMilliseconds: 0)
    _ = try await log.compact(eager, partitions[2], at: 1_700_000_000_010).get()
    #expect(log.bounds(of: partitions[0])?.logStartOffset == 1)
    #expect(log.bounds(of: partitions[2])?.logEndOffset == 2)
    #expect(try tables() == [])
    let connection = try files.foreign()
    #expect(try connection.rows("SELECT * FROM loss_history") == [])
    #expect(
      try connection.rows("SELECT count(*) FROM batches WHERE partition_id = \(partitions[0])")
        == ["1"])
    log.close()
  }

  @Test("nothing is left of them when their topic is deleted")
  func deletion() async throws {
    let topic = try #require(log.catalog()["wide"])
    _ = try await log.delete([topic.id])[0].get()
    let connection = try files.foreign()
    func left() throws -> [String] {
      try ["batches", "producer_state", "leader_epochs", "partitions", "deleted_partitions"]
        .filter { try connection.rows("SELECT 1 FROM \($0) LIMIT 1") != [] }
    }
    // A writer takes slices between two requests when it has the time.
    var rounds = 0
    while rounds < 100_000, try left() != [] {
      _ = await log.append([])
      rounds += 1
    }
    #expect(try left() == [])
    log.close()
  }

  @Test("the first record makes the table, is shown, and counts as the first in a turn")
  func firstRecord() async throws {
    let first = try await log.write(try batch("first"), to: partitions[3])
    #expect(first.baseOffset == 2)
    #expect(try tables() == ["records_\(partitions[3])"])
    for view in ["messages", "topic_wide"] {
      #expect(
        try files.foreign().rows("SELECT partition, offset, value FROM \(view)") == ["3|2|first"])
    }
    #expect(try await log.values(partitions[3]).last == "first")
    #expect(
      try await log.find(.maximum, partitions[3]).get()?.offset == 2)
    let appends = try partitions[2...4].map {
      PartitionAppend(partition: $0, batch: try batch("more"))
    }
    #expect(log.shared.view.emptyCount(of: appends) == 2)
    log.close()
  }
}
