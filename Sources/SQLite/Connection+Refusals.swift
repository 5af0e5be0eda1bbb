import CSQLite
import Glibc

extension Connection {
  /// Whether a pragma checkpoints a file that is shared with a writer, changes how it is kept, or keeps others out:
  /// what SQLite before 3.51.3 does then can corrupt the file.
  package static func sharingForbids(
    pragma name: UnsafePointer<CChar>, value: UnsafePointer<CChar>?
  ) -> Bool {
    let isRefused = refusedPragmas.contains { strcasecmp(name, $0) == 0 }
    // Without a value most of them only tell.
    return isRefused && (value != nil || strcasecmp(name, "wal_checkpoint") == 0)
  }

  private static let refusedPragmas = [
    "wal_checkpoint", "wal_autocheckpoint", "journal_mode", "locking_mode", "writable_schema",
    "journal_size_limit", "application_id", "user_version", "auto_vacuum", "page_size",
  ]
}
