import ActaModel
import BatchCodec
import CRecordingVFS
import LogStorage
import LogTestSupport
import ModelLiterals
import SQLite
import Testing

@testable import LogEngine
@testable import SQLiteLog
@testable import SQLiteStore

extension CrashTests {
  /// The newest record of each key that was acknowledged when so many operations had been made.
  private struct Newest: Sendable {
    let operations: Int64
    let offsets: [String: Int64]
  }

  private static let eager = CompactionPolicy(
    segmentBytes: 1 << 30, segmentMilliseconds: 1, minDirtyRatio: 0,
    deleteRetentionMilliseconds: 1 << 40)
  private static let later: Int64 = 1_700_000_001_000

  @Test("whatever a loss of power leaves of a compaction, the newest record of each key is there")
  func compaction() async throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var generator = SeededGenerator(seed: seed)
    var files = try recordedFiles()
    files.options.compactionWindowRecords = 40
    recording_start()
    let (history, sent) = try await compactedWorkload(files, &generator)
    let count = recording_stop()
    let images = try TemporaryDirectory()
    var playback = DiskPlayback()
    var compacted = 0
    for point in stride(from: 1, through: count, by: Int(max(1, count / 24))) {
      let promised = history.last { $0.operations <= point }?.offsets ?? [:]
      for survival in Survival.allCases {
        let image = playback.image(after: point, survival, &generator)
        let comment = "seed \(seed), operation \(point), \(survival)"
        compacted += try await checkCompacted(image, in: images, promised, sent, comment)
      }
    }
    #expect(compacted > 10, "seed \(seed)")
  }

  private func compactedWorkload(
    _ files: FileStorage, _ generator: inout SeededGenerator
  ) async throws -> (history: [Newest], sent: [String]) {
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    var history: [Newest] = []
    var newest: [String: Int64] = [:]
    var sent: [String] = []
    for round in 0..<40 {
      let keys = (0..<Int.random(in: 1...12, using: &generator)).map { _ in
        "key \(Int.random(in: 0..<20, using: &generator))"
      }
      let batch = try producedBatch(keys.map { TestRecord(key: $0, value: "\($0) \(round)") })
      let offset = try await log.write(batch, to: partition).baseOffset.value
      for (index, key) in keys.enumerated() { newest[key] = offset + Int64(index) }
      sent += keys.map { "\($0) \(round)" }
      history.append(Newest(operations: recording_count(), offsets: newest))
      if round % 4 == 3 {
        _ = try await log.compact(Self.eager, partition, at: Self.later).get()
      }
    }
    log.close()
    return (history, sent)
  }

  /// Returns 1 if the image has gaps.
  private func checkCompacted(
    _ image: DiskImage, in directory: TemporaryDirectory, _ promised: [String: Int64],
    _ sent: [String], _ comment: String
  ) async throws -> Int {
    let path = directory.path("image.db")
    try image.write(to: path)
    var options = LogOptions()
    options.allowsNetworkFilesystem = true
    options.now = { Self.later }
    guard let log = try? LogEngine.open(.file(path), options: options) else {
      #expect(promised.isEmpty, "\(comment)")
      return 0
    }
    var gaps = 0
    for partition in log.catalog().topics.flatMap(\.partitions) {
      let before = try await newest(of: partition, in: log, sent, comment)
      for (key, offset) in promised {
        #expect(before.offsets[key] ?? -1 >= offset, "\(comment), \(key)")
      }
      gaps =
        log.bounds(of: partition).map { Int($0.logEndOffset.value) > before.count ? 1 : 0 } ?? 0
      // What was begun is ended: each key once, the same as before.
      var policy = Self.eager
      policy.segmentMilliseconds = -1
      _ = try await log.compact(policy, partition, at: Self.later + 10).get()
      let after = try await newest(of: partition, in: log, sent, comment)
      #expect(after.offsets == before.offsets, "\(comment)")
      #expect(after.count == after.offsets.count, "\(comment)")
    }
    log.close()
    let file = try Connection(path: path, mode: .readOnly)
    #expect(try file.text("PRAGMA integrity_check") == "ok", "\(comment)")
    let sums = try file.rows(
      """
      SELECT p.record_count = (SELECT count(*) FROM messages),
        p.size_bytes = coalesce((SELECT sum(size_bytes) FROM batches), 0) FROM partitions AS p
      """)
    #expect(sums.allSatisfy { $0 == "1|1" }, "\(comment): \(sums)")
    return gaps
  }

  private func newest(
    of partition: PartitionID, in log: LogEngine, _ sent: [String], _ comment: String
  ) async throws -> (offsets: [String: Int64], count: Int) {
    let records = try await log.records(partition)
    var offsets: [String: Int64] = [:]
    for record in records {
      let value = String(decoding: record.value ?? [], as: UTF8.self)
      #expect(sent[Int(record.offset)] == value, "\(comment), offset \(record.offset)")
      offsets[String(decoding: record.key ?? [], as: UTF8.self)] = record.offset
    }
    return (offsets, records.count)
  }
}
