import ActaModel
import BatchCodec
import Foundation
import LogStorage
import LogTestSupport
import Migrations
import ModelLiterals
import SQLite
import Testing

@testable import LogEngine
@testable import SQLiteLog
@testable import SQLiteStore

/// Files from before batches had running sums.
@Suite("Files without running sums") struct SumsUpgradeTests {
  private func batch(_ sequence: Int32) throws -> ProducedBatch {
    try producedBatch(
      [TestRecord(value: "\(sequence)")],
      producer: TestProducer(id: 7, epoch: 0, sequence: sequence))
  }

  @Test("keep their sizes, ends and producers, and count on from there")
  func upgrade() async throws {
    let files = try FileStorage()
    var log = try files.open()
    let partitions = try await log.makeTopic("t", partitions: 2)
    let gone = try await log.makeTopic("gone", partitions: 3)
    for sequence: Int32 in 0..<4 {
      for partition in partitions { try await log.write(try batch(sequence), to: partition) }
    }
    _ = await log.trim([RecordDeletion(partition: partitions[0], beforeOffset: 2)])
    _ = await log.trim([RecordDeletion(partition: partitions[1], beforeOffset: nil)])
    _ = await log.delete([try #require(log.catalog()["gone"]).id])
    log.close()
    let sizes =
      "SELECT topic, partition, records, bytes, log_start_offset, log_end_offset FROM topic_sizes"
    let before = try files.foreign().rows(sizes)
    do {
      let foreign = try files.foreign()
      try foreign.takeSumsOut()
      try foreign.execute("DELETE FROM schema_migrations WHERE version > 10")
    }
    log = try files.open()
    #expect(try files.foreign().rows(sizes) == before)
    for partition in partitions {
      #expect(try await log.write(try batch(3), to: partition).isDuplicate)
    }
    for partition in partitions {
      #expect(try await log.write(try batch(4), to: partition).baseOffset == 4)
    }
    let foreign = try files.foreign()
    #expect(
      try foreign.rows(
        """
        SELECT record_count, size_bytes = (
          SELECT sum(size_bytes) FROM batches WHERE partition_id = p.id) FROM partitions AS p
        """) == ["3|1", "1|1"])
    // Whose ids are gone are given to nobody.
    let new = try await log.makeTopic("new")
    #expect(new[0] > gone[2])
    log.close()
    log = try files.open()
    for partition in partitions {
      #expect(try await log.write(try batch(4), to: partition).isDuplicate)
    }
    log.close()
  }
}

extension Connection {
  /// Makes of the newest file what `v0011_running_sums` finds.
  func takeSumsOut() throws {
    let first = Migration.all[0].sql
    let start = try #require(first.range(of: "CREATE TABLE partitions("))
    let end = try #require(first.range(of: ") STRICT;", range: start.lowerBound..<first.endIndex))
    try execute(
      """
      CREATE TABLE kept AS SELECT * FROM partitions;
      CREATE TABLE kept_sequence AS SELECT seq FROM sqlite_sequence WHERE name = 'stored_partitions';
      DROP TRIGGER keep_partition_end;
      DROP VIEW partitions;
      DROP TABLE stored_partitions;
      \(first[start.lowerBound..<end.upperBound])
      INSERT INTO partitions SELECT * FROM kept;
      UPDATE sqlite_sequence SET seq = (SELECT seq FROM kept_sequence) WHERE name = 'partitions';
      DROP TABLE kept_sequence;
      DROP TABLE kept;
      ALTER TABLE batches DROP COLUMN appended_records;
      ALTER TABLE batches DROP COLUMN appended_bytes;
      """)
  }
}
