import ActaModel
import LogStorage
import LogTestSupport
import ModelLiterals
import SQLite
import Testing

@testable import LogEngine
@testable import SQLiteLog
@testable import SQLiteStore

@Suite("Topics of many partitions grow and go in slices")
struct TopicSliceTests {
  /// A partition is gone a slice after its topic.
  private static let many = 2 * TopicRemains.partitionsOfSlice + 1

  private func until(_ log: LogEngine, _ condition: () throws -> Bool) async throws {
    for _ in 0..<100_000 {
      if try condition() { return }
      _ = await log.append([])
    }
    Issue.record("it did not come to an end")
  }

  @Test("a topic that grows has all of its partitions, also after a restart")
  func growth() async throws {
    let files = try FileStorage()
    let first = try files.open()
    _ = try await first.makeTopic("grows", partitions: 3)
    let id = try #require(first.catalog()["grows"]).id
    let grown = try await first.grow(id, to: 5_000).get()
    #expect(grown.partitions.count == 5_000)
    #expect(Set(grown.partitions).count == 5_000)
    try await first.write(try batch("last"), to: grown.partitions[4_999])
    first.close()
    let second = try files.open()
    #expect(second.catalog()["grows"] == grown)
    #expect(try await second.values(grown.partitions[4_999]) == ["last"])
    let database = try files.foreign()
    #expect(try database.integer("SELECT count(*) FROM deleted_partitions") == 0)
    second.close()
  }

  @Test("several that grow a topic end at the largest number")
  func growthRace() async throws {
    let files = try FileStorage()
    let log = try files.open()
    _ = try await log.makeTopic("grows", partitions: 3)
    let id = try #require(log.catalog()["grows"]).id
    async let large = log.grow(id, to: 9_000)
    async let middle = log.grow(id, to: 5_000)
    async let small = log.grow(id, to: 100)
    let results = await [small, middle, large]
    #expect((try? results[2].get())?.partitions.count == 9_000)
    let topic = try #require(log.catalog()["grows"])
    #expect(topic.partitions.count == 9_000)
    #expect(Set(topic.partitions).count == 9_000)
    let database = try files.foreign()
    let rows = try database.rows("SELECT id FROM partitions ORDER BY number")
    #expect(rows == topic.partitions.map { String($0.value) })
    #expect(try database.integer("SELECT count(*) FROM deleted_partitions") == 0)
    log.close()
  }

  @Test("of a growth that a crash has cut short nothing is left")
  func growthCutShort() async throws {
    let files = try FileStorage()
    let first = try files.open()
    _ = try await first.makeTopic("grows", partitions: 3)
    let topic = try #require(first.catalog()["grows"])
    first.close()
    let database = try files.foreign()
    try database.execute(
      """
      INSERT INTO stored_partitions(topic_id, number, view_number)
        SELECT topic_id, number + 3, 0 FROM partitions;
      INSERT INTO deleted_partitions SELECT id, 0 FROM partitions WHERE number >= 3;
      """)
    let second = try files.open()
    #expect(second.catalog()["grows"] == topic)
    #expect(try database.integer("SELECT count(*) FROM partitions") == 3)
    #expect(try database.integer("SELECT count(*) FROM deleted_partitions") == 0)
    #expect(try await second.grow(topic.id, to: 5).get().partitions.count == 5)
    second.close()
  }

  @Test("what another program writes meanwhile shows nobody partitions in the making")
  func growthBesideOthers() async throws {
    let files = try FileStorage()
    let log = try files.open()
    _ = try await log.makeTopic("grows", partitions: 3)
    let topic = try #require(log.catalog()["grows"])
    let database = try files.foreign()
    try database.execute(
      """
      BEGIN IMMEDIATE;
      INSERT INTO stored_partitions(topic_id, number, view_number)
        SELECT topic_id, number + 3, 0 FROM partitions;
      INSERT INTO deleted_partitions SELECT id, 0 FROM partitions WHERE number >= 3;
      COMMIT;
      """)
    _ = await log.append([])
    #expect(log.catalog()["grows"] == topic)
    // Whoever grows it builds on them.
    #expect(try await log.grow(topic.id, to: 8).get().partitions.count == 8)
    #expect(try database.integer("SELECT count(*) FROM partitions") == 8)
    #expect(try database.integer("SELECT count(*) FROM deleted_partitions") == 0)
    log.close()
  }

