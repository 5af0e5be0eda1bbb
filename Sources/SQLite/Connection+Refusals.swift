import CSQLite
import Glibc

extension Connection {
  /// From now on no statement is prepared that checkpoints, changes how the log is kept, or keeps others out:
  /// beside a writer, what SQLite before 3.51.3 does then can corrupt the file.
  package func refuseCheckpoints() {
    sqlite3_set_authorizer(
      handle,
      { _, action, name, value, _, _ in
        guard action == SQLITE_PRAGMA, let name else { return SQLITE_OK }
        let isRefused = Connection.refusedPragmas.contains { strcasecmp(name, $0) == 0 }
        // Without a value most of them only tell.
        return isRefused && (value != nil || strcasecmp(name, "wal_checkpoint") == 0)
          ? SQLITE_DENY : SQLITE_OK
      }, nil)
  }

  private static let refusedPragmas = [
    "wal_checkpoint", "wal_autocheckpoint", "journal_mode", "locking_mode", "writable_schema",
    "journal_size_limit",
  ]
}
