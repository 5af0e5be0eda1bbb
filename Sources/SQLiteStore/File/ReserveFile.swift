import Glibc

/// The file `<database>.reserve`: room on the disk that is taken so that it can be given back. It holds
/// zeros and no data; it stays when the broker stops, since the next start may be on a full disk. A short
/// one says that the room has been given back and was not there again.
struct ReserveFile {
  enum Failure: Error {
    /// There is no room for it now.
    case noRoom
    case unusable(String)
  }

  let path: String

  /// Its size; `nil` if there is none.
  var bytes: Int64? {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    return Int64(status.st_size)
  }

  /// What programs may still write on the disk that the file is on, and how large that is.
  func disk() -> (free: Int64, total: Int64)? {
    var status = statvfs()
    let directory = path.lastIndex(of: "/").map { path[...$0] } ?? "."
    guard statvfs(String(directory), &status) == 0 else { return nil }
    let block = Int64(status.f_frsize)
    return (Int64(status.f_bavail) * block, Int64(status.f_blocks) * block)
  }

  /// Takes room for `bytes` altogether, or leaves things as they were.
  func hold(_ bytes: Int64) throws(Failure) {
    let descriptor = try open()
    defer { Glibc.close(descriptor) }
    let before = self.bytes ?? 0
    // Room is asked for by blocks: a file that only looks as long as that would keep nothing back.
    let code = posix_fallocate(descriptor, 0, off_t(bytes))
    guard code == 0 else {
      _ = ftruncate(descriptor, off_t(before))
      if code == ENOSPC || code == EDQUOT { throw .noRoom }
      throw .unusable(String(cString: strerror(code)))
    }
    guard ftruncate(descriptor, off_t(bytes)) == 0 else { throw Self.last }
  }

  /// Gives room back, but for `bytes`.
  func shrink(to bytes: Int64) throws(Failure) {
    let descriptor = try open()
    defer { Glibc.close(descriptor) }
    guard ftruncate(descriptor, off_t(bytes)) == 0 else { throw Self.last }
  }

  func remove() { unlink(path) }

  private func open() throws(Failure) -> Int32 {
    let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
    let descriptor = Glibc.open(path, flags, 0o600)
    guard descriptor >= 0 else {
      if errno == ENOSPC { throw .noRoom }
      throw Self.last
    }
    guard Self.isOurs(descriptor) else {
      Glibc.close(descriptor)
      throw .unusable("it is a file of somebody else's")
    }
    return descriptor
  }

  /// Ours has nothing in it: what anybody has written there is left alone.
  private static func isOurs(_ descriptor: Int32) -> Bool {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
    var start = [UInt8](repeating: 0, count: 4_096)
    let count = pread(descriptor, &start, start.count, 0)
    return count >= 0 && start.allSatisfy { $0 == 0 }
  }

  private static var last: Failure { .unusable(String(cString: strerror(errno))) }
}
