import ActaModel
import Foundation
import Glibc
import LogStorage
import LogTestSupport
import ModelLiterals
import SQLite
import Testing
import Threads

@testable import LogEngine
@testable import SQLiteLog
@testable import SQLiteStore

/// Files that are taken away under a log that is open.
@Suite("Files that are lost while they are in use")
struct FileLossTests {
  enum Blow: String, CaseIterable {
    case remove, move, replace, cut
  }

  private let files: FileStorage
  private let notices = Recorder<String>()

  init() throws {
    var files = try FileStorage()
    let notices = notices
    files.options.log = { _, text in notices.append(text) }
    // Only what a commit finds by itself, unless a test waits.
    files.options.foreignPollMilliseconds = 100
    self.files = files
  }

  private func strike(_ path: String, _ blow: Blow) throws {
    switch blow {
    case .remove: try FileManager.default.removeItem(atPath: path)
    case .move: try FileManager.default.moveItem(atPath: path, toPath: path + ".moved")
    case .replace:
      try Data(repeating: 0, count: 1 << 20).write(to: URL(fileURLWithPath: path + ".new"))
      try #require(rename(path + ".new", path) == 0)
    case .cut: try #require(truncate(path, 0) == 0)
    }
  }

  @Test(
    "the next commit is acknowledged to nobody, and a sentence names the file",
    arguments: ["", "-wal", "-shm"], [Blow.remove, .move, .replace])
  func commit(_ suffix: String, _ blow: Blow) async throws {
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    try await log.write(try batch("kept"), to: partition)
    try strike(files.path + suffix, blow)
    for point in [AcknowledgePoint.committed, .synced] {
      let result = await log.append(
        [PartitionAppend(partition: partition, batch: try batch("lost"))], point)[0]
      guard case .failure(.failed(let reason)) = result else {
        Issue.record("\(result)")
        return
      }
      #expect(reason.contains(files.path + suffix + " was re"), "\(reason)")
    }
    log.close()
  }

  @Test("a log that is cut short is noticed before the next commit")
  func cutLog() async throws {
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    try await log.write(try batch("kept"), to: partition)
    try strike(files.path + "-wal", .cut)
    let result = await log.append(
      [PartitionAppend(partition: partition, batch: try batch("lost"))])[0]
    guard case .failure(.failed(let reason)) = result else {
      Issue.record("\(result)")
      return
    }
    #expect(reason.contains("-wal was cut from"), "\(reason)")
    log.close()
  }

  @Test(
    "an idle log notices within a second or so",
    arguments: zip(["", "-wal", "-shm", "", "-wal"], [Blow.remove, .remove, .remove, .cut, .cut]))
  func idle(_ suffix: String, _ blow: Blow) async throws {
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    try await log.write(try batch("kept"), to: partition)
    let stopped = Monitor<StorageError?>(nil)
    log.observeFailure { error in stopped.update { $0 = error } }
    try strike(files.path + suffix, blow)
    let patience = Clock.monotonicMilliseconds() + 10_000
    guard case .failed(let reason) = stopped.wait(until: patience, { $0 }) else {
      Issue.record("it goes on")
      return
    }
    #expect(reason.contains(files.path + suffix + " was"), "\(reason)")
    log.close()
  }

  @Test("what a removed log held is in the database all the same")
  func rescue() async throws {
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    for round in 0..<20 { try await log.write(try batch("kept \(round)"), to: partition) }
    try strike(files.path + "-wal", .remove)
    let result = await log.append(
      [PartitionAppend(partition: partition, batch: try batch("lost"))])[0]
    #expect(
      result != .success(AppendOutcome(baseOffset: 20, logStartOffset: 0, isDuplicate: false)))
    // As it stands, before anything is closed.
    let copy = files.directory.path("copy.db")
    try FileManager.default.copyItem(atPath: files.path, toPath: copy)
    let again = try LogEngine.open(.file(copy), options: files.options)
    #expect(try await again.values(partition) == (0..<20).map { "kept \($0)" })
    again.close()
    log.close()
    #expect(notices.values.contains { $0.contains("moved into the database") })
  }

  /// What the look finds that is due now and then.
  private func look(_ log: LogEngine) async throws -> StoreError? {
    await withCheckedContinuation { done in
      _ = log.shared.queue.enqueueLook { writer in
        do throws(StoreError) {
          try writer.store.checkIdentity()
          done.resume(returning: nil)
        } catch {
          done.resume(returning: error)
        }
      }
    }
  }

  @Test("another process may empty the log and make the database shorter, as checkpoints do")
  func checkpointsOfOthers() async throws {
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    let other = try files.foreign()
    for round in 0..<3 {
      for _ in 0..<5 {
        try await log.write(try batch(String(repeating: "x", count: 50_000)), to: partition)
      }
      #expect(try other.rows("PRAGMA wal_checkpoint(TRUNCATE)") == ["0|0|0"], "\(round)")
      #expect(try fileSize(files.path + "-wal") == 0)
      // A turn that writes nothing comes between, and a look.
      _ = await log.trim([RecordDeletion(partition: partition, beforeOffset: 0)])
      #expect(await log.trim([RecordDeletion(partition: partition, beforeOffset: nil)]).count == 1)
      try other.execute("PRAGMA incremental_vacuum")
      #expect(try other.rows("PRAGMA wal_checkpoint(TRUNCATE)") == ["0|0|0"])
      #expect(try await look(log) == nil)
    }
    try await log.write(try batch("still there"), to: partition)
    let end = try #require(log.bounds(of: partition)).highWatermark
    #expect(try await log.records(partition, from: Offset(end.value - 1)).count == 1)
    log.close()
  }
}
