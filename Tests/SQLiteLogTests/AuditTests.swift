import ActaModel
import LogStorage
import LogTestSupport
import ModelLiterals
import SQLite
import Testing

@testable import LogEngine
@testable import SQLiteLog
@testable import SQLiteStore

/// What the file says of the past.
@Suite("The audit trail")
struct AuditTests {
  private struct Fixture {
    let files: FileStorage
    let clock = TestClock()
    let log: LogEngine
    let partitions: [PartitionID]

    init(sliceRows: Int = 4_096) async throws {
      var files = try FileStorage()
      files.options.now = { [clock] in clock.now }
      files.options.auditSliceRows = sliceRows
      self.files = files
      log = try files.open()
      partitions = try await log.makeTopic("orders", partitions: 2)
      try await log.write([.putGroup(GroupRow(name: "g"))])
    }

    func rows(_ sql: String) throws -> [String] {
      try Connection(path: files.path, mode: .readOnly).rows(sql)
    }

    func count(_ table: String) throws -> Int {
      Int(try rows("SELECT count(*) FROM \(table)")[0]) ?? -1
    }

    /// Runs empty requests through the writer until what it does between them has led there.
    func until(_ condition: () throws -> Bool) async throws {
      for _ in 0..<100_000 {
        if try condition() { return }
        try await log.write([])
      }
      Issue.record("it did not come to an end")
    }
  }

  private func withTrail(
    sliceRows: Int = 4_096, _ body: (Fixture) async throws -> Void
  ) async throws {
    let fixture = try await Fixture(sliceRows: sliceRows)
    try await body(fixture)
    fixture.log.close()
  }

  private static let member = Committer(
    memberID: "m-1", instanceID: "i", clientID: "c", clientHost: "/10.0.0.1", generation: 4,
    source: .consumer)

