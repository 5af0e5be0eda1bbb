import ActaModel
import Foundation
import LogStorage
import LogTestSupport
import Migrations
import SQLite
import Testing

@testable import LogEngine
@testable import SQLiteLog
@testable import SQLiteStore

@Suite("Opening a database")
struct OpeningTests {
  @Test("a second opener is refused, and told who has the file")
  func twoOpeners() throws {
    let files = try FileStorage()
    let first = try files.open()
    let error = #expect(throws: OpeningError.self) { _ = try files.open() }
    #expect(error == .inUse(path: files.path, pid: getpid()))
    #expect("\(try #require(error))".contains("pid \(getpid())"))
    first.close()
    try files.open().close()
  }

  @Test("the same file under another name is refused")
  func otherNames() throws {
    let files = try FileStorage()
    let first = try files.open()
    let link = files.directory.path("link.db")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: files.path)
    #expect(throws: OpeningError.inUse(path: files.path, pid: getpid())) {
      _ = try LogEngine.open(.file(link), options: files.options)
    }
    let hard = files.directory.path("hard.db")
    try FileManager.default.linkItem(atPath: files.path, toPath: hard)
    #expect(throws: OpeningError.hardLinked(path: hard, links: 2)) {
      _ = try LogEngine.open(.file(hard), options: files.options)
    }
    first.close()
  }

  @Test("files are for their owner only")
  func permissions() throws {
    let files = try FileStorage()
    let log = try files.open()
    for suffix in ["", "-wal", "-shm", ".lock"] {
      let attributes = try FileManager.default.attributesOfItem(atPath: files.path + suffix)
      #expect(attributes[.posixPermissions] as? Int == 0o600, "\(suffix)")
    }
    log.close()
  }

  @Test("a database of a newer program is refused")
  func newerSchema() throws {
    let files = try FileStorage()
    try files.open().close()
    try files.foreign().execute("INSERT INTO schema_migrations VALUES (900, 'later', 'x', 0)")
    let error = #expect(throws: OpeningError.self) { _ = try files.open() }
    #expect(error == .newerSchema(found: 900, supported: Migration.all.last?.version ?? 0))
    #expect("\(try #require(error))".contains("900"))
  }

  @Test("a migration that was edited is refused")
  func alteredMigration() throws {
    let files = try FileStorage()
    try files.open().close()
    try files.foreign().execute("UPDATE schema_migrations SET checksum = 'bad' WHERE version = 1")
    let migration = Migration.all[0]
    #expect(
      throws: OpeningError.alteredMigration(
        version: 1, name: migration.name, recorded: "bad", embedded: migration.checksum)
    ) { _ = try files.open() }
  }

  @Test("a new migration is applied to an old database, all or nothing")
  func upgrade() throws {
    let files = try FileStorage()
    try files.open().close()
    func open(_ sql: String) throws {
      let next = (Migration.all.last?.version ?? 0) + 1
      try LogEngine.open(
        .file(files.path), options: files.options,
        migrations: Migration.all + [Migration(version: next, name: "more", sql: sql)]
      ).close()
    }
    #expect(throws: SQLiteError.self) { try open("CREATE TABLE more(a); SYNTAX ERROR") }
    let tables = try files.foreign().integer(
      "SELECT count(*) FROM sqlite_schema WHERE name = 'more'")
    #expect(tables == 0)
    try open("CREATE TABLE more(a)")
    let rows = try files.foreign().rows("SELECT name FROM schema_migrations ORDER BY version")
    #expect(rows == Migration.all.map(\.name) + ["more"])
  }

  @Test(
    "a table of an application's that has a name that a migration needs is named, and left alone")
  func takenName() throws {
    let files = try FileStorage()
    try SchemaMigrator(migrations: Array(Migration.all.prefix(9)), nowMilliseconds: 0)
      .migrate(try ConnectionSetup.openWriter(path: files.path, vfs: nil))
    let foreign = try files.foreign()
    try foreign.execute("CREATE TABLE transactions(a); INSERT INTO transactions VALUES (1)")
    let error = #expect(throws: OpeningError.self) { try files.open() }
    #expect(error?.description.contains("transactions already exists") == true)
    #expect(try foreign.rows("SELECT max(version) FROM schema_migrations") == ["9"])
    try foreign.execute("ALTER TABLE transactions RENAME TO my_transactions")
    try files.open().close()
    #expect(try foreign.rows("SELECT a FROM my_transactions") == ["1"])
  }

  @Test("a database from before there were groups keeps what it has, and can have groups")
  func upgradeToGroups() async throws {
    let files = try FileStorage()
    let old = try files.open()
    let partition = try await old.makeTopic("t", partitions: 2)[1]
    try await old.write(try batch("a", "b"), to: partition)
    old.close()
    try takeGroupsOut(of: files)
    let log = try files.open()
    #expect(try await log.values(partition) == ["a", "b"])
    try await log.write([.putGroup(GroupRow(name: "g"))])
    try await log.commit(1, partition)
    let rows = try files.foreign().rows("SELECT topic, partition, lag FROM consumer_lag")
    #expect(rows == ["t|1|1"])
    log.close()
  }

  /// Leaves what the first migration had made.
  private func takeGroupsOut(of files: FileStorage) throws {
    let foreign = try files.foreign()
    try foreign.takeSumsOut()
    let made = try foreign.rows("SELECT type || ' ' || name FROM sqlite_schema").filter { object in
      !Self.makes(Migration.all[0], object)
        && Migration.all.contains { Self.makes($0, object) }
    }
    #expect(made.count > 8)
    for object in made { try foreign.execute("DROP \(object)") }
    for trigger in try foreign.rows("SELECT name FROM sqlite_schema WHERE type = 'trigger'") {
      try foreign.execute("DROP TRIGGER \(trigger)")
    }
    try foreign.execute("ALTER TABLE topics DROP COLUMN has_transactions")
    try foreign.execute("ALTER TABLE producer_state DROP COLUMN coordinator_epoch")
    try foreign.execute("DELETE FROM schema_migrations WHERE version > 1")
  }

  /// - Parameter object: `table topics`
  private static func makes(_ migration: Migration, _ object: String) -> Bool {
    let words = object.split(separator: " ")
    let start = "CREATE \(words[0].uppercased()) \(words[1])"
    return ["(", " AS"].contains { migration.sql.contains(start + $0) }
  }

  @Test("the embedded migrations are the files of the folder, in order")
  func embedded() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("migrations")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(Migration.all.count == names.count)
    for (name, migration) in zip(names, Migration.all) {
      let digits = String(migration.version)
      let version = String(repeating: "0", count: 4 - digits.count) + digits
      #expect(name == "v\(version)_\(migration.name).sql")
      let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
      #expect(text == migration.sql)
    }
  }

  @Test("another program's database is left alone")
  func foreignDatabase() throws {
    let files = try FileStorage()
    let other = try Connection(path: files.path, mode: .readWriteCreate)
    try other.execute("CREATE TABLE notes(a)")
    #expect(throws: OpeningError.otherTables(path: files.path, example: "notes")) {
      _ = try files.open()
    }
  }

  @Test("a file that is no database is left alone")
  func notADatabase() throws {
    let files = try FileStorage()
    let text = String(repeating: "a line of text\n", count: 100)
    try text.write(toFile: files.path, atomically: true, encoding: .utf8)
    #expect(throws: OpeningError.notADatabase(path: files.path)) { _ = try files.open() }
    #expect(try String(contentsOfFile: files.path, encoding: .utf8) == text)
  }

  @Test("the pragmas that durability depends on are set")
  func pragmas() throws {
    let files = try FileStorage()
    try files.open().close()
    let connection = try ConnectionSetup.openWriter(path: files.path, vfs: nil)
    let expected: [String: String] = [
      "journal_mode": "wal", "synchronous": "1", "page_size": "16384", "auto_vacuum": "2",
      "foreign_keys": "0", "secure_delete": "0", "mmap_size": "0", "cell_size_check": "1",
      "wal_autocheckpoint": "0", "journal_size_limit": "67108864", "temp_store": "2",
      "trusted_schema": "1",
    ]
    for (name, value) in expected {
      let found = try connection.text("PRAGMA \(name)")
      #expect(found == value, "\(name)")
    }
    let reader = try ConnectionSetup.openReader(path: files.path, vfs: nil)
    #expect(throws: SQLiteError.self) { try reader.execute("DELETE FROM topics") }
  }

  @Test("network filesystems are recognised by their mount")
  func mounts() {
    let table = """
      21 1 8:1 / / rw - ext4 /dev/sda1 rw
      30 21 0:40 / /mnt/nas rw,relatime shared:7 - nfs4 nas:/x rw
      31 21 0:41 / /mnt/nas/local\\040disk rw - xfs /dev/sdb rw
      """
    #expect(MountTable.filesystem(of: "/var/log.db", in: table) == "ext4")
    #expect(MountTable.filesystem(of: "/mnt/nas/log.db", in: table) == "nfs4")
    #expect(MountTable.filesystem(of: "/mnt/nas/local disk/log.db", in: table) == "xfs")
    #expect(MountTable.filesystem(of: "/mnt/nasty/log.db", in: table) == "ext4")
  }
}
