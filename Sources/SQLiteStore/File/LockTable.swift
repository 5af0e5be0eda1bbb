import Glibc

/// Who holds locks on a file, from the kernel's table.
enum LockTable {
  /// Processes other than this one.
  static func readers(of path: String) -> [Int32] {
    var status = stat()
    guard stat(path, &status) == 0, let table = KernelTable.read("/proc/locks") else { return [] }
    var pids: Set<Int32> = []
    for line in table.split(separator: "\n") {
      // 1: POSIX  ADVISORY  READ 1234 fe:00:131 123 127
      let fields = line.split(separator: " ")
      guard let place = fields.first(where: { $0.contains(":") && !$0.hasSuffix(":") }),
        let index = fields.firstIndex(of: place), index > 0,
        place.split(separator: ":").last == Substring(String(status.st_ino)),
        let pid = Int32(fields[index - 1]), pid != getpid()
      else { continue }
      pids.insert(pid)
    }
    return pids.sorted()
  }
}
