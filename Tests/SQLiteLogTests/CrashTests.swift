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

/// The disk as it may be after a loss of power: every write is known,
/// and which of them had been synced.
///
/// Serialized, since there is one recording in a process.
@Suite("Loss of power and failing disks", .serialized)
struct CrashTests {
  func recordedFiles() throws -> FileStorage {
    #expect(recording_register() == 0)
    var files = try FileStorage()
    files.options.vfs = "recording"
    files.options.checkpointBytes = 256 << 10
    return files
  }

  /// What was known when this many operations had been made.
  private struct Promise: Sendable {
    let operations: Int64
    let offsets: [PartitionID: Offset]
  }

  private struct History {
    /// High watermarks that were published: these must be kept.
    let published: [Promise]
    /// What was acknowledged after COMMIT alone: this may be lost.
    let committed: [Promise]
  }

  @Test(
    "nothing below a published high watermark is lost, whatever of the rest survives, whoever writes",
    arguments: [0, WriterLending().requestsBefore])
  func prefixes(requestsBeforeLending: Int) async throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var generator = SeededGenerator(seed: seed)
    var files = try recordedFiles()
    files.options.lending.requestsBefore = requestsBeforeLending
    recording_start()
    let history = try await workload(files, &generator)
    let count = recording_stop()
    #expect(count > 500, "the workload is too small to mean anything")
    let images = try TemporaryDirectory()
    var playback = DiskPlayback()
    var lossesAllowed = 0
    for point in points(count, history) {
      let promised = history.published.last { $0.operations <= point }?.offsets ?? [:]
      let committed = history.committed.last { $0.operations <= point }?.offsets ?? [:]
      for survival in Survival.allCases {
        let image = playback.image(after: point, survival, &generator)
        let ends = try await check(
          image, in: images, promised, "seed \(seed), operation \(point), \(survival)")
        if committed.contains(where: { ends[$0.key] ?? 0 < $0.value }) { lossesAllowed += 1 }
      }
    }
    // Otherwise the images would not be those of a loss of power, and the test could not fail.
    #expect(lossesAllowed > 0, "seed \(seed)")
  }

  /// Some of all, and some where only COMMIT had been acknowledged. `ACTA_CRASH_POINTS` asks for
  /// more of them.
  private func points(_ count: Int64, _ history: History) -> [Int64] {
    let wanted =
      ProcessInfo.processInfo.environment["ACTA_CRASH_POINTS"].flatMap { Int64($0) } ?? 24
    let even = stride(from: 1, through: count, by: Int(max(1, count / wanted)))
    let committed = history.committed.enumerated().filter { $0.offset % 12 == 0 }
      .map(\.element.operations)
    return Set(Array(even) + committed + [count]).sorted()
  }

  /// Several appends in flight, so that both ways of syncing are used, with trims between them.
  private func workload(
    _ files: FileStorage, _ generator: inout SeededGenerator
  ) async throws -> History {
    let log = try files.open()
    let partitions = try await log.makeTopic("t", partitions: 3)
    let published = Recorder<Promise>()
    let committed = Recorder<Promise>()
    // Nobody waits: some commits are synced with what follows.
    log.observeAdvances { _ in
      false
    } _: { _ in
      // Bounds first: what they promise must be kept by every later image.
      let marks = partitions.map { ($0, log.bounds(of: $0)?.highWatermark ?? 0) }
      published.append(
        Promise(operations: recording_count(), offsets: Dictionary(uniqueKeysWithValues: marks)))
    }
    for round in 0..<60 {
      let appends = try (0..<4).map { index in
        let count = Int.random(in: 1...20, using: &generator)
        let size = Int.random(in: 10...2_000, using: &generator)
        let records = (0..<count).map { _ in
          TestRecord(value: "\(round)/\(index) " + String(repeating: "x", count: size))
        }
        return PartitionAppend(
          partition: partitions[index % partitions.count],
          batch: try producedBatch(records, producer: producer(index, round)))
      }
      log.append([appends[0]], acknowledge: .committed) { _ in
        let end = log.bounds(of: partitions[0])?.logEndOffset ?? 0
        committed.append(Promise(operations: recording_count(), offsets: [partitions[0]: end]))
      }
      log.append([appends[1]], acknowledge: .synced) { _ in }
      _ = await log.append([appends[2], appends[3]], round % 3 == 0 ? .synced : .committed)
      if round % 20 == 19 {
        _ = await log.trim([RecordDeletion(partition: partitions[0], beforeOffset: nil)])
      }
    }
    log.close()
    return History(published: published.values, committed: committed.values)
  }

  private func producer(_ index: Int, _ round: Int) -> TestProducer {
    index == 1 ? TestProducer(id: 5, epoch: Int16(round), sequence: 0) : TestProducer()
  }

  /// Opens the image and compares; returns where its logs end.
  private func check(
    _ image: DiskImage, in directory: TemporaryDirectory, _ promised: [PartitionID: Offset],
    _ comment: String
  ) async throws -> [PartitionID: Offset] {
    let path = directory.path("image.db")
    try image.write(to: path)
    var options = LogOptions()
    options.tailCacheBytes = 0
    options.allowsNetworkFilesystem = true
    let log: LogEngine
    do {
      log = try LogEngine.open(.file(path), options: options)
    } catch {
      // Before the file was first made whole there was nothing to promise.
      #expect(promised.isEmpty, "\(comment): \(error)")
      return [:]
    }
    var ends: [PartitionID: Offset] = [:]
    for partition in log.catalog().topics.flatMap(\.partitions) {
      let bounds = try #require(log.bounds(of: partition), "\(comment)")
      ends[partition] = bounds.logEndOffset
      let records = try await log.records(partition, from: bounds.logStartOffset)
      #expect(
        records.map(\.offset) == Array(bounds.logStartOffset.value..<bounds.logEndOffset.value),
        "\(comment), partition \(partition)")
    }
    for (partition, offset) in promised {
      #expect(ends[partition] ?? 0 >= offset, "\(comment), partition \(partition)")
    }
    log.close()
    let verdict = try Connection(path: path, mode: .readOnly).text("PRAGMA integrity_check")
    #expect(verdict == "ok", "\(comment)")
    return ends
  }

  // MARK: Failing calls

  @Test("a failed sync stops the storage, and nothing is promised after it")
  func failedSync() async throws {
    let files = try recordedFiles()
    recording_start()
    let log = try files.open()
    let failures = Recorder<StorageError>()
    log.observeFailure { failures.append($0) }
    let partition = try await log.makeTopic("t")[0]
    try await log.write(try batch("kept"), to: partition)
    recording_fail(Int32(recording_sync.rawValue), 1, 0, 1_034, 0)
    let results = [
      await log.append([PartitionAppend(partition: partition, batch: try batch("lost"))])[0],
      await log.append([PartitionAppend(partition: partition, batch: try batch("later"))])[0],
      await log.append(
        [PartitionAppend(partition: partition, batch: try batch("later"))], .committed)[0],
    ]
    for result in results {
      guard case .failure(.failed) = result else {
        Issue.record("acknowledged after a failed sync: \(result)")
        continue
      }
    }
    #expect(failures.values.count == 1)
    #expect(log.bounds(of: partition)?.highWatermark == 1)
    #expect(try await log.values(partition) == ["kept"])
    log.close()
    _ = recording_stop()
  }

  @Test("a failed sync beside the writer stops the storage, too")
  func failedSyncBeside() async throws {
    let files = try recordedFiles()
    recording_start()
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    recording_fail(Int32(recording_sync.rawValue), 1, 0, 1_034, 0)
    // Nobody waits for this sync, so it is the other thread's.
    _ = await log.append(
      [PartitionAppend(partition: partition, batch: try batch("a"))], .committed)
    let later = await log.append([PartitionAppend(partition: partition, batch: try batch("b"))])
    guard case .failure(.failed) = later[0] else {
      Issue.record("acknowledged after a failed sync: \(later)")
      return
    }
    #expect(log.bounds(of: partition)?.highWatermark == 0)
    log.close()
    _ = recording_stop()
  }

  @Test("a disk that is full for a checkpoint keeps nobody from writing while the log has room")
  func fullAtCheckpoint() async throws {
    var files = try recordedFiles()
    let notices = Recorder<String>()
    files.options.checkpointBytes = 1
    files.options.log = { _, text in notices.append(text) }
    recording_start()
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    recording_fail(Int32(recording_write.rawValue), 0, 0, 13, 1)
    for value in ["a", "b", "c"] { try await log.write(try batch(value), to: partition) }
    #expect(notices.values.contains { $0.contains("the disk is full") })
    #expect(try await log.values(partition) == ["a", "b", "c"])
    recording_fail(Int32(recording_write.rawValue), 0, 0, 0, 0)
    try await log.write(try batch("d"), to: partition)
    log.close()
    _ = recording_stop()
    files.options.checkpointBytes = 16 << 20
    let again = try files.open()
    #expect(try await again.values(partition) == ["a", "b", "c", "d"])
    again.close()
  }

  @Test("a failed write of the log stops the storage; a full disk does not")
  func failedWrites() async throws {
    for (code, stops) in [(Int32(778), true), (Int32(13), false)] {
      let files = try recordedFiles()
      recording_start()
      let log = try files.open()
      let partition = try await log.makeTopic("t")[0]
      recording_fail(Int32(recording_write.rawValue), 1, 0, code, 0)
      let append = PartitionAppend(partition: partition, batch: try batch("a"))
      let first = await log.append([append])[0]
      let second = await log.append([append])[0]
      if stops {
        guard case .failure(.failed) = first, case .failure(.failed) = second else {
          Issue.record("it went on after an I/O error: \(first), \(second)")
          continue
        }
      } else {
        #expect(first == .failure(.full))
        #expect(try second.get().baseOffset == 0)
        #expect(try await log.values(partition) == ["a"])
      }
      log.close()
      _ = recording_stop()
    }
  }
}
