import ActaModel
import BatchCodec
import LogStorage
import LogTestSupport
import ModelLiterals
import SQLite
import Testing

@testable import LogEngine
@testable import SQLiteLog
@testable import SQLiteStore

@Suite("Space: deletion, a full database, the write-ahead log")
struct SpaceTests {
  private func big(_ count: Int = 100) throws -> ProducedBatch {
    let text = String(repeating: "x", count: 1_000)
    return try producedBatch((0..<count).map { TestRecord(value: "\($0)" + text) })
  }

  /// Runs empty requests through the writer until `condition` holds; between two of them it works
  /// off a slice of what is left to do.
  private func until(
    _ log: LogEngine, _ condition: () throws -> Bool
  ) async throws {
    for _ in 0..<100_000 {
      if try condition() { return }
      _ = await log.append([])
    }
    Issue.record("it did not come to an end")
  }

  @Test("a deleted topic is freed in slices while others are written")
  func deletion() async throws {
    var files = try FileStorage()
    files.options.deletionSliceRecords = 10
    files.options.deletionSliceBytes = 1_000
    let log = try files.open()
    let gone = try await log.makeTopic("gone", partitions: 2)
    let kept = try await log.makeTopic("kept")[0]
    for partition in gone {
      for _ in 0..<3 { try await log.write(try big(20), to: partition, .committed) }
    }
    let foreign = try Connection(path: files.path, mode: .readOnly)
    _ = await log.delete([try #require(log.catalog()["gone"]).id])
    try await log.write(try batch("meanwhile"), to: kept)
    try await until(log) { try foreign.integer("SELECT count(*) FROM deleted_partitions") == 0 }
    let tables = try foreign.rows(
      "SELECT tbl_name FROM sqlite_schema WHERE name LIKE 'records%' GROUP BY 1")
    #expect(tables == [RecordTables.name(kept)])
    let batches = try foreign.rows("SELECT DISTINCT partition_id FROM batches")
    #expect(batches == [String(kept.value)])
    let epochs = try foreign.rows("SELECT DISTINCT partition_id FROM leader_epochs")
    #expect(epochs == [String(kept.value)])
    #expect(try await log.values(kept) == ["meanwhile"])
    log.close()
  }

  @Test("deletion goes on after a restart")
  func deletionAfterRestart() async throws {
    var files = try FileStorage()
    files.options.deletionSliceRecords = 1
    files.options.deletionSliceBytes = 1_000
    let first = try files.open()
    let gone = try await first.makeTopic("gone")
    try await first.write(try big(100), to: gone[0])
    _ = await first.delete([try #require(first.catalog()["gone"]).id])
    first.close()
    files.options.deletionSliceRecords = 1_000
    let second = try files.open()
    let foreign = try Connection(path: files.path, mode: .readOnly)
    try await until(second) { try foreign.integer("SELECT count(*) FROM deleted_partitions") == 0 }
    let tables = try foreign.rows(
      "SELECT tbl_name FROM sqlite_schema WHERE name LIKE 'records%' GROUP BY 1")
    #expect(tables.isEmpty)
    second.close()
  }

  @Test("a long trim is made of slices and arrives")
  func slicedTrim() async throws {
    let files = try FileStorage()
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    let one = PartitionAppend(partition: partition, batch: try batch("x"))
    for _ in 0..<5 { _ = await log.append(Array(repeating: one, count: 500), .committed) }
    try await log.write(try batch("x"), to: partition)
    let trim = await log.trim([RecordDeletion(partition: partition, beforeOffset: 2_400)])
    #expect(trim == [.success(2_400)])
    #expect(try await log.records(partition, from: 2_400).count == 101)
    let all = RetentionPolicy(deleteBeforeTimestamp: .max, maxBytes: nil)
    #expect(await log.retain(all, partition) == .success(101))
    for _ in 0..<5 { _ = await log.append(Array(repeating: one, count: 500), .synced) }
    #expect(await log.retain(all, partition) == .success(2_500))
    #expect(log.bounds(of: partition)?.logStartOffset == 5_001)
    log.close()
  }

  @Test("a file becomes shorter after retention and after a deletion, and keeps some room")
  func shrinking() async throws {
    var files = try FileStorage()
    files.options.freeBytesKept = 1 << 20
    files.options.vacuumDelayMilliseconds = 0
    files.options.checkpointBytes = 1 << 20
    let log = try files.open()
    let topics = [try await log.makeTopic("a")[0], try await log.makeTopic("b")[0]]
    for partition in topics {
      for _ in 0..<80 { try await log.write(try big(), to: partition, .committed) }
    }
    let foreign = try Connection(path: files.path, mode: .readOnly)
    func bytes(_ pragma: String) throws -> Int {
      Int(try foreign.integer("SELECT \(pragma) FROM storage") ?? -1)
    }
    let full = try bytes("file_bytes")
    #expect(full > 16 << 20)
    let policy = RetentionPolicy(deleteBeforeTimestamp: nil, maxBytes: 1 << 20)
    let deleted = try await log.retain(policy, topics[0]).get()
    #expect(deleted >= 6_800)
    try await until(log) { try bytes("file_bytes") < full * 9 / 10 }
    try await until(log) { try bytes("free_bytes") * 4 <= (try bytes("file_bytes")) }
    _ = await log.delete([try #require(log.catalog()["b"]).id])
    try await until(log) { try bytes("file_bytes") < full / 4 }
    try await until(log) { try bytes("free_bytes") <= 1 << 20 }
    let live = try bytes("live_bytes")
    #expect(live >= 1 << 20)
    #expect(live < 2 << 20)
    // Nothing more has to be written for the file itself to become shorter.
    try await until(log) { try fileSize(files.path) < full / 4 }
    log.close()
  }

  @Test("what retention frees is used again: under a steady load the file stays as it is")
  func steadyLoad() async throws {
    let files = try FileStorage()
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    let policy = RetentionPolicy(deleteBeforeTimestamp: nil, maxBytes: 1 << 20)
    func round() async throws {
      for _ in 0..<10 { try await log.write(try big(), to: partition, .committed) }
      _ = try await log.retain(policy, partition).get()
    }
    for _ in 0..<3 { try await round() }
    let foreign = try Connection(path: files.path, mode: .readOnly)
    let before = try #require(try foreign.integer("SELECT file_bytes FROM storage"))
    for _ in 0..<20 { try await round() }
    let after = try #require(try foreign.integer("SELECT file_bytes FROM storage"))
    #expect(after <= before + (1 << 20))
    #expect(try foreign.integer("SELECT count(*) FROM batches") ?? 0 <= 12)
    log.close()
  }

  @Test("a full database refuses writes, serves reads, and goes on when there is room")
  func full() async throws {
    var files = try FileStorage()
    files.options.maxDatabaseBytes = 2 << 20
    files.options.tailCacheBytes = 0
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    var accepted = 0
    var refusal: StorageError?
    while refusal == nil, accepted < 100 {
      switch await log.append([PartitionAppend(partition: partition, batch: try big())])[0] {
      case .success: accepted += 1
      case .failure(let error): refusal = error
      }
    }
    #expect(refusal == .full)
    #expect(accepted > 5)
    #expect(try await log.records(partition).count == accepted * 100)
    // What was refused has left nothing, and what is freed can be used again.
    _ = await log.trim([RecordDeletion(partition: partition, beforeOffset: 500)])
    #expect(
      try await log.write(try big(), to: partition).baseOffset == Offset(Int64(accepted) * 100))
    log.close()
  }

  @Test("the queue refuses what it cannot hold")
  func overloaded() async throws {
    var files = try FileStorage()
    files.options.maxQueuedBytes = 150_000
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    let append = PartitionAppend(partition: partition, batch: try big())
    let results = Recorder<Result<AppendOutcome, StorageError>>()
    for _ in 0..<50 { log.append([append], acknowledge: .synced) { results.append($0[0]) } }
    log.close()
    let refused = results.values.filter { $0 == .failure(.overloaded) }.count
    #expect(results.values.count == 50)
    #expect(refused > 0)
    #expect(refused < 50)
  }

  @Test(
    "who writes at his ease has little moved at a time; who writes as fast as it goes has not",
    arguments: [true, false])
  func moments(_ isAtEase: Bool) async throws {
    var files = try FileStorage()
    files.options.idleCheckpointBytes = 256 << 10
    files.options.idleBytesPerMicrosecond = isAtEase ? 1 << 10 : 0
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    let before = try fileSize(files.path)
    // 2 MB of batches, and less than half of what has to be in the log otherwise.
    for _ in 0..<20 { try await log.write(try big(), to: partition, .synced) }
    let moved = try fileSize(files.path) - before
    #expect(isAtEase ? moved > 1 << 20 : moved == 0)
    log.close()
  }

  @Test("the write-ahead log stays short, unless a reader pins it, which is noticed")
  func writeAheadLog() async throws {
    var files = try FileStorage()
    let notices = Recorder<String>()
    files.options.checkpointBytes = 1 << 20
    files.options.logSoftLimitBytes = 4 << 20
    files.options.logHardLimitBytes = 8 << 20
    files.options.log = { level, text in if level != .debug { notices.append(text) } }
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    func size() throws -> Int {
      let attributes = try fileSize(files.path + "-wal")
      return attributes
    }
    for _ in 0..<100 { try await log.write(try big(), to: partition, .committed) }
    #expect(try size() < 4 << 20)
    #expect(notices.values == [])

    let reader = try Connection(path: files.path, mode: .readOnly)
    try reader.execute("BEGIN")
    _ = try reader.integer("SELECT count(*) FROM batches")
    for _ in 0..<100 { try await log.write(try big(), to: partition, .committed) }
    #expect(notices.values.contains { $0.contains("write-ahead log has") })
    try reader.execute("COMMIT")
    try await until(log) { try size() < 8 << 20 }
    log.close()
  }

  @Test("a log that a reader keeps does not grow without end: appends are refused until it goes")
  func pinnedLog() async throws {
    var files = try FileStorage()
    files.options.checkpointBytes = 1 << 20
    files.options.logSoftLimitBytes = 1 << 20
    files.options.logHardLimitBytes = 2 << 20
    files.options.logMaximumBytes = 4 << 20
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    try await log.write(try big(), to: partition)
    let reader = try Connection(path: files.path, mode: .readOnly)
    try reader.execute("BEGIN")
    _ = try reader.integer("SELECT count(*) FROM batches")

    func append() async throws -> Result<AppendOutcome, StorageError> {
      await log.append([PartitionAppend(partition: partition, batch: try big())])[0]
    }
    var refusal: StorageError?
    for _ in 0..<200 where refusal == nil {
      if case .failure(let error) = try await append() { refusal = error }
    }
    #expect(refusal == .pinned)
    try await log.write([.putGroup(GroupRow(name: "g"))])
    let commit = try await log.commit(1, partition)
    guard case .failure(.pinned) = commit else {
      Issue.record("a commit was \(commit)")
      return
    }
    #expect(try fileSize(files.path + "-wal") < 6 << 20)

    try reader.execute("COMMIT")
    try await until(log) { try fileSize(files.path + "-wal") < 1 << 20 }
    #expect(try await append().get().baseOffset > 0)
    log.close()
  }
}
