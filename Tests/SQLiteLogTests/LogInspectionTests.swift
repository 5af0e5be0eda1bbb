import ActaModel
import Foundation
import LogStorage
import LogTestSupport
import SQLite
import Testing

@testable import LogEngine
@testable import SQLiteLog
@testable import SQLiteStore

/// Logs as a process leaves them that was killed, and what may become of them.
@Suite("Inspection of a write-ahead log that was left behind")
struct LogInspectionTests {
  private static let frame = 24 + 16_384
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private var path: String { directory.path("copy.db-wal") }

  /// Twenty transactions of one to three frames, and what is left of an earlier generation behind them.
  private func makeLog(rounds: Int = 20) throws -> [UInt8] {
    let database = directory.path("log.db")
    let connection = try Connection(path: database, mode: .readWriteCreate)
    try connection.execute(
      """
      PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;
      CREATE TABLE IF NOT EXISTS t(a)
      """)
    let insert = "INSERT INTO t VALUES (randomblob(20000))"
    for _ in 0..<40 { try connection.execute(insert) }
    _ = try connection.checkpoint(.passive)
    for _ in 0..<rounds { try connection.execute(insert) }
    let bytes = try Data(contentsOf: URL(fileURLWithPath: database + "-wal"))
    return [UInt8](bytes)
  }

  private func inspect(_ bytes: [UInt8], mayHaveLostPower: Bool = true) throws -> LogInspection? {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return LogInspection.of(path, pageSize: 16_384, mayHaveLostPower: mayHaveLostPower)
  }

  private func commits(_ bytes: [UInt8], _ whole: LogInspection) -> [Int] {
    (1...whole.recoveredFrames).filter { number in
      let at = 32 + (number - 1) * Self.frame + 4
      return bytes[at..<at + 4] != [0, 0, 0, 0]
    }
  }

