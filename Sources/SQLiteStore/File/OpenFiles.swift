import CGlibc
import LogStorage

/// The database's three files as they were opened, so that one that is removed, replaced or cut while it is
/// in use is noticed: SQLite goes on with what it has open, and what it writes there is lost with the process.
///
/// Looked at by name only: closing a descriptor of the database would drop SQLite's locks on it. And not at
/// their times (`acta_look_at`), because a look comes before every commit: with `stat` its sync took half as
/// long again.
final class OpenFiles {
  private enum Role: String, CaseIterable {
    case database = ""
    case log = "-wal"
    case index = "-shm"
  }

  private struct Entry {
    let role: Role
    let path: String
    let identity: DatabaseFile.Identity
  }

  private let entries: [Entry]
  /// What the database file had at the last look.
  private var databaseBytes: Int64 = 0

  /// To be made when all three are open.
  init(of file: DatabaseFile) throws(OpeningError) {
    var entries: [Entry] = []
    for role in Role.allCases {
      let path = file.path + role.rawValue
      guard let status = Self.look(at: path) else { throw .last("stat", path) }
      entries.append(Entry(role: role, path: path, identity: status.identity))
      if role == .database { databaseBytes = status.bytes }
    }
    self.entries = entries
  }

  /// What has happened to a file.
  struct Loss {
    let sentence: String
    /// The log has fewer bytes than it had.
    var isShortLog = false
    /// The log is open still, and whole: what it holds can be moved into the database.
    var canBeRescued = false
  }

  /// A name that leads elsewhere than at the start, or a log of fewer than `logBytes`.
  func loss(logBytes: Int64) -> Loss? {
    for entry in entries {
      guard let now = Self.look(at: entry.path) else {
        return Loss(
          sentence: "\(entry.path) was removed while it was in use",
          canBeRescued: entry.role == .log)
      }
      guard now.identity == entry.identity else {
        return Loss(
          sentence: "\(entry.path) was replaced by another file while it was in use",
          canBeRescued: entry.role == .log)
      }
      if entry.role == .log, now.bytes < logBytes {
        return Loss(
          sentence:
            "\(entry.path) was cut from \(logBytes) to \(now.bytes) bytes while it was in use",
          isShortLog: true)
      }
    }
    return nil
  }

  /// A checkpoint of ours may have made the database shorter, before it grows again in the log.
  func noteCheckpoint() {
    if let now = Self.look(at: entries[0].path) { databaseBytes = now.bytes }
  }

  /// A database file that has become shorter than it was, and than the database is: checkpoints, also
  /// those of others, make it no shorter than that.
  func databaseLoss(databaseBytes size: () -> Int64?) -> Loss? {
    guard let now = Self.look(at: entries[0].path) else { return nil }
    guard now.bytes >= databaseBytes || now.bytes >= size() ?? .max else {
      return Loss(
        sentence:
          "\(entries[0].path) was cut from \(databaseBytes) to \(now.bytes) bytes while it was in use"
      )
    }
    databaseBytes = now.bytes
    return nil
  }

  private static func look(
    at path: String
  ) -> (identity: DatabaseFile.Identity, bytes: Int64)? {
    var look = acta_file_look()
    guard acta_look_at(path, &look) == 0 else { return nil }
    let identity = DatabaseFile.Identity(
      deviceMajor: look.device_major, deviceMinor: look.device_minor, inode: look.inode)
    return (identity, Int64(clamping: look.bytes))
  }
}
