import ActaModel
import LogStorage
import LogTestSupport
import ModelLiterals
import SQLite
import Testing

@testable import LogEngine
@testable import SQLiteLog
@testable import SQLiteStore

@Suite("Held positions in SQL") struct HeldOffsetTests {
  private static func committer(_ id: Int64) -> Committer {
    Committer(
      memberID: "", clientID: "c", clientHost: "/h", source: .transaction,
      transactionalID: "tx-\(id)", producerID: ProducerID(id))
  }

  /// Two transactions that are open, each with a position of the same partition.
  private func withLog(
    _ body: (FileStorage, LogEngine, PartitionID) async throws -> Void
  ) async throws {
    let files = try FileStorage()
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    try await log.write([.putGroup(GroupRow(name: "g"))])
    for id in [1, 2] as [Int64] {
      try await log.turn { turn in
        try turn.write(
          TransactionRow(
            transactionalID: "tx-\(id)", producer: ProducerClaim(id: ProducerID(id), epoch: 0),
            timeoutMilliseconds: 60_000, state: .ongoing, groups: [ExactText("g")], startedAt: 1,
            updatedAt: 1))
        _ = try turn.hold(
          [OffsetCommit(partition: partition, offset: id)], of: "g", by: Self.committer(id))
      }
    }
    try await body(files, log, partition)
    log.close()
  }

  @Test("a transactional id that is deleted takes along what it holds")
  func deletedID() async throws {
    try await withLog { files, log, partition in
      let foreign = try files.foreign()
      let rows = "SELECT producer_id, committed_offset, held_order FROM held_offsets ORDER BY 1"
      #expect(try foreign.rows(rows) == ["1|1|1", "2|2|2"])
      try foreign.execute("DELETE FROM transactional_ids WHERE transactional_id = 'tx-2'")
      #expect(try foreign.rows(rows) == ["1|1|1"])
      try foreign.execute("DELETE FROM transactional_ids")
      #expect(try await log.turn { try $0.heldPartitions(of: "g", in: [partition]) }.isEmpty)
    }
  }

  @Test("what others hold in the table is seen")
  func foreignRow() async throws {
    try await withLog { files, log, partition in
      let foreign = try files.foreign()
      try await log.commit(7, partition)
      #expect(try await log.turn { try $0.heldPartitions(of: "g", in: nil) }.isEmpty)
      try foreign.execute(
        """
        INSERT INTO held_offsets SELECT 3, id, \(partition.value), 9, -1, '', NULL, 1, 1, NULL, -1, '',
          NULL, '', '', NULL, NULL, NULL FROM consumer_groups
        """)
      #expect(try await log.turn { try $0.heldPartitions(of: "g", in: nil) } == [partition])
      let claim = ProducerClaim(id: ProducerID(3), epoch: 0)
      try await log.end(claim, isCommit: true, [], groups: ["g"])
      #expect(try await log.positions() == [partition: 9])
    }
  }

  @Test("who asks for some of them, or drops some, does not go through all")
  func plans() async throws {
    try await withLog { files, _, _ in
      let foreign = try files.foreign()
      let place = "group_id = 1 AND partition_id = 1"
      for query in [
        "SELECT 1 FROM held_offsets WHERE \(place) LIMIT 1",
        "SELECT coalesce(max(held_order), 0) + 1 FROM held_offsets WHERE \(place)",
        "DELETE FROM held_offsets WHERE \(place) AND held_order < 3",
        "DELETE FROM held_offsets WHERE partition_id BETWEEN 1 AND 2",
        "DELETE FROM held_offsets WHERE producer_id = 1",
      ] {
        let plan = try foreign.rows("EXPLAIN QUERY PLAN \(query)")
        #expect(plan.allSatisfy { $0.contains("SEARCH") }, "\(query): \(plan)")
      }
    }
  }
}
