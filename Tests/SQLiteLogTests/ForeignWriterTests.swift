import ActaModel
import BatchCodec
import LogStorage
import ModelLiterals
import SQLite
import Testing

@testable import LogEngine
@testable import SQLiteLog
@testable import SQLiteStore

@Suite("Other processes at the same file")
struct ForeignWriterTests {
  private func withLog(
    _ body: (FileStorage, LogEngine) async throws -> Void
  ) async throws {
    var files = try FileStorage()
    files.options.tailCacheBytes = 0
    let log = try files.open()
    try await body(files, log)
    log.close()
  }

  private func append(_ log: LogEngine, _ partition: PartitionID, _ value: String)
    async throws -> Result<AppendOutcome, StorageError>
  {
    await log.append([PartitionAppend(partition: partition, batch: try batch(value))])[0]
  }

  @Test("what another process has written counts from the next write on")
  func reload() async throws {
    let files = try FileStorage()
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    try await log.write(try batch("a"), to: partition)
    let foreign = try files.foreign()
    try foreign.execute("UPDATE partitions SET next_offset = 10")
    #expect(try await log.write(try batch("b"), to: partition).baseOffset == 10)
    #expect(log.bounds(of: partition)?.highWatermark == 11)
    #expect(try await log.records(partition).map(\.offset) == [0, 10])
    log.close()
  }

  @Test("a row that another process has put far behind the end does not move the offsets")
  func rowBehindTheEnd() async throws {
    try await withLog { files, log in
      let partition = try await log.makeTopic("t")[0]
      try await log.write(try batch("a"), to: partition)
      try files.foreign().execute(
        "INSERT INTO \(RecordTables.name(partition))(\"offset\", timestamp) VALUES (1000, 0)")
      for expected: Int64 in 1...3 {
        let outcome = try await log.write(try batch("b"), to: partition)
        #expect(outcome.baseOffset == Offset(expected))
      }
      #expect(try await log.records(partition).map(\.offset) == [0, 1, 2, 3])
    }
  }

  @Test("a trigger that refuses one partition's rows fails that batch only, and leaves nothing")
  func refusal() async throws {
    try await withLog { files, log in
      let partitions = try await log.makeTopic("t", partitions: 3)
      let foreign = try files.foreign()
      try foreign.execute(
        """
        CREATE TRIGGER refuse BEFORE INSERT ON \(RecordTables.name(partitions[1])) BEGIN
          SELECT raise(ABORT, 'not here');
        END
        """)
      let appends = try partitions.map {
        PartitionAppend(partition: $0, batch: try batch("x", "y"))
      }
      // The first of each pair shares its partition with the second.
      let results = await log.append(appends + appends)
      #expect(results.map { try? $0.get().baseOffset } == [0, nil, 0, 2, nil, 2])
      guard case .failure(.failed(let reason)) = results[1] else {
        Issue.record("the refused batch was \(results[1])")
        return
      }
      #expect(reason.contains("not here"))
      let rows = try foreign.rows(
        "SELECT partition, count(*) FROM messages GROUP BY partition ORDER BY 1")
      #expect(rows == ["0|4", "2|4"])
      let batches = try foreign.rows("SELECT count(*) FROM batches GROUP BY partition_id")
      #expect(batches == ["2", "2"])
      // The storage goes on, and offsets have no gap.
      try foreign.execute("DROP TRIGGER refuse")
      #expect(try await append(log, partitions[1], "z").get().baseOffset == 0)
      #expect(try await append(log, partitions[0], "z").get().baseOffset == 4)
      #expect(try await log.values(partitions[0]) == ["x", "y", "x", "y", "z"])
    }
  }

  @Test("a refused batch leaves no producer state")
  func refusedProducer() async throws {
    try await withLog { files, log in
      let partition = try await log.makeTopic("t")[0]
      let produced = try producedBatch(
        [TestRecord()], producer: TestProducer(id: 1, epoch: 0, sequence: 0))
      let foreign = try files.foreign()
      try foreign.execute(
        """
        CREATE TRIGGER refuse BEFORE INSERT ON \(RecordTables.name(partition)) BEGIN
          SELECT raise(ABORT, 'not now');
        END
        """)
      let refused = await log.append([PartitionAppend(partition: partition, batch: produced)])
      guard case .failure(.failed) = refused[0] else {
        Issue.record("it was not refused: \(refused)")
        return
      }
      try foreign.execute("DROP TRIGGER refuse")
      let outcome = try await log.write(produced, to: partition)
      #expect(outcome == AppendOutcome(baseOffset: 0, logStartOffset: 0, isDuplicate: false))
    }
  }

  @Test(
    "a changed record is noticed, whatever was changed",
    arguments: [
      "UPDATE records_1 SET value = x'00' WHERE \"offset\" = 1",
      "UPDATE records_1 SET key = x'00' WHERE \"offset\" = 1",
      "UPDATE records_1 SET timestamp = timestamp + 1 WHERE \"offset\" = 1",
      "UPDATE records_1 SET headers = '[[\"a\",\"b\"]]' WHERE \"offset\" = 1",
      "UPDATE records_1 SET headers = 'nonsense' WHERE \"offset\" = 1",
      "DELETE FROM records_1 WHERE \"offset\" = 1",
      "UPDATE batches SET records_crc = records_crc + 1 WHERE base_offset = 0",
    ])
  func integrity(_ change: String) async throws {
    try await withLog { files, log in
      let partition = try await log.makeTopic("t")[0]
      #expect(partition == PartitionID(1))
      try await log.write(try batch("a", "b", "c"), to: partition)
      try await log.write(try batch("d"), to: partition)
      try files.foreign().execute(change)
      let read = PartitionRead(partition: partition, offset: 0, maxBytes: 1_000)
      guard case .failure(.corrupt(partition, _, _)) = await log.read([read])[0] else {
        Issue.record("the change was not noticed")
        return
      }
      // The batch behind it can be read.
      #expect(try await log.values(partition, from: 3) == ["d"])
    }
  }

