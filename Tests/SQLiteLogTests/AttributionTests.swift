import ActaModel
import LogStorage
import LogTestSupport
import Migrations
import SQLite
import Testing

@testable import LogEngine
@testable import SQLiteLog
@testable import SQLiteStore

/// Principals and clients' software in the audit trail, and how a file from before them gets the
/// columns.
@Suite("Attribution of what is audited")
struct AttributionTests {
  private static let alice = Attribution(
    principal: "User:alice", software: "librdkafka", softwareVersion: "2.3.0")

  private static let columns = "principal, client_software, client_software_version"
  /// What a later version has added behind them.
  private static let laterColumns = ["transactional_id", "producer_id"]

  private func columns(of view: String, in files: FileStorage) throws -> [String] {
    try files.foreign().rows("SELECT name FROM pragma_table_info('\(view)') ORDER BY cid")
  }

  @Test("histories end with the principal and the client's software")
  func histories() async throws {
    let files = try FileStorage()
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    try await log.write(
      [.putGroup(GroupRow(name: "g"))],
      events: [
        GroupEvent(group: "g", kind: .created, generation: 0),
        GroupEvent(group: "g", kind: .joined, generation: 1, attribution: Self.alice),
      ])
    try await log.commit(1, partition, by: Committer(attribution: Self.alice, source: .consumer))
    try await log.commit(2, partition, by: Committer(source: .consumer))
    let known = "User:alice|librdkafka|2.3.0"
    for (view, expected) in [
      ("offset_history", [known, "NULL|NULL|NULL"]), ("group_history", ["NULL|NULL|NULL", known]),
    ] {
      let rows = try files.foreign().rows("SELECT \(Self.columns) FROM \(view) ORDER BY id")
      #expect(rows == expected)
      let later = view == "offset_history" ? Self.laterColumns : []
      let all = try columns(of: view, in: files)
      #expect(all.suffix(later.count) == later[...])
      #expect(all.dropLast(later.count).suffix(3).joined(separator: ", ") == Self.columns)
    }
    log.close()
  }

  @Test("who differs in principal or software only is another committer, before and after a start")
  func identity() async throws {
    let files = try FileStorage()
    var parties = [Self.alice, Self.alice, Self.alice, Self.alice]
    parties[1].principal = "User:bob"
    parties[2].software = nil
    parties[3].softwareVersion = "2.4.0"
    var offset: Int64 = 0
    for _ in 0..<2 {
      let log = try files.open()
      let known = log.catalog()["t"]?.partitions
      let partition = if let known { known[0] } else { try await log.makeTopic("t")[0] }
      try await log.write([.putGroup(GroupRow(name: "g"))])
      for party in parties + parties {
        offset += 1
        try await log.commit(
          offset, partition, by: Committer(attribution: party, source: .consumer))
      }
      log.close()
    }
    let kept = try files.foreign().rows("SELECT \(Self.columns) FROM committers ORDER BY id")
    #expect(
      kept == [
        "User:alice|librdkafka|2.3.0", "User:bob|librdkafka|2.3.0", "User:alice|NULL|2.3.0",
        "User:alice|librdkafka|2.4.0",
      ])
  }

  @Test("a file from before has its history without them, and goes on with them")
  func upgrade() async throws {
    let files = try FileStorage()
    try makeOldFile(files)
    let before = try ["offset_history", "group_history"].map { try columns(of: $0, in: files) }
    let log = try files.open()
    let resident = TestResident()
    try log.attach(resident)
    #expect(resident.groups.flatMap(\.members).map(\.memberID) == ["m"])
    #expect(resident.groups.flatMap(\.members).map(\.attribution) == [Attribution()])
    let partition = PartitionID(1)
    let old = Committer(memberID: "m", clientID: "c", clientHost: "/h", source: .consumer)
    var new = old
    new.attribution = Self.alice
    try await log.commit(6, partition, by: old)
    try await log.commit(7, partition, by: new)
    try await log.write(
      [], events: [GroupEvent(group: "g", kind: .left, generation: 2, attribution: Self.alice)])
    let offsets = try files.foreign().rows(
      "SELECT offset_after, client, \(Self.columns) FROM offset_history ORDER BY id")
    #expect(
      offsets == [
        "5|c|NULL|NULL|NULL", "6|c|NULL|NULL|NULL", "7|c|User:alice|librdkafka|2.3.0",
      ])
    let events = try files.foreign().rows(
      "SELECT kind, client, \(Self.columns) FROM group_history ORDER BY id")
    #expect(events == ["joined|c|NULL|NULL|NULL", "left|NULL|User:alice|librdkafka|2.3.0"])
    // The committer of before is found again, and not made anew.
    let committers = try files.foreign().rows("SELECT id, principal FROM committers ORDER BY id")
    #expect(committers == ["1|NULL", "2|User:alice"])
    let after = try ["offset_history", "group_history"].map { try columns(of: $0, in: files) }
    #expect(Array(after[0].dropLast(3 + Self.laterColumns.count)) == before[0])
    #expect(Array(after[1].dropLast(3)) == before[1])
    log.close()
  }

  /// What a program with two migrations leaves, with a row in each table.
  private func makeOldFile(_ files: FileStorage) throws {
    let connection = try ConnectionSetup.openWriter(path: files.path, vfs: nil)
    try SchemaMigrator(migrations: Array(Migration.all.prefix(2)), nowMilliseconds: 0)
      .migrate(connection)
    try connection.execute(RecordTables.definition(PartitionID(1)))
    try connection.execute(
      """
      INSERT INTO topics(uuid, name, view_name, created_at)
        VALUES (x'00112233445566778899aabbccddeeff', 't', 'topic_t', 0);
      INSERT INTO partitions(topic_id, number, view_number) VALUES (1, 0, 1);
      INSERT INTO consumer_groups VALUES
        (1, 'g', 'classic', 'Stable', 'consumer', 'range', 'm', 1, 0, 0, 0);
      INSERT INTO group_members(group_id, member_id, client_id, client_host, session_timeout_ms,
        rebalance_timeout_ms, join_order, partitions, protocols, assignment)
        VALUES (1, 'm', 'c', '/h', 1000, 1000, 0, '[]', '[]', x'');
      INSERT INTO audited_positions VALUES (1, 'g', 1, 't', 0);
      INSERT INTO committers VALUES (1, 'm', NULL, 'c', '/h', 'consumer', 65536);
      INSERT INTO offset_commits VALUES (1, 1, 1, 0, NULL, 5, -1, 1, NULL, 0);
      INSERT INTO committed_offsets VALUES (1, 1, 5, -1, '', 0, 0, NULL, 1);
      INSERT INTO group_events VALUES
        (1, 0, 'g', 'joined', 1, 'm', NULL, 'c', '/h', NULL, NULL);
      """)
  }
}
