import CSQLite
import LogStorage
import SQLite
import Threads

/// Keeps the write-ahead log short. Checkpoints are made here only: on the connection that writes,
/// between its turns.
final class Checkpointer {
  private struct Observed {
    /// Pages in the log after the last commit.
    var pages: Int32 = 0
    /// Those of them that are known to be in the file still.
    var pagesInFile: Int32 = 0
    /// Commits that have written to the log.
    var commits = 0
  }

  /// How often it is tried whether readers have gone. A try that is in vain costs next to nothing, and a
  /// reader that comes back at once leaves no more than a moment between two snapshots.
  private static let truncationInterval: Int64 = 50
  private static let firstWaitInterval: Int64 = 1_000
  private static let retryInterval: Int64 = 1_000
  private static let boundInterval: Int64 = 1_000
  /// Where waiting for a reader was in vain, the next time comes later and later, up to this.
  private static let longestInterval: Int64 = 64_000

  private let database: Database
  private let file: DatabaseFile
  private let reserve: DiskReserve
  private let options: SQLiteOptions
  /// Told of every checkpoint: it may have changed the length of the database file.
  var afterCheckpoint: () -> Void = {}
  /// What the hook has said. SQLite holds this address as long as the connection lives; it is
  /// written on the writer's thread only.
  private let observed: UnsafeMutablePointer<Observed>
  /// Of batches since the last checkpoint: pages that it moves once, however often they stand in the log.
  private var appendedBytes = 0
  /// Monotonic microseconds.
  private var lastCheckpoint: Int64 = 0
  /// Pages that there were after the last checkpoint, which a reader may have kept from going.
  private var pagesAfterCheckpoint = 0
  private var nextTruncation: Int64 = 0
  /// When readers are waited for again, and how much later after that.
  private var nextWait: Int64 = 0
  private var waitInterval = Checkpointer.firstWaitInterval
  private var bound = (bytes: 0, until: Int64.min)
  /// Monotonic milliseconds: after the disk was found full nothing is tried before this.
  private var notBefore: Int64 = 0
  private var isLarge = false
  /// One is due however little has been written: the file is to become as short as it is known to be.
  private var isWanted = false

  init(
    _ database: Database, file: DatabaseFile, reserve: DiskReserve, options: SQLiteOptions
  ) {
    self.database = database
    self.file = file
    self.reserve = reserve
    self.options = options
    observed = .allocate(capacity: 1)
    observed.initialize(to: Observed())
    database.connection.onCommit(context: observed) { context, _, _, count in
      let observed = context?.assumingMemoryBound(to: Observed.self)
      observed?.pointee.pages = count
      observed?.pointee.pagesInFile = count
      observed?.pointee.commits += 1
      return SQLITE_OK
    }
  }

  deinit { observed.deallocate() }

  /// Grows with every commit that leaves something in the log: an empty transaction leaves nothing.
  var commits: Int { observed.pointee.commits }

  private var logPages: Int { Int(observed.pointee.pages) }
  var logBytes: Int { logPages * Int(ConnectionSetup.pageSize) }

  /// The log is so long that no more may be added to it.
  var isAtLimit: Bool {
    let bytes = logBytes
    return bytes >= hardLimit && bytes >= limit(of: bytes)
  }

  /// From here on readers are made to let go of the log: before appends have to be refused.
  private var hardLimit: Int { min(options.logHardLimitBytes, options.logMaximumBytes ?? .max) }

  private func limit(of bytes: Int) -> Int {
    if let maximum = options.logMaximumBytes { return maximum }
    let time = Clock.monotonicMilliseconds()
    if time >= bound.until {
      let free = file.freeBytes().map { Int(clamping: $0) } ?? 0
      bound = (max(options.logHardLimitBytes, (free + bytes) / 4), time + Self.boundInterval)
    }
    return bound.bytes
  }

  /// What the log's file has at least.
  var logFileBytes: Int64 {
    let pages = Int64(observed.pointee.pagesInFile)
    let frame = Int64(LogFrames.frameHeaderSize) + ConnectionSetup.pageSize
    return pages == 0 ? 0 : Int64(LogFrames.headerSize) + pages * frame
  }

  /// Pages were given back, which only a checkpoint takes off the file.
  func noteShorterFile() { isWanted = true }

  /// Another process may have emptied the log: its length is known again after the next commit.
  func doubtLog() { observed.pointee.pagesInFile = 0 }

  /// After a truncation, which calls no hook.
  private func emptied() {
    if isLarge { options.log(.info, "the write-ahead log is short again") }
    observed.pointee.pages = 0
    observed.pointee.pagesInFile = 0
    pagesAfterCheckpoint = 0
    notBefore = 0
    isLarge = false
    nextWait = 0
    waitInterval = Self.firstWaitInterval
  }