  @Test("a deleted topic is gone at once; rows, positions and tables follow")
  func deletion() async throws {
    let files = try FileStorage()
    let log = try files.open()
    let gone = try await log.makeTopic("gone", partitions: Self.many)
    let kept = try await log.makeTopic("kept")[0]
    for partition in [gone[0], gone[700], kept] {
      try await log.write(try batch("text"), to: partition)
    }
    try await log.write([.putGroup(GroupRow(name: "g"))])
    let commits = (gone + [kept]).map { OffsetCommit(partition: $0, offset: 1) }
    _ = try await log.turn {
      try $0.commit(commits, of: "g", by: Committer(source: .consumer)).count
    }
    let database = try files.foreign()
    _ = await log.delete([try #require(log.catalog()["gone"]).id])
    #expect(log.catalog()["gone"] == nil)
    #expect(try database.rows("SELECT DISTINCT topic FROM messages") == ["kept"])
    #expect(try database.rows("SELECT topic FROM topic_sizes") == ["kept"])
    #expect(try await log.positions() == [kept: 1])
    try await until(log) { try database.integer("SELECT count(*) FROM deleted_partitions") == 0 }
    #expect(try database.rows("SELECT id FROM partitions") == [String(kept.value)])
    #expect(
      try database.rows("SELECT partition_id FROM committed_offsets") == [String(kept.value)])
    let forgotten =
      "SELECT count(*) FROM offset_history WHERE topic = 'gone' AND offset_after IS NULL"
    #expect(try database.integer(forgotten) == Int64(Self.many))
    let tables = try database.rows(
      "SELECT tbl_name FROM sqlite_schema WHERE name LIKE 'records%' GROUP BY 1")
    #expect(tables == [RecordTables.name(kept)])
    #expect(try database.integer("SELECT count(*) FROM messages") == 1)
    log.close()
  }

  @Test("a deletion that a crash has cut short goes on, and views stay whole")
  func deletionCutShort() async throws {
    let files = try FileStorage()
    let first = try files.open()
    let gone = try await first.makeTopic("gone", partitions: Self.many)
    let kept = try await first.makeTopic("kept")[0]
    try await first.write(try batch("text"), to: gone[5])
    try await first.write(try batch("text"), to: kept)
    first.close()
    let database = try files.foreign()
    // What the turn leaves that takes the topic away, with the view it shares still to be made anew.
    try database.execute(
      """
      INSERT INTO deleted_partitions SELECT id, 0 FROM partitions
        WHERE topic_id = (SELECT id FROM topics WHERE name = 'gone');
      DELETE FROM topics WHERE name = 'gone';
      DROP VIEW topic_gone;
      """)
    let second = try files.open()
    #expect(second.catalog()["gone"] == nil)
    #expect(second.bounds(of: gone[5]) == nil)
    try await until(second) { try database.integer("SELECT count(*) FROM deleted_partitions") == 0 }
    #expect(try database.rows("SELECT id FROM partitions") == [String(kept.value)])
    #expect(try database.rows("SELECT topic, value FROM messages") == ["kept|text"])
    second.close()
  }

  @Test("a topic that is deleted while it grows leaves nothing")
  func deletedWhileGrowing() async throws {
    let files = try FileStorage()
    let log = try files.open()
    _ = try await log.makeTopic("grows", partitions: 3)
    let id = try #require(log.catalog()["grows"]).id
    async let growth = log.grow(id, to: 9_000)
    async let deletion = log.delete([id])
    let (grown, deleted) = await (growth, deletion)
    #expect((try? deleted[0].get()) != nil)
    if case .failure(let error) = grown { #expect(error == .unknownTopic) }
    let database = try files.foreign()
    try await until(log) { try database.integer("SELECT count(*) FROM deleted_partitions") == 0 }
    #expect(try database.integer("SELECT count(*) FROM partitions") == 0)
    log.close()
  }
}
