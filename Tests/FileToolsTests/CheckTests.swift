import FileTools
import LogTestSupport
import SQLite
import SQLiteStore
import Testing

@Suite("Checking a log's file") struct CheckTests {
  @Test("a file as a broker leaves it has nothing wrong")
  func sound() async throws {
    let log = try await SampleLog()
    let check = LogCheck(try StoredLog(reading: log.path))
    #expect(try check.run().all == [])
    #expect(check.summary.partitions == 4)
    #expect(check.summary.records > 10)
  }

  struct Damage: CustomTestStringConvertible {
    let sql: String
    /// What finds it.
    let check: String
    var isRepairable = false
    var testDescription: String { sql }
  }

  static let damages = [
    Damage(sql: "DELETE FROM records_1 WHERE \"offset\" = 1", check: "records"),
    Damage(
      sql: "UPDATE records_1 SET value = x'78656c6c6f' WHERE \"offset\" = 0", check: "checksum"),
    Damage(
      sql: "UPDATE records_1 SET timestamp = timestamp + 1 WHERE \"offset\" = 3", check: "checksum"),
    Damage(sql: "UPDATE records_1 SET headers = '[]' WHERE \"offset\" = 1", check: "checksum"),
    Damage(sql: "UPDATE records_1 SET headers = 'x' WHERE \"offset\" = 1", check: "records"),
    Damage(sql: "DELETE FROM batches WHERE partition_id = 1 AND base_offset = 2", check: "records"),
    Damage(
      sql: "DELETE FROM batches WHERE partition_id = 4 AND base_offset = 4;"
        + " DELETE FROM records_4 WHERE \"offset\" > 3", check: "offsets"),
    Damage(
      sql:
        "UPDATE batches SET size_bytes = size_bytes + 1 WHERE partition_id = 1 AND base_offset = 2",
      check: "sizes"),
    Damage(sql: "UPDATE batches SET record_count = -5 WHERE base_offset = 2", check: "batches"),
    Damage(
      sql:
        "UPDATE batches SET max_timestamp = max_timestamp + 9 WHERE partition_id = 1 AND base_offset = 2",
      check: "timestamps"),
    Damage(
      sql: "UPDATE batches SET max_timestamp_so_far = 1 WHERE partition_id = 1 AND base_offset = 2",
      check: "timestamps"),
    Damage(
      sql: "UPDATE batches SET leader_epoch = -1 WHERE partition_id = 1 AND base_offset = 5",
      check: "leader epochs"),
    Damage(sql: "UPDATE stored_partitions SET next_offset = 1000 WHERE id = 1", check: "offsets"),
    Damage(sql: "UPDATE stored_partitions SET log_start_offset = 1 WHERE id = 4", check: "offsets"),
    Damage(
      sql: "UPDATE stored_partitions SET record_count = record_count + 1 WHERE id = 1",
      check: "sums",
      isRepairable: true),
    Damage(
      sql: "UPDATE stored_partitions SET size_bytes = 0 WHERE id = 4", check: "sums",
      isRepairable: true),
    Damage(
      sql: "UPDATE batches SET appended_records = appended_records + 1 WHERE partition_id = 1",
      check: "sums", isRepairable: true),
    Damage(
      sql: "UPDATE stored_partitions SET producers_through = 1000 WHERE id = 1", check: "producers"),
    Damage(sql: "DROP VIEW messages", check: "schema", isRepairable: true),
    Damage(sql: "DROP VIEW topic_orders", check: "schema", isRepairable: true),
    Damage(sql: "DROP VIEW consumer_lag", check: "schema", isRepairable: true),
    Damage(sql: "DROP INDEX committers_by_member", check: "schema", isRepairable: true),
    Damage(sql: "DROP TRIGGER mark_topics_insert", check: "schema", isRepairable: true),
    Damage(sql: "DROP TABLE records_1", check: "schema"),
    Damage(sql: "DROP TABLE unread_losses", check: "schema"),
    Damage(sql: "DELETE FROM compaction_keys", check: "compaction", isRepairable: true),
    Damage(
      sql: "UPDATE compactions SET key_count = key_count + 1", check: "compaction",
      isRepairable: true),
    Damage(sql: "DELETE FROM transaction_ranges WHERE last_offset IS NULL", check: "transactions"),
    Damage(sql: "DELETE FROM transaction_ranges WHERE last_offset NOTNULL", check: "transactions"),
    Damage(
      sql: "INSERT INTO transaction_ranges VALUES (1, 99, 2, NULL, NULL)", check: "transactions"),
    Damage(
      sql: "UPDATE topics SET has_transactions = 0", check: "transactions", isRepairable: true),
    Damage(sql: "DELETE FROM transactional_ids", check: "transactions"),
    Damage(
      sql: "DELETE FROM topics WHERE name = 'orders'", check: "foreign keys"),
    Damage(
      sql: "INSERT INTO records_4 VALUES (0, 5, NULL, NULL, NULL)", check: "records"),
    Damage(
      sql: """
        INSERT INTO consumer_groups VALUES (1, 'g', 'classic', 'Empty', NULL, NULL, NULL, 1, 0, 1, 1);
        INSERT INTO audited_positions VALUES (1, 'g', 1, 'orders', 0);
        INSERT INTO committed_offsets VALUES (1, 1, 1000, -1, '', 1, 1, NULL, 1)
        """, check: "committed offsets"),
    Damage(
      sql: """
        INSERT INTO consumer_groups VALUES (1, 'g', 'classic', 'Empty', NULL, NULL, NULL, 1, 0, 1, 1);
        INSERT INTO committed_offsets VALUES (1, 2, 0, -1, '', 1, 1, NULL, 17)
        """, check: "audit trail"),
    Damage(
      sql: "INSERT INTO offset_commits VALUES (1, 4, 4, 1, 0, 1, 0, 0, NULL, 0)",
      check: "audit trail"),
    Damage(
      sql:
        "INSERT INTO deleted_partitions VALUES (77, 1); DELETE FROM stored_partitions WHERE id = 2;"
        + " CREATE TABLE records_99(x)", check: "schema"),
  ]

  @Test("each damage is found", arguments: damages)
  func found(_ damage: Damage) async throws {
    let log = try await SampleLog()
    try log.damage(damage.sql)
    let findings = try log.check()
    #expect(findings.all.map(\.check).contains(damage.check), "\(findings.all)")
    #expect(findings.all.allSatisfy { $0.repair != nil || $0.advice != nil }, "\(findings.all)")
  }

  @Test("what is derived is repaired", arguments: damages.filter(\.isRepairable))
  func repaired(_ damage: Damage) async throws {
    let log = try await SampleLog()
    try log.damage(damage.sql)
    let before = try log.check()
    #expect(before.errorCount > 0)
    let repaired = try LogRepair.run(before, path: log.path)
    #expect(repaired.count == before.all.count)
    #expect(try log.check().all == [])
  }

  @Test("while a broker runs, nothing is repaired")
  func served() async throws {
    let log = try await SampleLog()
    try log.damage("UPDATE stored_partitions SET size_bytes = 0 WHERE id = 1")
    let findings = try log.check()
    let editor = try LogEditor(log.path)
    #expect(throws: OpeningError.self) { try LogRepair.run(findings, path: log.path) }
    withExtendedLifetime(editor) {}
  }
}
