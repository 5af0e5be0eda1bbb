import CGatheringVFS
import CRecordingVFS
import Foundation
import LogTestSupport
import SQLite
import Testing
import Threads

@testable import LogEngine
@testable import SQLiteLog
@testable import SQLiteStore

/// What the layer does that collects the frames of a commit (CGatheringVFS).
extension CrashTests {
  private static let headerSize: Int64 = 24

  private func gathering(over base: String?) throws -> String {
    String(cString: try #require(acta_gathering_vfs(base)))
  }

  /// Small pages and hardly any cache, so that a transaction puts pages into the log before it commits.
  private func spilling(_ path: String, over base: String?) throws -> Connection {
    let connection = try Connection(
      path: path, mode: .readWriteCreate, vfs: try gathering(over: base))
    for pragma in [
      "page_size=512", "journal_mode=wal", "synchronous=1", "wal_autocheckpoint=0", "cache_size=4",
    ] {
      try connection.execute("PRAGMA \(pragma)")
    }
    return connection
  }

  private func logWrites(from start: Int64) -> [recording_operation] {
    (start..<recording_count()).map { recording_get($0) }
      .filter { $0.file == 1 && $0.kind == Int32(recording_write.rawValue) }
  }

  @Test("a commit's frames reach the log in one write")
  func oneWrite() async throws {
    let files = try recordedFiles()
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    try await log.write(try batch("first"), to: partition)
    recording_start()
    try await log.write(try batch("second"), to: partition)
    let writes = logWrites(from: 0)
    _ = recording_stop()
    #expect(writes.count == 1)
    let frame = Self.headerSize + ConnectionSetup.pageSize
    #expect(writes.allSatisfy { $0.size > frame && $0.size.isMultiple(of: frame) })
    log.close()
  }

  @Test("a sync by another thread does not write half of a transaction")
  func syncOfOthers() throws {
    #expect(recording_register() == 0)
    let directory = try TemporaryDirectory()
    let connection = try spilling(directory.path("a.db"), over: "recording")
    try connection.execute("CREATE TABLE t(n INTEGER PRIMARY KEY, b BLOB)")
    let file = try connection.writeAheadLogFile()
    recording_start()
    try connection.execute("BEGIN IMMEDIATE")
    for _ in 0..<20 { try connection.execute("INSERT INTO t(b) VALUES (randomblob(400))") }
    let before = logWrites(from: 0).count
    let thread = WorkerThread(name: "syncer") {
      #expect(throws: Never.self) { try file.sync() }
    }
    thread.join()
    #expect(logWrites(from: 0).count == before)
    try connection.execute("COMMIT")
    #expect(logWrites(from: 0).count > before, "there was something to write")
    _ = recording_stop()
  }

  @Test("what a rolled back transaction had collected overwrites nobody's frames")
  func dropped() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path("a.db")
    let connection = try spilling(path, over: nil)
    let other = try Connection(path: path, mode: .readWrite)
    let reader = try Connection(path: path, mode: .readOnly)
    try connection.execute("CREATE TABLE t(n INTEGER PRIMARY KEY, b BLOB)")
    var kept: [Int] = []
    for number in 1...60 {
      try connection.execute("BEGIN IMMEDIATE")
      for _ in 0..<number { try connection.execute("INSERT INTO t(b) VALUES (randomblob(400))") }
      try connection.execute("ROLLBACK")
      kept += [1_000 + 2 * number, 1_001 + 2 * number]
      try other.execute("INSERT INTO t(n) VALUES (\(kept[kept.count - 2]))")
      try connection.execute("INSERT INTO t(n) VALUES (\(kept[kept.count - 1]))")
      let found = try reader.text("SELECT group_concat(n) FROM t")
      #expect(found == kept.map { "\($0)" }.joined(separator: ","), "after \(number) rows")
    }
    #expect(try reader.text("PRAGMA integrity_check") == "ok")
  }

