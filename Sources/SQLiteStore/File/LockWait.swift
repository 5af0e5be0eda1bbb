import LogStorage
import Threads

/// A turn that cannot begin because another process holds the right to write, and what is said of it.
struct LockWait {
  private static let longest: Int64 = 20_000
  /// Between two sentences about the same wait.
  private static let interval: Int64 = 5_000

  private let file: DatabaseFile?
  private let options: SQLiteOptions
  /// Monotonic milliseconds; `nil`: no attempt has failed.
  private var began: Int64?
  private var nextWord: Int64 = 0

  init(_ file: DatabaseFile?, _ options: SQLiteOptions) {
    self.file = file
    self.options = options
  }

  /// An attempt has failed. False when it was the last.
  mutating func goesOn() -> Bool {
    let now = Clock.monotonicMilliseconds()
    let start = began ?? now - Int64(ConnectionSetup.writerPatience)
    began = start
    if now >= nextWord {
      nextWord = now + Self.interval
      options.log(
        .warning,
        "\(holder()) keeps the database locked (a transaction that it has not ended), for"
          + " \((now - start) / 1_000) s now: nothing can be written until it commits")
    }
    return now - start < Self.longest
  }

  /// An attempt has succeeded.
  func hasEnded() {
    guard let began else { return }
    let waited = Clock.monotonicMilliseconds() - began
    options.log(.info, "the database can be written to again, after \(waited) ms")
  }

  private func holder() -> String {
    let pids = file.map { LockTable.writers(of: $0.path + "-shm") } ?? []
    if pids.isEmpty { return "another process" }
    return "process " + pids.map { OtherProcess.described($0) }.joined(separator: ", ")
  }
}
