import Glibc
package import SQLiteStore

/// What `--files` names: a database, or one partition of it as `database/topic-partition`.
package struct FileSelector: Equatable, Sendable {
  package let database: String
  /// `orders-0`; `nil`: all of them.
  package let partition: String?

  package init(_ text: String) {
    guard !Self.isFile(text), let slash = text.lastIndex(of: "/"),
      Self.isFile(String(text[..<slash]))
    else {
      database = text
      partition = nil
      return
    }
    database = String(text[..<slash])
    partition = String(text[text.index(after: slash)...])
  }

  private static func isFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFDIR
  }

  /// The partitions that are meant.
  package func partitions(in log: StoredLog) throws -> [StoredPartition] {
    let all = try log.partitions()
    guard let partition else { return all }
    let found = all.filter { $0.name == partition }
    guard found.isEmpty else { return found }
    throw SelectorError(
      database: database, partition: partition, present: all.prefix(10).map(\.name))
  }
}

package struct SelectorError: Error, Equatable, CustomStringConvertible {
  package let database: String
  package let partition: String
  package let present: [String]

  package var description: String {
    let there = present.isEmpty ? "it has none" : "there are \(present.joined(separator: ", "))"
    return "\(database) has no partition \(partition): \(there)."
  }
}
