import LogEngine
import LogStorage
import LogTestSupport
import SQLite
import Testing

@testable import SQLiteLog
@testable import SQLiteStore

@Suite("What is the log's own in a database") struct LogNamesTests {
  @Test("every index and trigger that there is, however it is spelled")
  func attached() async throws {
    let files = try FileStorage()
    let storage = try files.open()
    try await storage.fill(try await storage.makeTopic("t", partitions: 2))
    storage.close()
    let found = try files.foreign().rows(
      "SELECT type, name FROM sqlite_schema WHERE type IN ('index', 'trigger')"
        + " AND name NOT LIKE 'sqlite_%'")
    #expect(found.count > 30)
    for line in found {
      let parts = line.split(separator: "|")
      let name = parts[1].uppercased()
      #expect(parts[0] == "index" ? LogNames.isIndex(name) : LogNames.isTrigger(name), "\(line)")
    }
    for name in ["mine", "mark_topics", "records_guard", "records_1_mine", "topics_by_name"] {
      #expect(!LogNames.isTrigger(name) && !LogNames.isIndex(name))
    }
  }

  @Test("every table and view that there is, however it is spelled")
  func complete() async throws {
    let files = try FileStorage()
    let storage = try files.open()
    try await storage.fill(try await storage.makeTopic("t", partitions: 2))
    storage.close()
    let found = try files.foreign().rows(
      "SELECT type, name FROM sqlite_schema WHERE type IN ('table', 'view')"
        + " AND name NOT LIKE 'sqlite_%'")
    #expect(found.count > 40)
    for line in found {
      let parts = line.split(separator: "|")
      let (isTable, name) = (parts[0] == "table", String(parts[1]))
      #expect(isTable ? LogNames.isTable(name) : LogNames.isView(name), "\(line)")
      #expect(LogNames.isReserved(name.uppercased()), "\(line)")
    }
  }

  @Test(
    "and no application's",
    arguments: [
      "accounts", "record", "records", "records_", "records_1a", "records_old", "messages_",
      "messages_old", "topic", "topics2", "group", "batch",
    ])
  func others(_ name: String) {
    #expect(!LogNames.isReserved(name))
  }
}