  @Test("batches before a damaged one are still given")
  func damageLater() async throws {
    try await withLog { files, log in
      let partition = try await log.makeTopic("t")[0]
      try await log.write(try batch("a"), to: partition)
      try await log.write(try batch("b"), to: partition)
      try files.foreign().execute("UPDATE records_1 SET value = x'00' WHERE \"offset\" = 1")
      #expect(try await log.values(partition) == ["a"])
    }
  }

  @Test("another server that takes the file over stops this one")
  func takenOver() async throws {
    try await withLog { files, log in
      let partition = try await log.makeTopic("t")[0]
      let failures = Recorder<StorageError>()
      log.observeFailure { failures.append($0) }
      try files.foreign().execute("UPDATE cluster SET value = 'x' WHERE key = 'instance_id'")
      guard case .failure(.failed) = try await append(log, partition, "a") else {
        Issue.record("the write was accepted")
        return
      }
      #expect(failures.values.count == 1)
      guard case .failure(.failed) = try await append(log, partition, "b") else {
        Issue.record("a later write was accepted")
        return
      }
    }
  }

  @Test(
    "numbers that cannot be counted on stop the log, which says where they stand",
    arguments: [
      "UPDATE partitions SET next_offset = 9223372036854775807",
      "UPDATE partitions SET log_start_offset = 5",
      "UPDATE partitions SET log_start_offset = -1",
      "UPDATE partitions SET size_bytes = -9223372036854775808",
      "UPDATE partitions SET record_count = 9223372036854775807",
    ])
  func uncountable(_ change: String) async throws {
    try await withLog { files, log in
      let partition = try await log.makeTopic("t")[0]
      let failures = Recorder<StorageError>()
      log.observeFailure { failures.append($0) }
      try files.foreign().execute(change)
      guard case .failure(.failed) = try await append(log, partition, "a") else {
        Issue.record("the write was accepted")
        return
      }
      #expect("\(failures.values)".contains("partitions cannot be read: in row 1, "))
    }
  }

  @Test("a batch's row may say what it likes of itself: reading goes on or says that it is damaged")
  func nonsense() async throws {
    try await withLog { files, log in
      let partition = try await log.makeTopic("t")[0]
      try await log.write(try batch("a"), to: partition)
      try await log.write(try batch("b"), to: partition)
      for column in ["last_offset", "size_bytes", "record_count", "base_timestamp"] {
        for value in [Int64.min, Int64.max] {
          let sql = "UPDATE batches SET \(column) = \(value) WHERE base_offset = 1"
          // A constraint may keep it out.
          guard (try? files.foreign().execute(sql)) != nil else { continue }
          let read = PartitionRead(partition: partition, offset: 0, maxBytes: 1_000)
          let result = await log.read([read])[0]
          #expect(try result.get().batches.first != nil, "\(sql)")
        }
      }
    }
  }

  @Test(
    "an offset below zero in a row is told by whoever reads it, and stops nobody else",
    arguments: [
      "UPDATE batches SET base_offset = -1", "UPDATE batches SET last_offset = -1",
    ])
  func negative(_ change: String) async throws {
    try await withLog { files, log in
      let partition = try await log.makeTopic("t")[0]
      try await log.write(try batch("a"), to: partition)
      try files.foreign().execute(change)
      let read = PartitionRead(partition: partition, offset: 0, maxBytes: 1_000)
      guard case .failure(.failed(let sentence)) = await log.read([read])[0] else {
        Issue.record("the batch was read")
        return
      }
      #expect(sentence.contains("a batch of partition 1 cannot be read"))
      #expect(try await append(log, partition, "b").get().baseOffset == 1)
    }
  }

  @Test("a trim that meets such a row stops the log, which says where it stands")
  func negativeInTrim() async throws {
    try await withLog { files, log in
      let partition = try await log.makeTopic("t")[0]
      try await log.write(try batch("a"), to: partition)
      let failures = Recorder<StorageError>()
      log.observeFailure { failures.append($0) }
      try files.foreign().execute("UPDATE batches SET last_offset = -1")
      guard
        case .failure(.failed) = await log.trim([
          RecordDeletion(partition: partition, beforeOffset: nil)
        ])[0]
      else {
        Issue.record("the trim went on")
        return
      }
      #expect("\(failures.values)".contains("a batch of partition 1 cannot be read"))
    }
  }

  @Test(
    "a log start that another has moved is kept, and what it left below goes with the next trim")
  func movedStart() async throws {
    try await withLog { files, log in
      let partition = try await log.makeTopic("t")[0]
      for value in ["a", "b", "c", "d"] { try await log.write(try batch(value), to: partition) }
      try files.foreign().execute("UPDATE partitions SET log_start_offset = 3")
      #expect(
        await log.trim([RecordDeletion(partition: partition, beforeOffset: 2)])[0] == .success(3))
      #expect(try files.foreign().integer("SELECT count(*) FROM records_1") == 2)
      #expect(
        await log.trim([RecordDeletion(partition: partition, beforeOffset: 4)])[0] == .success(4))
      #expect(try files.foreign().integer("SELECT count(*) FROM records_1") == 0)
    }
  }
}
