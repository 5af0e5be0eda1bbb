import Glibc
import SQLiteStore

/// What Linux says of memory: `/proc/meminfo`, the process's control group and those above it (version 2 or 1),
/// and how long tasks have waited for memory.
struct SystemMemory: Sendable {
  /// Where `/proc` and `/sys` are; another place in tests.
  private let root: String

  init(root: String = "") { self.root = root }

  /// `nil` where the system does not tell.
  func sample() -> MemorySample? {
    guard let table = read("/proc/meminfo"), let total = Self.number(of: "MemTotal:", in: table)
    else { return nil }
    let free =
      Self.number(of: "MemAvailable:", in: table) ?? Self.number(of: "MemFree:", in: table) ?? total
    var sample = MemorySample(total: total << 10, available: free << 10)
    let group = group()
    for folder in group.folders { narrow(&sample, to: folder, group.names) }
    sample.stalledMicroseconds = stalledMicroseconds(group.folders.first)
    if let events = group.folders.first.flatMap({ read($0 + "/memory.events") }) {
      sample.heldBack = Self.number(of: "high", in: events) ?? 0
    }
    return sample
  }

  /// Bytes of memory that only this process has: not those of files. `nil` where the system does not tell.
  func residentBytes() -> Int? {
    guard let table = read("/proc/self/statm") else { return nil }
    let pages = table.split(whereSeparator: \.isWhitespace).prefix(3).compactMap { Int($0) }
    return pages.count == 3 ? (pages[1] - pages[2]) * Self.pageBytes : nil
  }

  private static let pageBytes = sysconf(Int32(_SC_PAGESIZE))

  // MARK: Control groups

  /// What the files are called that say the same in both versions.
  private struct Names {
    let limits: [String]
    let used: String
    /// Of the page cache, which goes when it has to.
    let inactive: String

    static let version2 = Names(
      limits: ["memory.max", "memory.high"], used: "memory.current", inactive: "inactive_file")
    static let version1 = Names(
      limits: ["memory.limit_in_bytes"], used: "memory.usage_in_bytes",
      inactive: "total_inactive_file")
  }

  /// The folders of the process's group and of those above it.
  private func group() -> (folders: [String], names: Names) {
    let table = read("/proc/self/cgroup") ?? ""
    for line in table.split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      if fields[1].split(separator: ",").contains("memory") {
        return (folders("/sys/fs/cgroup/memory", fields[2]), .version1)
      }
    }
    for line in table.split(separator: "\n") where line.hasPrefix("0::") {
      return (folders("/sys/fs/cgroup", line.dropFirst(3)), .version2)
    }
    return ([], .version2)
  }

  /// In a container the path may be the host's, and the group's files stand at the top.
  private func folders(_ top: String, _ path: Substring) -> [String] {
    var names = path.split(separator: "/")[...]
    var folders: [String] = []
    while !names.isEmpty {
      folders.append(top + "/" + names.joined(separator: "/"))
      names.removeLast()
    }
    return folders + [top]
  }

  private func narrow(_ sample: inout MemorySample, to folder: String, _ names: Names) {
    let limits = names.limits.compactMap { name in
      read("\(folder)/\(name)").flatMap { Int($0.filter { !$0.isWhitespace }) }
    }
    guard let limit = limits.min(), limit > 0, limit < sample.total else { return }
    sample.total = limit
    guard
      let used = read("\(folder)/\(names.used)").flatMap({ Int($0.filter { !$0.isWhitespace }) })
    else { return }
    let inactive =
      read(folder + "/memory.stat").flatMap { Self.number(of: names.inactive, in: $0) } ?? 0
    sample.available = min(sample.available, max(0, limit - used + inactive))
  }

  // MARK: Waiting for memory

  private func stalledMicroseconds(_ folder: String?) -> Int? {
    let table =
      folder.flatMap { read($0 + "/memory.pressure") } ?? read("/proc/pressure/memory")
    guard let some = table?.split(separator: "\n").first(where: { $0.hasPrefix("some ") }),
      let total = some.split(separator: " ").last, total.hasPrefix("total=")
    else { return nil }
    return Int(total.dropFirst("total=".count))
  }

  // MARK: Reading

  private func read(_ path: String) -> String? { KernelTable.read(root + path) }

  /// The number that stands behind a name at the beginning of a line.
  private static func number(of name: String, in table: String) -> Int? {
    for line in table.split(separator: "\n") {
      let words = line.split(separator: " ", omittingEmptySubsequences: true)
      if words.count >= 2, words[0] == name { return Int(words[1]) }
    }
    return nil
  }
}
