import Glibc
import SQLite
package import SQLiteStore

/// A copy of a log's file that is whole and of one moment, whether a broker runs on it or not.
///
/// The copy has another name until it is on disk and has been checked; whatever ends it before that leaves
/// nothing behind. A file that is there already is never touched.
package struct LogBackup {
  package struct Outcome: Equatable, Sendable {
    package let bytes: Int64
    package let records: Int64
  }

  /// Milliseconds or bytes of what is being done.
  package enum Stage: Sendable {
    case copying(done: Int64, total: Int64)
    case checking
    case syncing
  }

  private let log: StoredLog
  private let target: String
  private var partial: String { target + ".partial" }

  package init(_ log: StoredLog, to target: String) {
    self.log = log
    self.target = target
  }

  /// - Parameters:
  ///   - finish: Changes the copy before it is checked and gets its name.
  ///   - progress: Throws what is to end it.
  package func run(
    finish: (String) throws -> Void = { _ in }, progress: (Stage) throws -> Void = { _ in }
  ) throws -> Outcome {
    guard access(target, F_OK) != 0 else { throw CopyError.exists(target) }
    let needed = try log.sizeBytes()
    try claim(needed)
    do {
      try log.copy(to: partial) { try progress(.copying(done: $0, total: $1)) }
      try progress(.checking)
      try finish(partial)
      let records = try check()
      try progress(.syncing)
      try publish()
      return Outcome(bytes: needed, records: records)
    } catch {
      remove()
      throw error
    }
  }

  /// Makes the file that is copied into, if nobody else does.
  private func claim(_ needed: Int64) throws(CopyError) {
    let descriptor = open(partial, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw errno == EEXIST ? .underWay(partial) : .last("creating", partial)
    }
    defer { close(descriptor) }
    var volume = statvfs()
    guard fstatvfs(descriptor, &volume) == 0 else { return }
    let free = Int64(clamping: UInt64(volume.f_bavail) * UInt64(volume.f_frsize))
    guard free > needed else {
      unlink(partial)
      throw .noRoom(target, needed: needed, free: free)
    }
  }

  private func check() throws -> Int64 {
    let copy = try Connection(path: partial, mode: .readOnly)
    let verdict = try copy.text("PRAGMA integrity_check(1)") ?? "nothing"
    guard verdict == "ok" else { throw CopyError.damaged(verdict) }
    return try copy.integer("SELECT coalesce(sum(record_count), 0) FROM partitions") ?? 0
  }

  /// On disk under its own name, or not at all: a link is never made over a file.
  private func publish() throws(CopyError) {
    try sync(partial, O_RDWR)
    guard link(partial, target) == 0 else {
      throw errno == EEXIST ? .exists(target) : .last("naming", target)
    }
    remove()
    try sync(folder, O_RDONLY | O_DIRECTORY)
  }

  private var folder: String {
    guard let slash = target.lastIndex(of: "/") else { return "." }
    return slash == target.startIndex ? "/" : String(target[..<slash])
  }

  private func sync(_ path: String, _ flags: Int32) throws(CopyError) {
    let descriptor = open(path, flags | O_CLOEXEC)
    guard descriptor >= 0 else { throw .last("opening", path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .last("syncing", path) }
  }

  /// What SQLite has made beside it, too.
  private func remove() {
    for suffix in ["", "-wal", "-shm", "-journal", ".lock"] { unlink(partial + suffix) }
  }
}

/// Why there is no copy.
package enum CopyError: Error, Equatable, CustomStringConvertible {
  case exists(String)
  case underWay(String)
  case noRoom(String, needed: Int64, free: Int64)
  /// Of the copy; the original may be it as well.
  case damaged(String)
  case system(operation: String, path: String, message: String)

  static func last(_ operation: String, _ path: String) -> CopyError {
    .system(operation: operation, path: path, message: String(cString: strerror(errno)))
  }

  package var description: String {
    switch self {
    case .exists(let path): "\(path) exists already; it was not touched."
    case .underWay(let path):
      "\(path) exists: another copy is being made, or one was cut short. Remove it if none is."
    case .noRoom(let path, let needed, let free):
      "\(path) would need \(needed) bytes, and \(free) are free there."
    case .damaged(let verdict):
      "The copy does not pass SQLite's integrity check (\(verdict)), and was removed. `acta check` says more of"
        + " the original."
    case .system(let operation, let path, let message): "\(operation) \(path) failed: \(message)."
    }
  }
}
