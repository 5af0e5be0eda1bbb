import Foundation
import LogEngine
import SQLiteLog
import SQLiteStore

/// A folder that is gone with its last user, for tests in which a broker starts more than once.
final class TemporaryFolder {
  private let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("acta-broker-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  var database: Location { .file(url.appendingPathComponent("acta.db").path) }
}