  @Test("a log that is whole is sound, whatever an earlier generation has left behind it")
  func sound() throws {
    let bytes = try makeLog()
    let whole = try #require(try inspect(bytes, mayHaveLostPower: false))
    #expect(whole.verdict == .sound)
    #expect(whole.recoveredFrames >= 20)
    #expect(bytes.count > 32 + whole.recoveredFrames * Self.frame, "nothing old is behind")
    #expect(try inspect([]) == nil)
    #expect(try inspect(Array(bytes[..<20])) == nil)
    #expect(try inspect(Array(bytes[..<32]))?.verdict == .sound)
    #expect(
      try inspect([UInt8](repeating: 0, count: 100_000), mayHaveLostPower: false)?.verdict == .sound
    )
  }

  @Test("a last write that was cut short anywhere is sound")
  func torn() throws {
    var bytes = try makeLog()
    let whole = try #require(try inspect(bytes))
    bytes.removeLast(bytes.count - 32 - whole.recoveredFrames * Self.frame)
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<60 {
      let cut = Int.random(in: 32..<bytes.count, using: &generator)
      #expect(try inspect(Array(bytes[..<cut]), mayHaveLostPower: false)?.verdict == .sound)
    }
  }

  @Test("what a transaction has written that was rolled back is no loss")
  func rolledBack() throws {
    let database = directory.path("log.db")
    let connection = try Connection(path: database, mode: .readWriteCreate)
    try connection.execute(
      """
      PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;
      PRAGMA cache_size = 5; CREATE TABLE t(a)
      """)
    try connection.execute("BEGIN")
    for _ in 0..<30 { try connection.execute("INSERT INTO t VALUES (randomblob(20000))") }
    try connection.execute("ROLLBACK; INSERT INTO t VALUES (1)")
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: database + "-wal")))
    let found = try #require(try inspect(bytes, mayHaveLostPower: false))
    #expect(bytes.count > 32 + (found.recoveredFrames + 5) * Self.frame, "nothing was spilled")
    #expect(found.verdict == .sound)
  }

  @Test("one flipped bit anywhere is damage, and what is behind it is counted")
  func flipped() throws {
    let bytes = try makeLog()
    let whole = try #require(try inspect(bytes))
    let commits = commits(bytes, whole)
    var generator = SeededGenerator(seed: 2)
    for round in 0..<120 {
      // Half of them in the headers of frames.
      let number = Int.random(in: 1...whole.recoveredFrames, using: &generator)
      let within =
        round % 2 == 0
        ? Int.random(in: 0..<24, using: &generator)
        : Int.random(in: 24..<Self.frame, using: &generator)
      var damaged = bytes
      damaged[32 + (number - 1) * Self.frame + within] ^=
        1 << UInt8.random(in: 0..<8, using: &generator)
      let found = try #require(try inspect(damaged))
      let comment = Comment(rawValue: "frame \(number), byte \(within)")
      // The last frames may end no transaction; then nothing that was acknowledged is lost.
      #expect(found.verdict == .damaged, comment)
      #expect(found.firstBadFrame == number, comment)
      let before = commits.last { $0 < number } ?? 0
      #expect(found.recoveredFrames == before, comment)
      #expect(found.lostFrames == whole.recoveredFrames - before, comment)
      #expect(abs(found.lostTransactions - commits.count { $0 >= number }) <= 1, comment)
    }
  }

  @Test("a flipped bit in the log's own header loses all of it, which is told")
  func header() throws {
    let bytes = try makeLog()
    let whole = try #require(try inspect(bytes))
    for byte in 0..<32 {
      var damaged = bytes
      damaged[byte] ^= 4
      let found = try #require(try inspect(damaged))
      #expect(found.verdict == .damaged, "byte \(byte)")
      #expect(found.firstBadFrame == 0)
      #expect(found.recoveredFrames == 0)
      if byte >= 12 || byte < 8 {
        #expect(found.lostFrames == whole.recoveredFrames, "byte \(byte)")
      }
    }
  }

  @Test("a sector that is not there is damage, unless the machine may have gone down")
  func gaps() throws {
    let bytes = try makeLog()
    for length in [512, 4_096, Self.frame] {
      var damaged = bytes
      let start = length == Self.frame ? 32 + 7 * Self.frame : 32 + 7 * Self.frame + 24 + 8_192
      for index in start..<start + length { damaged[index] ^= 0x5a }
      #expect(try inspect(damaged, mayHaveLostPower: false)?.verdict == .damaged, "\(length)")
      let found = try #require(try inspect(damaged, mayHaveLostPower: true))
      #expect(found.verdict == .gaps, "\(length)")
      #expect(found.lostTransactions > 5)
    }
  }

  @Test("the file layout's other byte order is understood")
  func otherOrder() throws {
    var checksum = LogChecksum()
    let words: [UInt32] = [1, 2, 3, 4]
    words.withUnsafeBytes { checksum.add($0, isSwapped: false) }
    var swapped = LogChecksum()
    words.map(\.byteSwapped).withUnsafeBytes { swapped.add($0, isSwapped: true) }
    #expect(checksum == swapped)
  }

  @Test("a start on a damaged log says so, keeps it, and serves what is left")
  func start() async throws {
    let files = try FileStorage()
    let first = try files.open()
    let partition = try await first.makeTopic("t")[0]
    for round in 0..<60 { try await first.write(try batch("value \(round)"), to: partition) }
    let copy = directory.path("copy.db")
    for suffix in ["", "-wal"] {
      try FileManager.default.copyItem(atPath: files.path + suffix, toPath: copy + suffix)
    }
    first.close()
    var log = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    log[log.count * 3 / 4] ^= 16
    try Data(log).write(to: URL(fileURLWithPath: path))
    let errors = Recorder<String>()
    var options = files.options
    options.log = { level, text in if level == .error { errors.append(text) } }
    let second = try LogEngine.open(.file(copy), options: options)
    #expect(errors.values.count == 1)
    #expect(errors.values.first?.contains("\(path) is damaged: frame") == true, "\(errors.values)")
    let kept = try #require(
      try FileManager.default.contentsOfDirectory(atPath: directory.url.path)
        .first { $0.hasPrefix("copy.db-wal.damaged-") })
    #expect([UInt8](try Data(contentsOf: directory.url.appendingPathComponent(kept))) == log)
    let left = try await second.values(partition)
    #expect(left.count < 60)
    #expect(left == (0..<left.count).map { "value \($0)" })
    second.close()
    try LogEngine.open(.file(copy), options: options).close()
    #expect(errors.values.count == 1, "it is told once")
  }
}
