import ActaModel
import BatchCodec
import CSQLite
import LogStorage
import LogTestSupport
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
    try foreign.execute("UPDATE stored_partitions SET next_offset = 10")
    #expect(try await log.write(try batch("b"), to: partition).baseOffset == 10)
    #expect(log.bounds(of: partition)?.highWatermark == 11)
    #expect(try await log.records(partition).map(\.offset) == [0, 10])
    log.close()
  }

  @Test("an append that finds the file locked is left to the writer, not waited for where it came")
  func locked() async throws {
    var files = try FileStorage()
    files.options.lending.requestsBefore = 0
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    try await log.write(try batch("a"), to: partition)
    let foreign = try files.foreign()
    try foreign.execute("BEGIN IMMEDIATE")
    let (answers, continuation) = AsyncStream.makeStream(of: Offset?.self)
    let append = PartitionAppend(partition: partition, batch: try batch("b"))
    log.append([append], acknowledge: .synced) {
      continuation.yield((try? $0[0].get())?.baseOffset)
    }
    try foreign.execute("COMMIT")
    for await offset in answers {
      #expect(offset == 1)
      break
    }
    log.close()
  }

  @Test(
    "what is appended after another process has cut the log is read, though the watermark stays")
  func cut() async throws {
    let files = try FileStorage()
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    for value in ["a", "b", "c"] { try await log.write(try batch(value), to: partition) }
    let foreign = try files.foreign()
    try foreign.execute(
      """
      BEGIN; DELETE FROM \(RecordTables.name(partition)) WHERE "offset" >= 1;
      DELETE FROM batches WHERE base_offset >= 1;
      UPDATE stored_partitions SET next_offset = 1; COMMIT
      """)
    #expect(try await log.write(try batch("y"), to: partition).baseOffset == 1)
    #expect(log.bounds(of: partition)?.highWatermark == 3)
    #expect(try await log.values(partition) == ["a", "y"])
    #expect(try await log.write(try batch("z"), to: partition).baseOffset == 2)
    #expect(try await log.values(partition) == ["a", "y", "z"])
    log.close()
  }

  @Test("a row that another process puts at the end or behind it is refused by the table")
  func rowAtTheEnd() async throws {
    try await withLog { files, log in
      let partition = try await log.makeTopic("t")[0]
      try await log.write(try batch("a"), to: partition)
      let foreign = try files.foreign()
      for row in [
        "(\"offset\", timestamp) VALUES (1, 0)", "(timestamp) VALUES (0)",
        "(\"offset\", timestamp) VALUES (1000, 0)",
      ] {
        let error = #expect(throws: SQLiteError.self) {
          try foreign.execute("INSERT INTO \(RecordTables.name(partition))\(row)")
        }
        #expect(error?.message.contains("is written by the broker") == true)
      }
      // A record that was deleted may be put back.
      try foreign.execute("DELETE FROM records_1 WHERE \"offset\" = 0")
      try foreign.execute(
        "INSERT INTO records_1 SELECT 0, base_timestamp, NULL, CAST('a' AS BLOB), NULL FROM batches"
      )
      try await log.write(try batch("b"), to: partition)
      #expect(try await log.values(partition) == ["a", "b"])
    }
  }

  @Test("rows that stand at the end all the same block nothing: the log goes on behind them")
  func rowsWithoutGuard() async throws {
    var files = try FileStorage()
    let notices = Recorder<String>()
    files.options.tailCacheBytes = 0
    files.options.log = { level, text in if level == .error { notices.append(text) } }
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    try await log.write(try batch("a"), to: partition)
    let foreign = try files.foreign()
    try foreign.execute("DROP TRIGGER records_1_guard")
    for offset in [2, 3, 4, 1_000] {
      try foreign.execute("INSERT INTO records_1(\"offset\", timestamp) VALUES (\(offset), 0)")
    }
    // The first fits in before them.
    #expect(try await log.write(try batch("b"), to: partition).baseOffset == 1)
    #expect(try await log.write(try batch("c", "d"), to: partition).baseOffset == 5)
    #expect(try await log.write(try batch("e"), to: partition).baseOffset == 7)
    #expect(try await log.records(partition).map(\.offset) == [0, 1, 5, 6, 7])
    #expect(
      notices.values == [
        "there are rows from offset 2 to 4 of topic t, partition 0 (table records_1) that were not"
          + " produced: no consumer is given them, and the next record gets offset 5"
      ])
    log.close()
    let again = try files.open()
    #expect(try await again.write(try batch("f"), to: partition).baseOffset == 8)
    #expect(try await again.values(partition) == ["a", "b", "c", "d", "e", "f"])
    #expect(throws: SQLiteError.self) {
      try foreign.execute("INSERT INTO records_1(timestamp) VALUES (0)")
    }
    again.close()
  }

  @Test(
    "a damaged batch is told once, by topic, partition and offset, however often it is asked for")
  func damageIsTold() async throws {
    var files = try FileStorage()
    let notices = Recorder<String>()
    files.options.tailCacheBytes = 0
    files.options.log = { level, text in if level == .error { notices.append(text) } }
    let log = try files.open()
    let partition = try await log.makeTopic("orders", partitions: 2)[1]
    try await log.write(try batch("a"), to: partition)
    try await log.write(try batch("b", "c"), to: partition)
    try files.foreign().execute("DELETE FROM records_2 WHERE \"offset\" = 2")
    for _ in 0..<3 {
      for offset: Offset in [1, 2] {
        let read = PartitionRead(partition: partition, offset: offset, maxBytes: 1_000)
        guard case .failure(.corrupt) = await log.read([read])[0] else {
          Issue.record("the damage was not noticed")
          return
        }
      }
    }
    #expect(
      notices.values == [
        "the batch at offset 1 of topic orders, partition 1 (table records_2) is not what was produced,"
          + " and no consumer is given it: the batch has 1 records, 2 were stored"
      ])
    log.close()
  }

  @Test(
    "tables of an application's with JSON functions in their schema are harmless",
    arguments: [
      "CREATE TABLE app(doc TEXT, s TEXT AS (json_extract(doc, '$.a')))",
      "CREATE TABLE app(doc TEXT CHECK (json_valid(doc)))",
      "CREATE TABLE app(doc TEXT); CREATE INDEX app_a ON app(json_extract(doc, '$.a'))",
      "CREATE TABLE app(doc TEXT, s TEXT AS (doc ->> '$.a') STORED)",
      """
      CREATE TABLE app(doc TEXT); CREATE TRIGGER app_t AFTER INSERT ON app BEGIN
        DELETE FROM app WHERE json_extract(doc, '$.a') = NEW.doc; END
      """,
      "CREATE TABLE app(doc TEXT); CREATE VIEW app_v AS SELECT * FROM app, json_each(app.doc)",
      "CREATE VIRTUAL TABLE app USING fts5(doc)",
    ])
  func applicationSchema(_ schema: String) async throws {
    let files = try FileStorage()
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    let foreign = try files.foreign()
    try foreign.execute(schema)
    try foreign.execute("INSERT INTO app(doc) VALUES ('{\"a\": 1}')")
    try await log.write(try batch("a"), to: partition)
    _ = try await log.makeTopic("u")
    log.close()
    let again = try files.open()
    try await again.write(try batch("b"), to: partition)
    #expect(try await again.values(partition) == ["a", "b"])
    again.close()
  }

  @Test("an index by a function of an application's refuses, and keeps nothing from starting")
  func applicationFunction() async throws {
    let files = try FileStorage()
    var log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    let foreign = try files.foreign()
    let code = sqlite3_create_function_v2(
      foreign.handle, "mine", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nil,
      { context, _, _ in sqlite3_result_int64(context, 1) }, nil, nil, nil)
    #expect(code == SQLITE_OK)
    try foreign.execute("CREATE INDEX odd ON batches(mine(base_offset))")
    for _ in 0..<2 {
      guard case .failure(.refused) = try await append(log, partition, "a") else {
        Issue.record("it was not refused")
        break
      }
      log.close()
      log = try files.open()
    }
    guard case .failure(.refused(let reason)) = try await append(log, partition, "a") else {
      Issue.record("it was not refused")
      return
    }
    #expect(reason.contains("only the application has"))
    try foreign.execute("DROP INDEX odd")
    try await log.write(try batch("a"), to: partition)
    #expect(try await log.values(partition) == ["a"])
    log.close()
  }

  @Test(
    "an index or a trigger of an application's costs what it refuses, and says so",
    arguments: [
      ("CREATE INDEX odd ON records_1(json_extract(value, '$.a'))", "DROP INDEX odd", "malformed"),
      ("CREATE UNIQUE INDEX odd ON records_1(length(value))", "DROP INDEX odd", "UNIQUE"),
      (
        "CREATE TRIGGER odd AFTER INSERT ON records_1 BEGIN SELECT no_such_function(NEW.value); END",
        "DROP TRIGGER odd", "no_such_function"
      ),
      (
        "CREATE TRIGGER odd AFTER INSERT ON records_1 BEGIN SELECT raise(ROLLBACK, 'all back'); END",
        "DROP TRIGGER odd", "all back"
      ),
      (
        "CREATE TRIGGER odd BEFORE INSERT ON batches WHEN NEW.partition_id = 1 BEGIN"
          + " SELECT raise(ABORT, 'not this'); END", "DROP TRIGGER odd", "not this"
      ),
      (
        "CREATE TRIGGER odd AFTER INSERT ON records_1 BEGIN INSERT INTO gone VALUES (1); END",
        "DROP TRIGGER odd", "gone"
      ),
    ])
  func refusedByAnother(_ make: String, _ drop: String, _ reason: String) async throws {
    let files = try FileStorage()
    var log = try files.open()
    let partitions = try await log.makeTopic("t", partitions: 2)
    let foreign = try files.foreign()
    try await log.write(try batch(#"{"a":1}"#), to: partitions[0])
    try foreign.execute(make)
    for isAfterRestart in [false, true] {
      let refused = try await append(log, partitions[0], "no JSON")
      guard case .failure(.refused(let sentence)) = refused else {
        Issue.record("after a restart: \(isAfterRestart): \(refused)")
        break
      }
      #expect(sentence.contains(reason))
      try await log.write(try batch("x"), to: partitions[1])
      log.close()
      log = try files.open()
    }
    try foreign.execute(drop)
    try await log.write(try batch("later"), to: partitions[0])
    #expect(try await log.values(partitions[0]) == [#"{"a":1}"#, "later"])
    #expect(try await log.values(partitions[1]) == ["x", "x"])
    log.close()
  }

  @Test("a trigger that refuses one partition's rows fails that batch only, and leaves nothing")
  func refusal() async throws {
    try await withLog { files, log in
      let partitions = try await log.makeTopic("t", partitions: 3)
      try await log.write(try batch("w"), to: partitions[1])
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
      guard case .failure(.refused(let reason)) = results[1] else {
        Issue.record("the refused batch was \(results[1])")
        return
      }
      #expect(reason.contains("not here"))
      let rows = try foreign.rows(
        "SELECT partition, count(*) FROM messages GROUP BY partition ORDER BY 1")
      #expect(rows == ["0|4", "1|1", "2|4"])
      let batches = try foreign.rows("SELECT count(*) FROM batches GROUP BY partition_id")
      #expect(Set(batches) == ["1", "2"])
      // The storage goes on, and offsets have no gap.
      try foreign.execute("DROP TRIGGER refuse")
      #expect(try await append(log, partitions[1], "z").get().baseOffset == 1)
      #expect(try await append(log, partitions[0], "z").get().baseOffset == 4)
      #expect(try await log.values(partitions[0]) == ["x", "y", "x", "y", "z"])
    }
  }

  @Test("a refused batch leaves no producer state")
  func refusedProducer() async throws {
    try await withLog { files, log in
      let partition = try await log.makeTopic("t")[0]
      try await log.write(try batch("first"), to: partition)
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
      guard case .failure(.refused) = refused[0] else {
        Issue.record("it was not refused: \(refused)")
        return
      }
      try foreign.execute("DROP TRIGGER refuse")
      let outcome = try await log.write(produced, to: partition)
      #expect(outcome == AppendOutcome(baseOffset: 1, logStartOffset: 0, isDuplicate: false))
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
      "UPDATE stored_partitions SET next_offset = 9223372036854775807",
      "UPDATE stored_partitions SET log_start_offset = 5",
      "UPDATE stored_partitions SET log_start_offset = -1",
      "UPDATE stored_partitions SET size_bytes = -9223372036854775808",
      "UPDATE stored_partitions SET record_count = 9223372036854775807",
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
      guard case .failure(let error) = await log.read([read])[0] else {
        Issue.record("the batch was read")
        return
      }
      #expect("\(error)".contains("batches cannot be read: in row 1, "))
      #expect(try await append(log, partition, "b").get().baseOffset == 1)
    }
  }

  @Test("a trim that meets such a row is refused, and stops nobody else")
  func negativeInTrim() async throws {
    try await withLog { files, log in
      let partition = try await log.makeTopic("t")[0]
      try await log.write(try batch("a"), to: partition)
      let failures = Recorder<StorageError>()
      log.observeFailure { failures.append($0) }
      try files.foreign().execute("UPDATE batches SET last_offset = -1")
      guard
        case .failure(.failed(let sentence)) = await log.trim([
          RecordDeletion(partition: partition, beforeOffset: nil)
        ])[0]
      else {
        Issue.record("the trim went on")
        return
      }
      #expect(sentence.contains("batches cannot be read: in row 1, "))
      #expect(failures.values.isEmpty)
      #expect(try await append(log, partition, "b").get().baseOffset == 1)
    }
  }

  @Test(
    "a log start that another has moved is kept, and what it left below goes with the next trim")
  func movedStart() async throws {
    try await withLog { files, log in
      let partition = try await log.makeTopic("t")[0]
      for value in ["a", "b", "c", "d"] { try await log.write(try batch(value), to: partition) }
      try files.foreign().execute("UPDATE stored_partitions SET log_start_offset = 3")
      #expect(
        await log.trim([RecordDeletion(partition: partition, beforeOffset: 2)])[0] == .success(3))
      #expect(try files.foreign().integer("SELECT count(*) FROM records_1") == 2)
      #expect(
        await log.trim([RecordDeletion(partition: partition, beforeOffset: 4)])[0] == .success(4))
      #expect(try files.foreign().integer("SELECT count(*) FROM records_1") == 0)
    }
  }
}
