import CSQLite
import SQLite
import Testing

@Suite("SQLite wrapper")
struct SQLiteTests {
  private func memory() throws -> Connection {
    try Connection(path: ":memory:", mode: .readWriteCreate)
  }

  @Test("an error carries code, message and SQL")
  func errors() throws {
    let connection = try memory()
    try connection.execute("CREATE TABLE t(a INTEGER PRIMARY KEY) STRICT; INSERT INTO t VALUES (1)")
    let insert = try connection.prepare("INSERT INTO t VALUES (?)")
    let error = #expect(throws: SQLiteError.self) { try insert.run(1) }
    #expect(error?.code == SQLITE_CONSTRAINT)
    #expect(error?.extendedCode == 1555)
    #expect(error?.operation == "INSERT INTO t VALUES (?)")
    #expect(error?.message == "UNIQUE constraint failed: t.a")
    #expect(error?.isStorageFailure == false)
    // The statement is usable again.
    try insert.run(2)
    #expect(try connection.integer("SELECT count(*) FROM t") == 2)
  }

  @Test("values come back as they were bound")
  func values() throws {
    let connection = try memory()
    let echo = try connection.prepare("SELECT ?, ?, ?, ?, ?")
    try echo.bind(Int64.min, at: 1)
    try echo.bind("grüße", at: 2)
    try echo.bind([UInt8](), at: 3)
    try echo.bindNull(at: 4)
    try echo.bind([0, 1, 255], at: 5)
    #expect(try echo.step() == true)
    #expect(echo.integer(0) == .min)
    #expect(echo.text(1) == "grüße")
    #expect(echo.isNull(2) == false)
    #expect(echo.nullableBytes(2)?.count == 0)
    #expect(echo.nullableBytes(3) == nil)
    #expect(echo.bytes(4) == [0, 1, 255])
    #expect(try echo.step() == false)
    #expect(connection.holdsSnapshot == false)
  }

  @Test("lent bytes are bound without a copy, for the time of the call")
  func lending() throws {
    let connection = try memory()
    try connection.execute("CREATE TABLE t(a BLOB)")
    let insert = try connection.prepare("INSERT INTO t VALUES (?)")
    try [1, 2, 3].withUnsafeBytes { bytes in
      let bytes = UnsafeRawBufferPointer(rebasing: bytes[0..<8])
      try insert.withBound(bytes, at: 1) { () throws(SQLiteError) in try insert.run() }
    }
    try insert.run()
    #expect(
      try connection.text("SELECT group_concat(quote(a)) FROM t") == "X'0100000000000000',NULL")
    #expect(try connection.integer("SELECT count(*) FROM t WHERE a IS NULL") == 1)
  }

  @Test("a transaction that is not committed leaves nothing")
  func transactions() throws {
    let connection = try memory()
    try connection.execute("CREATE TABLE t(a)")
    do {
      let transaction = try connection.beginImmediate()
      try connection.execute("INSERT INTO t VALUES (1)")
      #expect(connection.isInTransaction == true)
      transaction.rollBack()
    }
    #expect(connection.isInTransaction == false)
    let transaction = try connection.beginImmediate()
    try connection.execute("INSERT INTO t VALUES (2)")
    try transaction.commit()
    #expect(try connection.integer("SELECT a FROM t") == 2)
  }

  @Test("names and texts are quoted")
  func quoting() throws {
    let connection = try memory()
    let name = #"a"b'c.d-e"#
    try connection.execute("CREATE TABLE \(SQL.identifier(name))(a)")
    try connection.execute("INSERT INTO \(SQL.identifier(name)) VALUES (\(SQL.literal(name)))")
    #expect(try connection.text("SELECT a FROM \(SQL.identifier(name))") == name)
  }

  @Test("an option that does not take is an error")
  func options() throws {
    let connection = try memory()
    try connection.configure(SQLITE_DBCONFIG_DEFENSIVE, true)
    #expect(throws: SQLiteError.self) { try connection.configure(99_999, true) }
  }
}
