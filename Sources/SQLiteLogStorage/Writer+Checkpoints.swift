import CSQLite
import LogStorage
import SQLite
import Threads

/// What the writer knows of the write-ahead log's length.
final class CheckpointState {
  private struct Observed {
    /// Pages in the log after the last commit.
    var pages: Int32 = 0
    /// Commits that have written to the log.
    var commits = 0
  }

  /// What the hook has said. SQLite holds this address as long as the connection lives; it is
  /// written on the writer's thread only.
  private let observed: UnsafeMutablePointer<Observed>
  /// Pages that there were after the last checkpoint, which a reader may have kept from going.
  var pagesAfterCheckpoint = 0
  var nextTruncation: Int64 = 0
  /// Monotonic milliseconds: after the disk was found full nothing is tried before this.
  var notBefore: Int64 = 0
  var isLarge = false

  init(observing connection: borrowing Connection) {
    observed = .allocate(capacity: 1)
    observed.initialize(to: Observed())
    connection.onCommit(context: observed) { context, _, _, count in
      let observed = context?.assumingMemoryBound(to: Observed.self)
      observed?.pointee.pages = count
      observed?.pointee.commits += 1
      return SQLITE_OK
    }
  }

  deinit { observed.deallocate() }

  var logPages: Int { Int(observed.pointee.pages) }
  /// Grows with every commit that leaves something in the log: an empty transaction leaves nothing.
  var commits: Int { observed.pointee.commits }

  /// After a truncation, which calls no hook.
  func emptied() {
    observed.pointee.pages = 0
    pagesAfterCheckpoint = 0
    notBefore = 0
    isLarge = false
  }
}

/// Checkpoints are made here only: on the connection that writes, between its transactions.
extension Writer {
  var logBytes: Int { checkpoints.logPages * Int(ConnectionSetup.pageSize) }

  func checkpointIfDue() {
    guard file != nil, latch.error == nil else { return }
    guard checkpoints.notBefore == 0 || Clock.monotonicMilliseconds() >= checkpoints.notBefore
    else { return }
    let grown = checkpoints.logPages - checkpoints.pagesAfterCheckpoint
    if grown < 0 { checkpoints.pagesAfterCheckpoint = 0 }
    do {
      if grown * Int(ConnectionSetup.pageSize) >= options.checkpointBytes { try checkpoint() }
      if logBytes >= options.logHardLimitBytes { try truncateLog() }
    } catch {
      // What the log holds stays there until there is room for it in the database file. Commits go
      // on as long as there is room for them, and after that are refused.
      guard error.isFull else { return failStop(.failed(error.description)) }
      checkpoints.notBefore = Clock.monotonicMilliseconds() + 1_000
      options.log(.error, "the disk is full: \(error)")
    }
  }

  private func checkpoint() throws(SQLiteError) {
    syncer?.waitUntilIdle()
    let result = try connection.checkpoint(.passive)
    // When everything has been copied the next commit starts the log again from its beginning.
    let isComplete = !result.isBusy && result.checkpointedPages == result.logPages
    checkpoints.pagesAfterCheckpoint = isComplete ? 0 : result.logPages
    if isComplete {
      if checkpoints.isLarge { options.log(.info, "the write-ahead log is short again") }
      checkpoints.isLarge = false
    } else if logBytes >= options.logSoftLimitBytes, !checkpoints.isLarge {
      checkpoints.isLarge = true
      options.log(.warning, "the write-ahead log has \(logBytes) bytes; \(pinned())")
    }
  }

  /// Makes readers finish, for as long as appends can bear to wait.
  private func truncateLog() throws(SQLiteError) {
    let time = Clock.monotonicMilliseconds()
    guard time >= checkpoints.nextTruncation else { return }
    checkpoints.nextTruncation = time + 1_000
    syncer?.waitUntilIdle()
    connection.setBusyTimeout(milliseconds: 200)
    defer { connection.setBusyTimeout(milliseconds: 5_000) }
    let result = try connection.checkpoint(.truncate)
    if result.isBusy {
      options.log(.warning, "the write-ahead log has \(logBytes) bytes; \(pinned())")
    } else {
      if checkpoints.isLarge { options.log(.info, "the write-ahead log is short again") }
      checkpoints.emptied()
    }
  }

  private func pinned() -> String {
    let others = file.map { LockTable.readers(of: $0.path + "-shm") } ?? []
    if others.isEmpty { return "a reader keeps it from being emptied" }
    let list = others.map { String($0) }.joined(separator: ", ")
    return "readers in these processes may keep it from being emptied: \(list)"
  }

  /// A full disk: what the log holds can at least be moved into the database file.
  func relieveFullDisk() {
    guard file != nil else { return }
    syncer?.waitUntilIdle()
    connection.setBusyTimeout(milliseconds: 200)
    defer { connection.setBusyTimeout(milliseconds: 5_000) }
    do throws(SQLiteError) {
      if try !connection.checkpoint(.truncate).isBusy { checkpoints.emptied() }
    } catch {
      // Still no room: the next write finds out for itself. Anything else is not survivable.
      if error.isStorageFailure { failStop(.failed(error.description)) }
    }
  }
}