  @Test("offset_history tells every change: what, when, by whom, and which were rewinds")
  func history() async throws {
    try await withTrail { test in
      try await test.log.commit(
        10, test.partitions[1], metadata: "first", leaderEpoch: 2, by: Self.member)
      test.clock.advance(by: 1_500)
      try await test.log.commit(25, test.partitions[1], by: Self.member)
      try await test.log.commit(
        5, test.partitions[1], by: Committer(clientID: "tool", source: .adminReset))
      let rows = try test.rows(
        """
        SELECT id, time, committed_at, "group", topic, partition, offset_before, offset_after,
          distance, rewound, source, leader_epoch, metadata, generation, member, instance, client,
          host
        FROM offset_history ORDER BY id
        """)
      #expect(
        rows == [
          "1|2023-11-14T22:13:20.000Z|1700000000000|g|orders|1|NULL|10|NULL|0|consumer|2|first|4|m-1|i|c|/10.0.0.1",
          "2|2023-11-14T22:13:21.500Z|1700000001500|g|orders|1|10|25|15|0|consumer|NULL||4|m-1|i|c|/10.0.0.1",
          "3|2023-11-14T22:13:21.500Z|1700000001500|g|orders|1|25|5|-20|1|admin reset|NULL||NULL|NULL|NULL|tool|",
        ])
    }
  }

  @Test("a commit that changes nothing is no history, but refreshes the commit's time")
  func unchanged() async throws {
    try await withTrail { test in
      func kept() throws -> [String] {
        try test.rows("SELECT committed_at, changed_at FROM committed_offsets")
      }
      try await test.log.commit(3, test.partitions[0], metadata: "e\u{301}", leaderEpoch: 1)
      test.clock.advance(by: 10)
      try await test.log.commit(3, test.partitions[0], metadata: "e\u{301}", leaderEpoch: 1)
      #expect(try test.count("offset_history") == 1)
      #expect(try kept() == ["1700000000010|1700000000000"])
      test.clock.advance(by: 10)
      // Another epoch, another text (even if Swift calls it equal), another offset.
      try await test.log.commit(3, test.partitions[0], metadata: "e\u{301}", leaderEpoch: 2)
      try await test.log.commit(3, test.partitions[0], metadata: "\u{e9}", leaderEpoch: 2)
      try await test.log.commit(4, test.partitions[0], metadata: "\u{e9}", leaderEpoch: 2)
      #expect(try test.count("offset_history") == 4)
      #expect(try kept() == ["1700000000020|1700000000020"])
    }
  }

  @Test("whatever makes a group forget a position is told with its reason")
  func forgetting() async throws {
    try await withTrail { test in
      let committer = Committer(clientID: "tool", clientHost: "/h", source: .adminDelete)
      try await test.log.commit(1, test.partitions[0])
      let partition = test.partitions[0]
      _ = try await test.log.turn {
        try $0.deleteOffsets(of: "g", in: [partition], by: committer)
      }
      try await test.log.commit(2, test.partitions[0], expiresAt: 0)
      _ = try await test.log.turn {
        try $0.expireOffsets(of: "g", by: .sinceEmpty, retentionMilliseconds: 0)
      }
      try await test.log.commit(3, test.partitions[0])
      try await test.log.write([.removeGroup(name: "g"), .putGroup(GroupRow(name: "g"))])
      try await test.log.commit(4, test.partitions[0])
      _ = await test.log.delete([try #require(test.log.catalog()["orders"]).id])
      let rows = try test.rows(
        """
        SELECT topic, partition, offset_before, source, client FROM offset_history
        WHERE offset_after IS NULL ORDER BY id
        """)
      #expect(
        rows == [
          "orders|0|1|admin delete|tool", "orders|0|2|expiry|", "orders|0|3|admin delete|",
          "orders|0|4|topic deletion|",
        ])
      let befores = try test.rows(
        "SELECT offset_after FROM offset_history WHERE offset_before IS NULL ORDER BY id")
      #expect(befores == ["1", "2", "3", "4"])
    }
  }

  @Test("group_history tells the other events, in their order")
  func events() async throws {
    try await withTrail { test in
      try await test.log.write(
        [],
        events: [
          GroupEvent(group: "g", kind: .created, generation: 0),
          GroupEvent(
            group: "g", kind: .assigned, generation: 2, memberID: "m", instanceID: "i",
            clientID: "c", clientHost: "/h", reason: "because",
            partitions: [TopicPartition(topic: "a\"b", number: 3)]),
        ])
      let rows = try test.rows(
        """
        SELECT id, time, occurred_at, "group", kind, generation, member, instance, client, host,
          reason, partitions FROM group_history ORDER BY id
        """)
      #expect(
        rows == [
          "1|2023-11-14T22:13:20.000Z|1700000000000|g|created|0|NULL|NULL|NULL|NULL|NULL|NULL",
          #"2|2023-11-14T22:13:20.000Z|1700000000000|g|assigned|2|m|i|c|/h|because|[["a\"b",3]]"#,
        ])
    }
  }

  @Test("history is whole and the same before, while and after rows get into the index")
  func indexing() async throws {
    try await withTrail(sliceRows: 10) { test in
      for offset in 1...57 {
        try await test.log.commit(Int64(offset), test.partitions[offset % 2])
        test.clock.advance(by: 1)
        let seen = try test.rows("SELECT count(*), max(id) FROM offset_history")
        #expect(seen == ["\(offset)|\(offset)"])
      }
      try await test.until { try test.rows("SELECT indexed_through FROM audit_progress") == ["50"] }
      let indexed = try test.rows("SELECT max(id) FROM offset_commits WHERE is_indexed = 1")
      #expect(indexed == ["50"])
      let asOf = try test.rows(
        """
        SELECT partition, offset_after, max(id) FROM offset_history
        WHERE "group" = 'g' AND committed_at <= 1700000000019 GROUP BY topic, partition
        """)
      #expect(asOf == ["0|20|20", "1|19|19"])
      // A restart goes on behind the last row, whether it is indexed or not.
      test.log.close()
      let again = try test.files.open()
      try await again.commit(58, test.partitions[0])
      #expect(try test.rows("SELECT count(*), max(id) FROM offset_history") == ["58|58"])
      again.close()
    }
  }

  @Test("a trim deletes what is older, in slices, and then the names that nothing has any more")
  func trim() async throws {
    try await withTrail(sliceRows: 10) { test in
      let old = Committer(memberID: "old", source: .consumer)
      for offset in 1...40 {
        try await test.log.commit(Int64(offset), test.partitions[0], by: old)
        try await test.log.write([], events: [GroupEvent(group: "g", kind: .joined, generation: 0)])
      }
      let partition = test.partitions[0]
      _ = try await test.log.turn { try $0.deleteOffsets(of: "g", in: [partition], by: old) }
      test.clock.advance(by: 1_000)
      for offset in 1...5 { try await test.log.commit(Int64(offset), test.partitions[1]) }
      let time = test.clock.now
      #expect(await test.log.trimAudit(olderThan: time - 1_000) == .success(0))
      #expect(try test.count("committers") == 2)
      // The committer's row may be named by rows up to 65,536 ahead; bring it within reach.
      try test.files.foreign().execute("UPDATE committers SET used_through = 41 WHERE id = 1")
      #expect(await test.log.trimAudit(olderThan: time) == .success(41 + 40 + 1 + 1))
      #expect(
        try test.rows("SELECT offset_after FROM offset_history") == ["1", "2", "3", "4", "5"])
      #expect(try test.count("group_events") == 0)
      #expect(try test.rows("SELECT partition FROM audited_positions") == ["1"])
      #expect(try test.rows("SELECT member_id FROM committers") == [""])
      // Committers that were known are made again, ids are not given again.
      #expect(await test.log.trimAudit(olderThan: .max) == .success(5))
      try await test.log.commit(9, test.partitions[0], by: old)
      let rows = try test.rows("SELECT id, member, offset_after FROM offset_history")
      #expect(rows == ["47|old|9"])
      test.log.close()
      let again = try test.files.open()
      #expect(await again.trimAudit(olderThan: .max) == .success(1))
      again.close()
      let last = try test.files.open()
      try await last.commit(10, test.partitions[0], by: old)
      #expect(try test.rows("SELECT id, member FROM offset_history") == ["48|old"])
      last.close()
    }
  }

  @Test("a committer's name stays as long as a row has it, however many rows there are")
  func committersInUse() async throws {
    try await withTrail { test in
      try await test.log.commit(1, test.partitions[0], by: Self.member)
      // As if sixty thousand rows had come in between.
      try test.files.foreign().execute("UPDATE committers SET used_through = 0")
      try await test.log.commit(2, test.partitions[0], by: Self.member)
      let ahead = try test.rows("SELECT used_through >= 2 FROM committers")
      #expect(ahead == ["1"])
      _ = await test.log.trimAudit(olderThan: test.clock.now)
      #expect(try test.rows("SELECT member FROM offset_history") == ["m-1", "m-1"])
    }
  }

  @Test("history is found through an index, by group and by time")
  func queryPlans() async throws {
    try await withTrail { test in
      func plan(_ query: String) throws -> [String] {
        try test.rows("EXPLAIN QUERY PLAN \(query)").filter { $0.contains(" c ") }
      }
      for (query, terms) in [
        (#"SELECT * FROM offset_history WHERE "group" = 'g'"#, "(position_id=?)"),
        (
          #"SELECT max(id) FROM offset_history WHERE "group" = 'g' AND committed_at <= 5"#,
          "(position_id=? AND committed_at<?)"
        ),
      ] {
        let steps = try plan(query)
        try #require(steps.count == 3, "\(steps)")
        #expect(steps[0].contains("SEARCH c USING INDEX offset_commits_rewound (position_id=?)"))
        #expect(steps[1].contains("SEARCH c USING INDEX offset_commits_by_position \(terms)"))
        #expect(steps[2].contains("SEARCH c USING INTEGER PRIMARY KEY (rowid>?)"))
      }
      // All of it is read in the order of the rows, and not by way of the index.
      let all = try plan("SELECT count(*) FROM offset_history")
      #expect(
        all.contains { $0.contains("SEARCH c USING INTEGER PRIMARY KEY (rowid<?)") }, "\(all)")
      let latest = try plan("SELECT * FROM offset_history ORDER BY id DESC LIMIT 5")
      #expect(!latest.contains { $0.contains("TEMP B-TREE") }, "\(latest)")
      let events = try test.rows(
        #"EXPLAIN QUERY PLAN SELECT * FROM group_history WHERE "group" = 'g'"#)
      #expect(events[0].contains("group_events_by_group (group_name=?)"))
    }
  }
}
