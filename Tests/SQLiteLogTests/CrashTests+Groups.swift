import ActaModel
import BatchCodec
import CRecordingVFS
import Foundation
import LogStorage
import LogTestSupport
import ModelLiterals
import SQLite
import Testing

@testable import LogEngine
@testable import SQLiteLog
@testable import SQLiteStore

extension CrashTests {
  /// Positions that were acknowledged when this many operations had been made.
  private struct Acknowledged: Sendable {
    let operations: Int64
    let offsets: [PartitionID: Int64]
  }

  @Test("an acknowledged commit survives a loss of power, and its audit row with it")
  func commits() async throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var generator = SeededGenerator(seed: seed)
    var files = try recordedFiles()
    files.options.auditSliceRows = 16
    recording_start()
    let history = try await commitWorkload(files, &generator)
    let count = recording_stop()
    let wanted =
      ProcessInfo.processInfo.environment["ACTA_CRASH_POINTS"].flatMap { Int64($0) } ?? 24
    let images = try TemporaryDirectory()
    var playback = DiskPlayback()
    var promised = 0
    for point in stride(from: 1, through: count, by: Int(max(1, count / wanted))) {
      let last = history.last { $0.operations <= point }
      if last != nil { promised += 1 }
      for survival in Survival.allCases {
        let image = playback.image(after: point, survival, &generator)
        try await checkCommits(
          image, in: images, last?.offsets ?? [:], "seed \(seed), operation \(point), \(survival)")
      }
    }
    #expect(promised > 10, "seed \(seed)")
  }

  /// Commits of several partitions, some in flight at a time, between appends and deletions.
  private func commitWorkload(
    _ files: FileStorage, _ generator: inout SeededGenerator
  ) async throws -> [Acknowledged] {
    let log = try files.open()
    let partitions = try await log.makeTopic("t", partitions: 3)
    try await log.write([.putGroup(GroupRow(name: "g"))])
    let history = Recorder<Acknowledged>()
    var offsets: [PartitionID: Int64] = [:]
    for round in 0..<80 {
      for _ in 0..<3 {
        let partition = partitions.randomElement(using: &generator)!
        offsets[partition, default: 0] += .random(in: 1...9, using: &generator)
        let commit = OffsetCommit(partition: partition, offset: offsets[partition]!)
        let acknowledged = offsets
        log.turn(
          { transaction in
            _ = try transaction.commit(
              [commit], of: "g", by: Committer(memberID: "\(round % 7)", source: .consumer))
            return {
              history.append(Acknowledged(operations: recording_count(), offsets: acknowledged))
            }
          }, refuse: { Issue.record("\($0)") })
      }
      try await log.write(
        try batch("\(round)"), to: partitions[0], round % 2 == 0 ? .committed : .synced)
    }
    log.close()
    return history.values
  }

  private func checkCommits(
    _ image: DiskImage, in directory: TemporaryDirectory, _ promised: [PartitionID: Int64],
    _ comment: String
  ) async throws {
    let path = directory.path("image.db")
    try image.write(to: path)
    var options = LogOptions()
    options.allowsNetworkFilesystem = true
    let log: LogEngine
    do {
      log = try LogEngine.open(.file(path), options: options)
    } catch {
      #expect(promised.isEmpty, "\(comment): \(error)")
      return
    }
    let positions = try await log.positions()
    for (partition, offset) in promised {
      #expect(positions[partition] ?? -1 >= offset, "\(comment), partition \(partition)")
    }
    log.close()
    let file = try Connection(path: path, mode: .readOnly)
    // Each position is where its history ends, each change begins where the one before it ended,
    // and no row is missing.
    let strays = try file.integer(
      """
      SELECT count(*) FROM committed_offsets AS c WHERE c.committed_offset IS NOT (
        SELECT h.offset_after FROM offset_commits AS h WHERE h.position_id = c.position_id
        ORDER BY h.id DESC LIMIT 1)
      """)
    #expect(strays == 0, "\(comment)")
    let breaks = try file.integer(
      """
      SELECT count(*) FROM (SELECT offset_before, lag(offset_after) OVER (
        PARTITION BY topic, partition ORDER BY id) AS before FROM offset_history)
      WHERE offset_before IS NOT before
      """)
    #expect(breaks == 0, "\(comment)")
    let counts = try file.rows(
      "SELECT count(*) = coalesce(max(id), 0), count(*) = (SELECT count(*) FROM offset_commits) FROM offset_history"
    )
    #expect(counts == ["1|1"], "\(comment)")
    #expect(try file.text("PRAGMA integrity_check") == "ok", "\(comment)")
  }

  // MARK: Transactions that write nothing

  @Test("a request that writes nothing touches no disk")
  func emptyTransaction() async throws {
    let files = try recordedFiles()
    recording_start()
    let log = try files.open()
    try await log.write([.putGroup(GroupRow(name: "g"))])
    // What is left to do after the start must be over.
    for _ in 0..<20 { try await log.write([]) }
    let before = recording_count()
    for _ in 0..<100 { _ = try await log.positions() }
    #expect(recording_count() == before)
    log.close()
    _ = recording_stop()
  }

  @Test("a request that writes nothing is not answered before what it has seen is on disk")
  func emptyTransactionWaits() async throws {
    let files = try recordedFiles()
    recording_start()
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    try await log.write([.putGroup(GroupRow(name: "g"))])
    for round in 1...20 {
      // Nobody waits for this append's sync, so that it is made beside the writer.
      log.append(
        [PartitionAppend(partition: partition, batch: try batch("x"))], acknowledge: .committed
      ) { _ in }
      let end = try await log.turn { _ in log.bounds(of: partition)?.logEndOffset ?? 0 }
      let synced = log.bounds(of: partition)?.highWatermark ?? 0
      #expect(synced >= end, "round \(round)")
    }
    recording_fail(Int32(recording_sync.rawValue), 1, 0, 1_034, 0)
    _ = await log.append(
      [PartitionAppend(partition: partition, batch: try batch("x"))], .committed)
    await #expect(throws: StorageError.self) { try await log.write([]) }
    log.close()
    _ = recording_stop()
  }
}