  // MARK: Checkpoints

  /// Before a checkpoint `settle` must return: a sync under way on another thread would meet it.
  func checkpointIfDue(_ moment: () -> CheckpointMoment, settle: () -> Void) throws {
    guard notBefore == 0 || Clock.monotonicMilliseconds() >= notBefore else { return }
    let grown = logPages - pagesAfterCheckpoint
    if grown < 0 { pagesAfterCheckpoint = 0 }
    do throws(SQLiteError) {
      let bytes = grown * Int(ConnectionSetup.pageSize)
      if isDue(afterGrowthBy: bytes, moment) {
        isWanted = false
        settle()
        try checkpoint()
      }
      if logBytes >= hardLimit { try truncateIfDue(settle: settle) }
    } catch {
      // What the log holds stays there until there is room for it in the database file. Commits go
      // on as long as there is room for them, and after that are refused.
      guard error.isFull else { throw StoreError.device(error.description) }
      // With what was kept back there is room for it now: at the next call.
      if reserve.spend() { return }
      notBefore = Clock.monotonicMilliseconds() + Self.retryInterval
      options.log(.error, "the disk is full: \(error)")
    }
  }

  private func isDue(afterGrowthBy bytes: Int, _ moment: () -> CheckpointMoment) -> Bool {
    if bytes >= 2 * options.checkpointBytes { return true }
    if isWanted || bytes >= options.checkpointBytes { return moment() != .inconvenient }
    // What a reader has kept in the log it may keep there still.
    guard appendedBytes >= options.idleCheckpointBytes, pagesAfterCheckpoint == 0 else {
      return false
    }
    let microseconds = Int(Clock.monotonicMicroseconds() - lastCheckpoint)
    return appendedBytes <= microseconds * options.idleBytesPerMicrosecond && moment() == .idle
  }

  /// Records were put into the log that a checkpoint has to move.
  func noteAppend(bytes: Int) { appendedBytes += bytes }

  private func checkpoint() throws(SQLiteError) {
    appendedBytes = 0
    defer { lastCheckpoint = Clock.monotonicMicroseconds() }
    let result = try database.connection.checkpoint(.passive)
    afterCheckpoint()
    // When everything has been copied the next commit starts the log again from its beginning.
    let isComplete = !result.isBusy && result.checkpointedPages == result.logPages
    pagesAfterCheckpoint = isComplete ? 0 : result.logPages
    if isComplete {
      if isLarge { options.log(.info, "the write-ahead log is short again") }
      isLarge = false
    } else if logBytes >= options.logSoftLimitBytes, !isLarge {
      isLarge = true
      options.log(.warning, "the write-ahead log has \(logBytes) bytes; \(pinned())")
    }
  }

  /// Tries whether readers have gone; now and then waits for them, during which nothing is written. A
  /// reader that stays is waited for seldom.
  private func truncateIfDue(settle: () -> Void) throws(SQLiteError) {
    let time = Clock.monotonicMilliseconds()
    guard time >= nextTruncation else { return }
    nextTruncation = time + Self.truncationInterval
    settle()
    let waits = time >= nextWait
    if try truncate(patience: waits ? ConnectionSetup.readerPatience : 0) { return }
    guard waits else { return }
    nextWait = time + waitInterval
    waitInterval = min(waitInterval * 2, Self.longestInterval)
    options.log(.warning, "the write-ahead log has \(logBytes) bytes; \(pinned())")
  }

  /// False when a reader kept the log.
  private func truncate(patience: Int32) throws(SQLiteError) -> Bool {
    database.connection.setBusyTimeout(milliseconds: patience)
    defer { database.connection.setBusyTimeout(milliseconds: ConnectionSetup.writerPatience) }
    let isBusy = try database.connection.checkpoint(.truncate).isBusy
    afterCheckpoint()
    if isBusy { return false }
    emptied()
    return true
  }

  private func pinned() -> String {
    let others = LockTable.readers(of: file.path + "-shm")
    if others.isEmpty { return "a reader keeps it from being emptied" }
    let list = others.map { OtherProcess.described($0) }.joined(separator: ", ")
    return "readers in these processes keep it from being emptied: \(list)"
  }

  /// A full disk: what the log holds can at least be moved into the database file.
  func relieve(settle: () -> Void) throws {
    if logPages == 0 { return }
    settle()
    do throws(SQLiteError) {
      _ = try truncate(patience: ConnectionSetup.readerPatience)
    } catch {
      // Still no room: the next write finds out for itself. Anything else is not survivable.
      if error.isStorageFailure { throw StoreError.device(error.description) }
    }
  }
}
