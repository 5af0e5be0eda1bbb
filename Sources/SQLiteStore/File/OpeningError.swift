import SQLite

/// Why a database was not opened. The description is a sentence for whoever started the program.
package enum OpeningError: Error, Equatable, Sendable {
  case inUse(path: String, pid: Int32?)
  case hardLinked(path: String, links: Int)
  case networkFilesystem(path: String, kind: String)
  case newerSchema(found: Int64, supported: Int64)
  /// For who only reads: a start of the broker would upgrade it.
  case olderSchema(path: String, found: Int64, needed: Int64)
  case locked(path: String)
  case unreadable(path: String, reason: String)
  case damaged(path: String, reason: String)
  case alteredMigration(version: Int64, name: String, recorded: String, embedded: String)
  case nameTaken(migration: String, reason: String)
  case notADatabase(path: String)
  case foreignDatabase(path: String)
  case otherApplication(path: String, found: UInt32, ours: UInt32)
  case otherTables(path: String, example: String)
  case unexpectedPragma(name: String, wanted: String, found: String)
  case system(operation: String, path: String, code: Int32, message: String)
}

extension OpeningError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .inUse(let path, let pid):
      let owner = pid.map { "the process with pid \($0)" } ?? "another process"
      return "\(path) is in use by \(owner); stop it first, or give this server another file."
    case .hardLinked(let path, let links):
      return "\(path) is one of \(links) hard links to the same file; two servers could open it "
        + "under different names. Remove the other links first."
    case .networkFilesystem(let path, let kind):
      return "\(path) is on a network filesystem (\(kind)), where SQLite's locks and shared memory "
        + "cannot be relied on. Use a local disk, or allow it explicitly."
    case .newerSchema(let found, let supported):
      return "The database has schema version \(found), but this program knows versions up to "
        + "\(supported). Use the newer program, or restore a backup made before the upgrade."
    case .olderSchema(let path, let found, let needed):
      return "\(path) has schema version \(found), and this program reads version \(needed). A "
        + "start of `acta serve` on it brings it up to date."
    case .locked(let path):
      return "\(path) is locked by another process that writes to it and does not end its "
        + "transaction."
    case .unreadable(let path, let reason):
      return "\(path) cannot be read: \(reason). Who reads a database in WAL mode must be able to "
        + "write to its folder, for the files with -wal and -shm at the end of their names."
    case .damaged(let path, let reason):
      return "\(path) is damaged: \(reason). Restore a backup."
    case .alteredMigration(let version, let name, let recorded, let embedded):
      return
        "Migration \(version) (\(name)) was applied to the database with checksum \(recorded), "
        + "but this program contains it with checksum \(embedded). Use the program version that "
        + "made the database."
    case .nameTaken(let migration, let reason):
      return
        "The file has a table or view of its own whose name this version needs (migration "
        + "\(migration): \(reason)). Rename it first; nothing was changed."
    case .notADatabase(let path):
      return "\(path) is not an SQLite database. Give this server another file."
    case .foreignDatabase(let path):
      return "\(path) was made by another program (its page size or vacuum mode cannot be ours). "
        + "Give this server a file of its own."
    case .otherApplication(let path, let found, let ours):
      return
        "\(path) belongs to another application (its application_id is \(Self.hexadecimal(found))"
        + ", ours is \(Self.hexadecimal(ours))). Give this server a file of its own."
    case .otherTables(let path, let example):
      return
        "\(path) was made by another program: it has \(example), and nothing of ours. Give this "
        + "server a file of its own."
    case .unexpectedPragma(let name, let wanted, let found):
      return "SQLite refused a setting that the log depends on: PRAGMA \(name) is \(found), "
        + "it must be \(wanted)."
    case .system(let operation, let path, let code, let message):
      return "\(operation) failed for \(path): \(message) (errno \(code))."
    }
  }

  private static func hexadecimal(_ number: UInt32) -> String {
    "0x" + String(number, radix: 16)
  }
}
