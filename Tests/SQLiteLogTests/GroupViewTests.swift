import ActaModel
import LogStorage
import LogTestSupport
import ModelLiterals
import SQLite
import Testing
import Threads

@testable import LogEngine
@testable import SQLiteLog
@testable import SQLiteStore

@Suite("Views of groups")
struct GroupViewTests {
  private func withLog(
    _ body: (FileStorage, LogEngine, TestClock) async throws -> Void
  ) async throws {
    let clock = TestClock()
    var files = try FileStorage()
    files.options.now = { clock.now }
    let log = try files.open()
    try await body(files, log, clock)
    log.close()
  }

  private func rows(_ files: FileStorage, _ sql: String) throws -> [String] {
    try Connection(path: files.path, mode: .readOnly).rows(sql)
  }

  private func member(
    _ name: String, order: Int64, _ partitions: [(String, Int32)]
  ) -> GroupChange {
    .putMember(
      MemberRow(
        memberID: name, clientID: "client-\(name)", clientHost: "/10.0.0.\(order)",
        sessionTimeoutMilliseconds: 10_000, rebalanceTimeoutMilliseconds: 60_000, joinOrder: order,
        classic: MemberRow.ClassicPart(protocols: []),
        partitions: partitions.map { TopicPartition(topic: $0.0, number: $0.1) }),
      group: "g")
  }

  private static let lag = """
    SELECT "group", topic, partition, committed_offset, log_end_offset, lag, oldest_unread_time,
      committed_time, changed_time, metadata, member, client, host
    FROM consumer_lag ORDER BY 1, 2, 3
    """

