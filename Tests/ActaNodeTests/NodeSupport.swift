import Broker
import Foundation

@testable import ActaNode

extension ActaNode {
  /// Returns when so many fetches wait for records: nobody announces that.
  func waitUntilFetchesWait(_ count: Int) async {
    while parts.broker.waitingFetchCount != count { await Task.yield() }
  }
}

/// A folder that is gone with its last user.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("acta-node-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var database: ActaNode.Location { .file("\(path)/acta.db") }
}
