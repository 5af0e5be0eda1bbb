import Glibc
import Testing

/// The system's `sqlite3`, as people use it while the broker runs.
///
/// Run through `popen`: Foundation's `Process` copies directory entries whole while it looks for open
/// descriptors, beyond the end of its buffer when there are many, and then crashes now and then.
enum StockShell {
  static let path = "/usr/bin/sqlite3"

  static var isInstalled: Bool { access(path, X_OK) == 0 }

  /// What the shell prints for a query, which must succeed.
  static func output(of sql: String, on database: String) throws -> String {
    let command = [path, "-readonly", database, sql].map(quoted).joined(separator: " ")
    let pipe = try #require(popen(command, "r"))
    var text: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4_096)
    while case let count = fread(&chunk, 1, chunk.count, pipe), count > 0 {
      text += chunk[..<count]
    }
    #expect(pclose(pipe) == 0)
    return String(decoding: text, as: UTF8.self)
  }

  private static func quoted(_ argument: String) -> String {
    "'"
      + argument.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#)
      + "'"
  }
}
