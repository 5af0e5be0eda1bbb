import Foundation
import LogStorage
import LogTestSupport
import SQLite

@testable import LogEngine
@testable import SQLiteLog
@testable import SQLiteStore

/// A storage in a file, with its database in reach.
struct FileStorage {
  let directory: TemporaryDirectory
  var options = LogOptions()

  init() throws {
    directory = try TemporaryDirectory()
    options.allowsNetworkFilesystem = true
    options.now = { 1_700_000_000_000 }
  }

  var path: String { directory.path("log.db") }

  func open() throws -> LogEngine {
    try LogEngine.open(.file(path), options: options)
  }

  /// A connection as another process might have it.
  func foreign() throws -> Connection {
    let connection = try Connection(path: path, mode: .readWrite)
    connection.setBusyTimeout(milliseconds: 5_000)
    try connection.execute("PRAGMA wal_autocheckpoint = 0")
    return connection
  }
}

extension Connection {
  /// Every row as text, columns joined by `|`.
  func rows(_ sql: String) throws -> [String] {
    let statement = try prepare(sql)
    var rows: [String] = []
    while try statement.step() {
      rows.append(
        (0..<statement.columnCount).map { statement.isNull($0) ? "NULL" : statement.text($0) }
          .joined(separator: "|"))
    }
    return rows
  }
}

func fileSize(_ path: String) throws -> Int {
  try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
}
