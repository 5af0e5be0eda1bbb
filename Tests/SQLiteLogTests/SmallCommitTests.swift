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

/// What a small commit writes, and what is derived from it.
@Suite("Small commits") struct SmallCommitTests {
  /// A page and its header, as the write-ahead log has it.
  private static let frame = 16_384 + 24

  private func producer(_ sequence: Int32, id: Int64 = 7) -> TestProducer {
    TestProducer(id: id, epoch: 0, sequence: sequence)
  }

  @Test("a commit of one record writes two pages, whoever sends it", arguments: [false, true])
  func twoPages(_ isIdempotent: Bool) async throws {
    let files = try FileStorage()
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    func write(_ index: Int32) async throws {
      let sender = isIdempotent ? producer(index) : TestProducer()
      try await log.write(
        try producedBatch([TestRecord(value: "a small record")], producer: sender), to: partition)
    }
    // The table, its view and the leader epoch come with the first.
    for index: Int32 in 0..<5 { try await write(index) }
    let before = try fileSize(files.path + "-wal")
    for index: Int32 in 5..<105 { try await write(index) }
    // A page that is full makes another one.
    #expect(try fileSize(files.path + "-wal") - before <= (100 * 2 + 8) * Self.frame)
    let sizes = try files.foreign().rows(
      "SELECT records, bytes = (SELECT sum(size_bytes) FROM batches), log_end_offset FROM topic_sizes"
    )
    #expect(sizes == ["105|1|105"])
    log.close()
  }

  @Test(
    "rows of producers are written every so many batches, when batches go that say more, and at the end"
  )
  func snapshots() async throws {
    var files = try FileStorage()
    files.options.maxBatchesToReplay = 4
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    let foreign = try files.foreign()
    func through() throws -> [String] {
      try foreign.rows("SELECT producers_through FROM stored_partitions")
    }
    func write(_ sequences: ClosedRange<Int32>) async throws {
      for sequence in sequences {
        try await log.write(
          try producedBatch([TestRecord()], producer: producer(sequence)), to: partition)
      }
    }
    try await write(0...2)
    #expect(try through() == ["0"])
    try await write(3...3)
    #expect(try through() == ["4"])
    try await write(4...5)
    #expect(try through() == ["4"])
    _ = await log.trim([RecordDeletion(partition: partition, beforeOffset: 5)])
    #expect(try through() == ["6"])
    try await write(6...6)
    log.close()
    #expect(try through() == ["7"])
    #expect(
      try foreign.rows(
        "SELECT json_array_length(batches), json_extract(batches, '$[4][0]') FROM producer_state")
        == ["5|6"])
    #expect(
      try foreign.rows(
        "SELECT next_offset, record_count, appended_records FROM stored_partitions") == ["7|2|7"])
  }

  @Test("where another process deletes batches, the log's end, its sums and its epoch stay right")
  func foreignDeletion() async throws {
    let files = try FileStorage()
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    for index in 0..<6 { try await log.write(try batch("\(index)"), to: partition) }
    let foreign = try files.foreign()
    let before = try foreign.rows(
      "SELECT next_offset, leader_epoch, max_timestamp FROM partitions")
    for range in ["base_offset = 2", "base_offset > 3", "1"] {
      try foreign.execute("DELETE FROM batches WHERE \(range)")
      #expect(
        try foreign.rows("SELECT next_offset, leader_epoch, max_timestamp FROM partitions")
          == before)
      #expect(
        try foreign.rows(
          """
          SELECT record_count = (SELECT count(*) FROM batches),
            size_bytes = (SELECT coalesce(sum(size_bytes), 0) FROM batches) FROM partitions
          """) == ["1|1"])
    }
    #expect(try await log.write(try batch("later"), to: partition).baseOffset == 6)
    #expect(try foreign.rows("SELECT record_count FROM partitions") == ["1"])
    log.close()
    let again = try files.open()
    #expect(try await again.write(try batch("last"), to: partition).baseOffset == 7)
    #expect(
      try await again.sizes([partition]).get()[partition]
        == foreign.integer("SELECT sum(size_bytes) FROM batches"))
    again.close()
  }

  @Test("a batch that cannot be read tells nothing of its producer, and stops nobody")
  func damagedEvidence() async throws {
    var files = try FileStorage()
    let notices = Recorder<String>()
    files.options.log = { level, text in if level == .error { notices.append(text) } }
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    for id: Int64 in 1...3 {
      try await log.write(
        try producedBatch([TestRecord()], producer: producer(0, id: id)), to: partition)
    }
    let foreign = try files.foreign()
    // With the mark, what memory knows is read anew, as after a kill.
    try foreign.execute(
      """
      UPDATE batches SET producer_epoch = 1 << 20 WHERE base_offset = 1;
      UPDATE change_marks SET changes = changes + 1 WHERE name = 'producers'
      """)
    func resend(_ id: Int64) async throws -> Bool {
      try await log.write(
        try producedBatch([TestRecord()], producer: producer(0, id: id)), to: partition
      ).isDuplicate
    }
    #expect(try await resend(1))
    #expect(try await resend(2) == false)
    #expect(try await resend(3))
    #expect(notices.values.count == 1)
    #expect(notices.values.first?.contains("batches cannot be read: in row 1, 1") == true)
    log.close()
  }
}
