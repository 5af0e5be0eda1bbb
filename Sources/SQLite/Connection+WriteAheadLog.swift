import CSQLite

/// What a checkpoint found and did, in pages.
package struct CheckpointResult: Equatable, Sendable {
  package let isBusy: Bool
  /// Pages in the log; after a truncation none.
  package let logPages: Int
  /// Pages of the log that the database file has.
  package let checkpointedPages: Int
}

package enum CheckpointMode: Sendable {
  /// Copies what no reader still needs, waits for nobody.
  case passive
  /// Waits for readers (as long as the busy timeout says), copies everything, empties the file.
  case truncate

  var rawValue: Int32 {
    switch self {
    case .passive: SQLITE_CHECKPOINT_PASSIVE
    case .truncate: SQLITE_CHECKPOINT_TRUNCATE
    }
  }
}

extension Connection {
  /// SQLite before 3.51.3 can corrupt a database when one connection checkpoints while another
  /// writes: call this only on the connection that writes.
  package func checkpoint(_ mode: CheckpointMode) throws(SQLiteError) -> CheckpointResult {
    var logPages: Int32 = 0
    var checkpointed: Int32 = 0
    let code = sqlite3_wal_checkpoint_v2(handle, "main", mode.rawValue, &logPages, &checkpointed)
    guard code == SQLITE_OK || code & 0xff == SQLITE_BUSY else {
      throw SQLiteError.last(of: handle, code: code, operation: "wal_checkpoint")
    }
    return CheckpointResult(
      isBusy: code != SQLITE_OK, logPages: Int(logPages), checkpointedPages: Int(checkpointed))
  }

  /// Calls `hook` after each commit with the number of pages in the log. This replaces SQLite's
  /// automatic checkpoint. `context` must outlive the connection.
  package func onCommit(
    context: UnsafeMutableRawPointer,
    _ hook:
      @convention(c) (
        UnsafeMutableRawPointer?, OpaquePointer?, UnsafePointer<CChar>?, Int32
      ) -> Int32
  ) {
    sqlite3_wal_hook(handle, hook, context)
  }

  /// The log's file object. It stays valid as long as the connection is open and in WAL mode.
  package func writeAheadLogFile() throws(SQLiteError) -> WriteAheadLogFile {
    var file: UnsafeMutablePointer<sqlite3_file>?
    let code = sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file)
    guard code == SQLITE_OK, let file, acta_sqlite3_file_is_open(file) != 0 else {
      throw SQLiteError(
        extendedCode: code == SQLITE_OK ? SQLITE_MISUSE : code,
        message: "the write-ahead log is not open", operation: "SQLITE_FCNTL_JOURNAL_POINTER")
    }
    return WriteAheadLogFile(file: file)
  }
}

/// The write-ahead log's file, to be synced apart from a COMMIT.
///
/// `@unchecked Sendable`: `sync` only calls fdatasync on the file's descriptor. The one flag of
/// the object that it changes, "the directory must be synced too", is cleared by the first call,
/// which the owner makes on the connection's own thread.
package struct WriteAheadLogFile: @unchecked Sendable {
  let file: UnsafeMutablePointer<sqlite3_file>

  /// Returns when every frame written so far is on disk. After an error nothing is known about
  /// any of them, and no later success says otherwise.
  package func sync() throws(SQLiteError) {
    let code = acta_sqlite3_file_sync(file)
    guard code == SQLITE_OK else {
      throw SQLiteError(
        extendedCode: code, message: String(cString: sqlite3_errstr(code)),
        operation: "sync of the write-ahead log")
    }
  }
}
