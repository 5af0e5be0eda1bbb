import Foundation
import LogTestSupport
import SQLite
import Testing

@testable import LogEngine
@testable import SQLiteLog
@testable import SQLiteStore

@Suite("Whose database a file is")
struct OriginTests {
  private let files: FileStorage

  init() throws { files = try FileStorage() }

  /// As an application would make it that happens to like our layout.
  private func make(_ sql: String) throws {
    let other = try Connection(path: files.path, mode: .readWriteCreate)
    try other.execute("PRAGMA page_size = 16384; PRAGMA auto_vacuum = INCREMENTAL")
    try other.execute(sql)
  }

  /// Refused, and not one byte of it is touched.
  private func expectRefusal(_ expected: OpeningError) throws {
    let before = try Data(contentsOf: URL(fileURLWithPath: files.path))
    #expect(throws: expected) { _ = try files.open() }
    let after = try Data(contentsOf: URL(fileURLWithPath: files.path))
    #expect(before == after)
    #expect(!FileManager.default.fileExists(atPath: files.path + "-wal"))
  }

  @Test("a database with another's application_id is refused, with both numbers")
  func applicationID() throws {
    try make("PRAGMA application_id = 0x47504B47; CREATE TABLE features(a)")
    let error = OpeningError.otherApplication(
      path: files.path, found: 0x4750_4B47, ours: 0x4163_7461)
    try expectRefusal(error)
    #expect(error.description.contains("0x47504b47"))
  }

  @Test("a negative application_id is another's, too")
  func negativeID() throws {
    try make("PRAGMA application_id = -2; CREATE TABLE features(a)")
    try expectRefusal(
      .otherApplication(path: files.path, found: 0xffff_fffe, ours: 0x4163_7461))
  }

  @Test(
    "a database without an application_id that has tables, and not ours, is refused",
    arguments: [
      "CREATE TABLE notes(a)", "CREATE TABLE schema_migrations(version); CREATE TABLE notes(a)",
      "CREATE VIEW notes AS SELECT 1",
      """
      CREATE TABLE schema_migrations(version, name, checksum, applied_at); CREATE TABLE notes(a);
      INSERT INTO schema_migrations VALUES (1, 'create notes', 'x', 0)
      """,
    ])
  func tables(_ sql: String) throws {
    try make(sql)
    try expectRefusal(.otherTables(path: files.path, example: "notes"))
  }

  @Test("an empty file, and a database that has nothing in it, become ours")
  func empty() throws {
    try Data().write(to: URL(fileURLWithPath: files.path))
    try files.open().close()
    #expect(try files.foreign().integer("PRAGMA application_id") == DatabaseOrigin.applicationID)
    let other = try FileStorage()
    let connection = try Connection(path: other.path, mode: .readWriteCreate)
    try connection.execute("PRAGMA page_size = 16384; PRAGMA auto_vacuum = INCREMENTAL; VACUUM")
    try other.open().close()
    #expect(try other.foreign().integer("PRAGMA application_id") == DatabaseOrigin.applicationID)
  }

  @Test("ours from before there was an application_id is known by its migrations, and gets one")
  func older() throws {
    try files.open().close()
    try files.foreign().execute("PRAGMA application_id = 0")
    try files.open().close()
    #expect(try files.foreign().integer("PRAGMA application_id") == DatabaseOrigin.applicationID)
  }

  @Test("ours with tables of an application beside, and a copy of it, is ours")
  func beside() throws {
    try files.open().close()
    try files.foreign().execute("CREATE TABLE notes(a)")
    let copy = files.directory.path("copy.db")
    try files.foreign().execute("VACUUM INTO '\(copy)'")
    try files.open().close()
    try LogEngine.open(.file(copy), options: files.options).close()
  }
}