  /// SQLite 3.40.1 itself loses commits where both come together: `savepointAfterSpill`.
  enum Walk: CaseIterable {
    case spilling
    case savepoints
  }

  @Test(
    "a random walk of two writers leaves what a plain file would have", arguments: Walk.allCases)
  func walk(_ kind: Walk) throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var generator = SeededGenerator(seed: seed)
    let directory = try TemporaryDirectory()
    let path = directory.path("a.db")
    let ours = try spilling(path, over: nil)
    if kind == .savepoints { try ours.execute("PRAGMA cache_spill=0") }
    let others = try Connection(path: path, mode: .readWrite)
    let plain = try Connection(path: directory.path("plain.db"), mode: .readWriteCreate)
    let create = "CREATE TABLE t(n INTEGER PRIMARY KEY, b BLOB)"
    try ours.execute(create)
    try plain.execute(create)
    for step in 0..<150 {
      let isOurs = Int.random(in: 0..<4, using: &generator) > 0
      for statement in script(kind, &generator) {
        try isOurs ? ours.execute(statement) : others.execute(statement)
        try plain.execute(statement)
      }
      if step.isMultiple(of: 50) { _ = try ours.checkpoint(.passive) }
      let question = "SELECT count(*) || ' ' || total(n) || ' ' || total(length(b)) FROM t"
      let expected = try plain.text(question)
      #expect(try others.text(question) == expected, "seed \(seed), step \(step)")
      #expect(try ours.text(question) == expected, "seed \(seed), step \(step)")
      let copy = try copied(path, into: directory)
      #expect(try copy.text(question) == expected, "seed \(seed), step \(step)")
    }
    #expect(try others.text("PRAGMA integrity_check") == "ok", "seed \(seed)")
  }

  /// A transaction, committed or not.
  private func script(_ kind: Walk, _ generator: inout SeededGenerator) -> [String] {
    var statements = ["BEGIN IMMEDIATE"]
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      statements.append("SAVEPOINT s")
      for _ in 0..<Int.random(in: 1...30, using: &generator) {
        let number = Int.random(in: 0..<500, using: &generator)
        statements.append(
          Bool.random(using: &generator)
            ? "INSERT OR REPLACE INTO t VALUES (\(number), zeroblob(\(number)))"
            : "DELETE FROM t WHERE n BETWEEN \(number) AND \(number + 3)")
      }
      if kind == .savepoints, Bool.random(using: &generator) { statements.append("ROLLBACK TO s") }
      statements.append("RELEASE s")
    }
    let isKept = Int.random(in: 0..<3, using: &generator) > 0
    return statements + [isKept ? "COMMIT" : "ROLLBACK"]
  }

  /// The files as a kill would leave them, opened by a stock connection. Copied by another process:
  /// whoever closes a file gives up the locks that its process has on it.
  private func copied(_ path: String, into directory: TemporaryDirectory) throws -> Connection {
    let copy = directory.path("copy.db")
    let copying = Process()
    copying.executableURL = URL(fileURLWithPath: "/bin/sh")
    copying.arguments = [
      "-c", #"rm -f "$2" "$2"-wal "$2"-shm && cp "$1" "$2" && cp "$1"-wal "$2"-wal"#, "sh", path,
      copy,
    ]
    try copying.run()
    copying.waitUntilExit()
    #expect(copying.terminationStatus == 0)
    return try Connection(path: copy, mode: .readWrite)
  }

  @Test(
    "the writer puts no page into the log before it commits, because SQLite 3.40.1 may then lose it"
  )
  func savepointAfterSpill() throws {
    let directory = try TemporaryDirectory()
    let writer = try ConnectionSetup.openWriter(path: directory.path("a.db"), vfs: nil)
    #expect(try writer.integer("PRAGMA cache_spill") != 0, "a migration may be larger than memory")
    try ConnectionSetup.beginServing(writer)
    #expect(try writer.integer("PRAGMA cache_spill") == 0)
  }
}
