import Glibc

/// The file `<database>.lock`, locked for as long as this object lives; it contains the pid of the
/// process that holds it, and which start of the machine that was. The lock belongs to the open file, so that a second opener in the same
/// process is refused as well, and it goes with the process however that ends. The file stays.
///
/// It is a file of its own because closing any descriptor on the database would drop SQLite's
/// locks.
final class DatabaseLock: Sendable {
  private let descriptor: Int32
  /// Whether the machine may have gone down since the lock was last taken: it has been started since, or
  /// that is not known.
  let mayHaveLostPower: Bool

  init(for file: DatabaseFile) throws(OpeningError) {
    let path = file.path + ".lock"
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .last("opening the lock file", path) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      let owner = Self.readLines(descriptor).first.flatMap { Int32($0) }
      Glibc.close(descriptor)
      guard code == EWOULDBLOCK else {
        errno = code
        throw .last("locking", path)
      }
      throw .inUse(path: file.path, pid: owner)
    }
    self.descriptor = descriptor
    let boot = KernelTable.read("/proc/sys/kernel/random/boot_id")?.split(separator: "\n").first
    let known = Self.readLines(descriptor).dropFirst().first
    mayHaveLostPower = boot == nil || known != boot
    write("\(getpid())\n\(boot ?? "unknown")\n")
  }

  /// Unlocked by name: a child that is being spawned at this moment has a copy of the descriptor,
  /// and closing ours alone would leave the lock to it for a while.
  deinit {
    flock(descriptor, LOCK_UN)
    Glibc.close(descriptor)
  }

  /// The pid is for the message to a second opener; without it the lock still holds. Overwritten before it
  /// is cut, so that it needs no new room on a disk that is full.
  private func write(_ text: String) {
    let bytes = Array(text.utf8)
    guard pwrite(descriptor, bytes, bytes.count, 0) == bytes.count else { return }
    _ = ftruncate(descriptor, off_t(bytes.count))
  }

  private static func readLines(_ descriptor: Int32) -> [Substring] {
    var buffer = [UInt8](repeating: 0, count: 256)
    let count = pread(descriptor, &buffer, buffer.count, 0)
    guard count > 0 else { return [] }
    return String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n")
  }
}
