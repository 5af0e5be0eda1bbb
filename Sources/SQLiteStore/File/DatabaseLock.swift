import Glibc

/// The file `<database>.lock`, locked for as long as this object lives; it contains the pid of the
/// process that holds it. The lock belongs to the open file, so that a second opener in the same
/// process is refused as well, and it goes with the process however that ends. The file stays.
///
/// It is a file of its own because closing any descriptor on the database would drop SQLite's
/// locks.
final class DatabaseLock: Sendable {
  private let descriptor: Int32

  init(for file: DatabaseFile) throws(OpeningError) {
    let path = file.path + ".lock"
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .last("opening the lock file", path) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      let owner = Self.readPID(descriptor)
      Glibc.close(descriptor)
      guard code == EWOULDBLOCK else {
        errno = code
        throw .last("locking", path)
      }
      throw .inUse(path: file.path, pid: owner)
    }
    self.descriptor = descriptor
    writePID()
  }

  /// Unlocked by name: a child that is being spawned at this moment has a copy of the descriptor,
  /// and closing ours alone would leave the lock to it for a while.
  deinit {
    flock(descriptor, LOCK_UN)
    Glibc.close(descriptor)
  }

  private func writePID() {
    let text = Array("\(getpid())\n".utf8)
    // The pid is for the message to a second opener; without it the lock still holds.
    if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.count, 0) }
  }

  private static func readPID(_ descriptor: Int32) -> Int32? {
    var buffer = [UInt8](repeating: 0, count: 32)
    let count = pread(descriptor, &buffer, buffer.count, 0)
    guard count > 0 else { return nil }
    let digits = buffer[..<count].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    return Int32(String(decoding: digits, as: UTF8.self))
  }
}
