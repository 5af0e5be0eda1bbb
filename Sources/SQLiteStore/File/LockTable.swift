import Glibc

/// Who holds which of SQLite's locks on a write-ahead log's index (`-shm`), from the kernel's table. A
/// lock is a byte of that file.
enum LockTable {
  /// The right to write.
  private static let writeLock: ClosedRange<Int64> = 120...120
  /// One for each of the states of the log that readers may have in view.
  private static let readLocks: ClosedRange<Int64> = 123...127

  /// Processes other than this one that read.
  static func readers(of path: String) -> [Int32] { holders(of: path, readLocks) }

  /// The process other than this one that writes, if there is one.
  static func writers(of path: String) -> [Int32] { holders(of: path, writeLock) }

  /// The process other than this one that has all of a file locked.
  static func owner(of path: String) -> Int32? { holders(of: path, 0...Int64.max).first }

  private static func holders(of path: String, _ bytes: ClosedRange<Int64>) -> [Int32] {
    var status = stat()
    guard stat(path, &status) == 0, let table = KernelTable.read("/proc/locks") else { return [] }
    return holders(of: UInt64(status.st_ino), bytes, in: table).filter { $0 != getpid() }
  }

  /// `table` is in the form of `/proc/locks`:
  /// `1: POSIX  ADVISORY  READ 1234 fe:00:131 123 127`. A lock that is only waited for has an arrow
  /// behind its number.
  static func holders(
    of inode: UInt64, _ bytes: ClosedRange<Int64>, in table: String
  ) -> [Int32] {
    var pids: Set<Int32> = []
    for line in table.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count >= 8, fields[1] != "->",
        fields[5].split(separator: ":").last == Substring(String(inode)),
        let pid = Int32(fields[4]), let first = Int64(fields[6])
      else { continue }
      let last = Int64(fields[7]) ?? .max
      if first <= bytes.upperBound, last >= bytes.lowerBound, pid > 0 { pids.insert(pid) }
    }
    return pids.sorted()
  }
}
