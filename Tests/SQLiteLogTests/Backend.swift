import Foundation
import LogStorage
import SQLite
import Testing

@testable import LogEngine
@testable import SQLiteLog
@testable import SQLiteStore

/// What the conformance suite runs against. Another implementation adds its own cases here; the
/// suite itself knows `LogStorage` only.
enum Backend: CaseIterable, CustomTestStringConvertible {
  case file
  /// A file without a tail cache: every read is a cold one.
  case fileWithoutCache
  case memory

  var testDescription: String { String(describing: self) }

  /// Opens a new storage for `body`, and closes it.
  func run(_ body: (any LogStorage) async throws -> Void) async throws {
    let directory = try TemporaryDirectory()
    let storage = try open(in: directory)
    try await body(storage)
    storage.close()
  }

  func open(in directory: TemporaryDirectory) throws -> any LogStorage {
    var options = LogOptions()
    options.now = { 1_700_000_000_000 }
    options.allowsNetworkFilesystem = true
    if self == .fileWithoutCache { options.tailCacheBytes = 0 }
    return try LogEngine.open(
      self == .memory ? .memory : .file(directory.path("log.db")), options: options)
  }
}

/// A directory that goes with the object.
final class TemporaryDirectory: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("acta-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}

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