  @Test("consumer_lag has every committed partition, and those that members have without a commit")
  func consumerLag() async throws {
    try await withLog { files, log, clock in
      let partitions = try await log.makeTopic("t", partitions: 4)
      for partition in partitions.prefix(2) {
        try await log.write(try batch("a", "b"), to: partition)
        clock.advance(by: 1_000)
        try await log.write(try batch("c", "d", "e"), to: partition)
      }
      try await log.write([
        .putGroup(GroupRow(name: "g", state: .stable, protocolType: "consumer")),
        member("m1", order: 1, [("t", 0), ("t", 2)]),
        member("m2", order: 2, [("t", 1), ("gone", 0)]),
        .putGroup(GroupRow(name: "simple")),
      ])
      // In the first batch, in the second, at the end, and of nobody.
      try await log.commit(1, partitions[0])
      clock.advance(by: 500)
      try await log.commit(2, partitions[1], metadata: "x")
      clock.advance(by: 500)
      try await log.commit(2, partitions[1], metadata: "x")
      try await log.commit(0, partitions[3])
      try await log.commit(5, partitions[0], of: "simple")
      #expect(
        try rows(files, Self.lag) == [
          "g|t|0|1|5|4|2023-11-14T22:13:20.000Z|2023-11-14T22:13:22.000Z|2023-11-14T22:13:22.000Z||m1|client-m1|/10.0.0.1",
          "g|t|1|2|5|3|2023-11-14T22:13:22.000Z|2023-11-14T22:13:23.000Z|2023-11-14T22:13:22.500Z|x|m2|client-m2|/10.0.0.2",
          "g|t|2|NULL|0|NULL|NULL|NULL|NULL|NULL|m1|client-m1|/10.0.0.1",
          "g|t|3|0|0|0|NULL|2023-11-14T22:13:23.000Z|2023-11-14T22:13:23.000Z||NULL|NULL|NULL",
          "simple|t|0|5|5|0|NULL|2023-11-14T22:13:23.000Z|2023-11-14T22:13:23.000Z||NULL|NULL|NULL",
        ])
      let age = try #require(
        Int64(try rows(files, "SELECT oldest_unread_age_ms FROM consumer_lag WHERE lag = 4")[0]))
      let expected = Clock.epochMilliseconds() - 1_700_000_000_000
      #expect((expected - 60_000...expected + 1).contains(age))
    }
  }

  @Test("a position below the log's start, or beyond its end, has a lag all the same")
  func lagOutside() async throws {
    try await withLog { files, log, clock in
      let partition = try await log.makeTopic("t")[0]
      try await log.write(try batch("a", "b"), to: partition)
      clock.advance(by: 1_000)
      try await log.write(try batch("c", "d"), to: partition)
      try await log.write([.putGroup(GroupRow(name: "g"))])
      try await log.commit(0, partition)
      _ = await log.trim([RecordDeletion(partition: partition, beforeOffset: 3)])
      let lag = "SELECT lag, oldest_unread_time FROM consumer_lag"
      #expect(try rows(files, lag) == ["4|2023-11-14T22:13:21.000Z"])
      try await log.commit(9, partition)
      #expect(try rows(files, lag) == ["-5|NULL"])
      try await log.commit(4, partition)
      #expect(try rows(files, lag) == ["0|NULL"])
    }
  }

  @Test("group_overview tells the state, since when, and who has what")
  func overview() async throws {
    try await withLog { files, log, clock in
      try await log.write([.putGroup(GroupRow(name: "empty"))])
      let stable = GroupRow(
        name: "g", type: .consumer, state: .stable, protocolType: "consumer",
        protocolName: "range", leaderID: "m1", generation: 7, assignmentEpoch: 7)
      try await log.write([
        .putGroup(stable), member("m1", order: 1, [("t", 0), ("t", 1)]), member("m2", order: 2, []),
      ])
      clock.advance(by: 5_000)
      try await log.write([.putGroup(stable)])
      let sql = """
        SELECT "group", type, state, protocol_type, protocol, generation, members, leader,
          assignment, since FROM group_overview ORDER BY 1
        """
      #expect(
        try rows(files, sql) == [
          "empty|classic|Empty|NULL|NULL|0|0|NULL|{}|2023-11-14T22:13:20.000Z",
          #"g|consumer|Stable|consumer|range|7|2|m1|{"m1":[["t",0],["t",1]],"m2":[]}|2023-11-14T22:13:20.000Z"#,
        ])
      #expect(
        try rows(files, "SELECT partitions, assignment, member FROM member_overview") == [
          #"2|[["t",0],["t",1]]|m1"#, "0|[]|m2",
        ])
      var assigning = stable
      assigning.state = .assigning
      try await log.write([.putGroup(assigning)])
      let since = try rows(files, "SELECT since FROM group_overview WHERE \"group\" = 'g'")
      #expect(since == ["2023-11-14T22:13:25.000Z"])
    }
  }

  @Test("a group's lag is found through indexes")
  func queryPlan() async throws {
    try await withLog { files, log, _ in
      _ = try await log.makeTopic("t")
      let plan = try rows(
        files, #"EXPLAIN QUERY PLAN SELECT * FROM consumer_lag WHERE "group" = 'g'"#)
      // Only what members have, which is JSON, is read as a whole, once.
      let scans = plan.filter { $0.contains("SCAN") }
      #expect(
        scans.allSatisfy { scan in
          ["SCAN m", "SCAN o", "SCAN positions"].contains { scan.contains($0) }
        }, "\(scans)")
      for search in [
        "SEARCH c USING PRIMARY KEY (group_id=?)",
        "SEARCH b USING PRIMARY KEY (partition_id=? AND base_offset>?)",
        "SEARCH f USING PRIMARY KEY (partition_id=? AND base_offset<?)",
        "AUTOMATIC COVERING INDEX (group_id=? AND topic=? AND number=?)",
      ] {
        #expect(plan.contains { $0.contains(search) }, "\(search) is not in \(plan)")
      }
    }
  }

  @Test(
    "the stock shell can read every view, with nothing in the database and with something",
    .enabled(if: StockShell.isInstalled))
  func stockShell() async throws {
    try await withLog { files, log, _ in
      #expect(try counts(files) == "0|0|0|0|0\n")
      let partition = try await log.makeTopic("t")[0]
      try await log.write(try batch("a"), to: partition)
      try await log.write(
        [.putGroup(GroupRow(name: "g"))],
        events: [GroupEvent(group: "g", kind: .created, generation: 0)])
      try await log.commit(0, partition)
      #expect(try counts(files) == "1|1|1|1|0\n")
    }
  }

  private func counts(_ files: FileStorage) throws -> String {
    try StockShell.output(
      of: """
        SELECT (SELECT count(*) FROM (SELECT * FROM consumer_lag)),
          (SELECT count(*) FROM (SELECT * FROM offset_history)),
          (SELECT count(*) FROM (SELECT * FROM group_overview)),
          (SELECT count(*) FROM (SELECT * FROM group_history)),
          (SELECT count(*) FROM (SELECT * FROM member_overview))
        """, on: files.path)
  }
}
