package import LogStorage
import SQLite

/// Whether what is written still arrives where the log was opened.
extension SQLiteStore {
  /// Between turns, now and then.
  package func checkIdentity() throws(StoreError) {
    guard let openFiles else { return }
    if let loss = openFiles.loss(logBytes: checkpointer?.logFileBytes ?? 0) {
      // Another process may have emptied the log, which changes what we would see of the database.
      if !loss.isShortLog { throw abandon(loss) }
      if try !othersHaveWritten() { throw abandon(loss) }
    }
    let loss = openFiles.databaseLoss { [database] in
      (try? database.integer("PRAGMA page_count")).flatMap {
        $0.map { $0 * ConnectionSetup.pageSize }
      }
    }
    if let loss { throw abandon(loss) }
  }

  /// Before a commit, so that none is acknowledged that has gone into a file without a name.
  func checkFilesInTurn() throws(StoreError) {
    guard let openFiles, let loss = openFiles.loss(logBytes: checkpointer?.logFileBytes ?? 0),
      !loss.isShortLog || marks.isAlone
    else { return }
    throw abandon(loss)
  }

  /// Another process has written, and may have begun the log anew.
  func doubtLog() { checkpointer?.doubtLog() }

  private func abandon(_ loss: OpenFiles.Loss) -> StoreError {
    mustRescueLog = loss.canBeRescued
    rescueLog()
    return .device(loss.sentence)
  }

  /// A log that was removed is open still, and goes with the process: what was acknowledged and is in it
  /// only is moved into the database. Not inside a turn, which is rolled back first.
  func rescueLog() {
    guard mustRescueLog, !database.connection.isInTransaction else { return }
    mustRescueLog = false
    do throws(SQLiteError) {
      let result = try database.connection.checkpoint(.passive)
      if result.checkpointedPages == result.logPages {
        tell(.warning, "what the removed log held was moved into the database")
      } else {
        tell(.error, "a reader kept the removed log from being moved into the database whole")
      }
    } catch {
      tell(.error, "what the removed log held could not be moved into the database: \(error)")
    }
  }
}
