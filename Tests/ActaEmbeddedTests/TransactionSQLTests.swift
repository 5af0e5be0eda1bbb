import ActaClient
import ActaEmbedded
import Testing

@Suite("SQL in a transaction") struct TransactionSQLTests {
  @Test("values come back as they were given, columns by name and by number")
  func values() async throws {
    try await Place.memory.run { acta in
      let row = try await acta.transaction { sql, _ in
        try sql.execute("CREATE TABLE v(a, b, c, d, e)")
        try sql.execute(
          "INSERT INTO v VALUES (?, ?, ?, ?, ?)", Int64.min, 0.5, "é", [0, 1, 255] as [UInt8],
          nil as String?)
        return try sql.query("SELECT *, ? AS yes FROM v", true)[0]
      }
      #expect(row.columns == ["a", "b", "c", "d", "e", "yes"])
      #expect(
        row.values == [
          .integer(.min), .real(0.5), .text("é"), .blob([0, 1, 255]), .null, .integer(1),
        ])
      #expect(row["c"].text == "é")
      #expect(row[1].real == 0.5)
      #expect(row["nothing"] == .null)
    }
  }

  @Test(
    "a statement that fails changes nothing, and who catches it goes on", arguments: Place.allCases)
  func caught(_ place: Place) async throws {
    try await place.run { acta in
      let code = try await acta.transaction { sql, log -> TransactionFailure.Reason? in
        try sql.execute("INSERT INTO accounts VALUES ('alice', 1)")
        var reason: TransactionFailure.Reason?
        do throws(TransactionFailure) {
          try sql.execute("INSERT INTO accounts VALUES ('bob', 1), ('alice', 2)")
        } catch {
          reason = error.reason
        }
        try log.append(topic: "t", key: nil, value: "v")
        return reason
      }
      // SQLITE_CONSTRAINT_PRIMARYKEY
      #expect(code == .sql(1_555))
      #expect(try await acta.accounts() == ["alice": 1])
      #expect(try await acta.texts(of: "t", 1) == ["v"])
    }
  }

  static let refused = [
    "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT s", "RELEASE attempt", "ROLLBACK TO attempt",
    "PRAGMA user_version", "PRAGMA synchronous = 0", "SELECT * FROM pragma_page_count",
    "ATTACH ':memory:' AS other", "VACUUM", "ANALYZE", "REINDEX", "CREATE TEMP TABLE x(a)",
    "CREATE VIRTUAL TABLE x USING fts5(a)", "UPDATE topics SET name = 'x'", "DELETE FROM Batches",
    "INSERT INTO records_1(\"offset\") VALUES (99)", "DROP TABLE partitions", "DROP VIEW messages",
    "DROP VIEW topic_t", "CREATE TABLE records_77(a)", "CREATE TABLE Topic_x(a)",
    "CREATE VIEW messages_9 AS SELECT 1", "CREATE INDEX i ON topics(name)",
    "CREATE TRIGGER i AFTER INSERT ON topics BEGIN DELETE FROM accounts; END",
    "DROP INDEX committers_by_member", "DROP TRIGGER mark_topics_insert",
    "ALTER TABLE topics ADD COLUMN x", "ALTER TABLE accounts RENAME TO records_77",
    "DELETE FROM sqlite_sequence", "DELETE FROM sqlite_schema",
    "INSERT INTO messages(topic) VALUES ('t')",
  ]

  @Test("what is the log's is not touched", arguments: refused)
  func foreign(_ statement: String) async throws {
    try await Place.memory.run { acta in
      try await acta.transaction { _, log in
        _ = try log.append(topic: "t", key: nil, value: "v")
      }
      let error = await #expect(throws: TransactionFailure.self) {
        try await acta.transaction { sql, _ in _ = try sql.execute(statement) }
      }
      switch error?.reason {
      // SQLite has a say before anybody is asked: of the schema's own table, of a view.
      case .notAllowed, .sql(1), .storage: break
      default: Issue.record("\(String(describing: error))")
      }
      // Everything goes on.
      #expect(try await acta.texts(of: "t", 1) == ["v"])
      #expect(
        try await acta.transaction { sql, log in
          try log.append(topic: "t", key: nil, value: "w").offset
        } == 1)
    }
  }

  @Test(
    "a trigger of the application's works on its tables, and not on the log's",
    arguments: Place.allCases)
  func triggers(_ place: Place) async throws {
    try await place.run { acta in
      await #expect(throws: Stop.self) {
        try await acta.transaction { sql, _ in
          try sql.execute(
            "CREATE TRIGGER t AFTER INSERT ON accounts BEGIN UPDATE accounts SET balance = 0; END")
          throw Stop()
        }
      }
      try await acta.transaction { sql, _ in
        try sql.execute("INSERT INTO accounts VALUES ('alice', 1)")
      }
      #expect(try await acta.accounts() == ["alice": 1])
      try await acta.transaction { sql, _ in
        try sql.execute(
          """
          CREATE TRIGGER t AFTER INSERT ON accounts BEGIN
            UPDATE accounts SET balance = balance + 1 WHERE name = NEW.name;
          END
          """)
        try sql.execute("INSERT INTO accounts VALUES ('bob', 1)")
      }
      #expect(try await acta.accounts() == ["alice": 1, "bob": 2])
      let error = await #expect(throws: TransactionFailure.self) {
        try await acta.transaction { sql, _ in
          try sql.execute(
            "CREATE TRIGGER u AFTER DELETE ON accounts BEGIN DELETE FROM topics; END")
          try sql.execute("DELETE FROM accounts")
        }
      }
      #expect(error?.reason == .notAllowed)
      #expect(try await acta.accounts() == ["alice": 1, "bob": 2])
    }
  }

  @Test("one statement at a time, with as many values as it has parameters")
  func malformed() async throws {
    try await Place.memory.run { acta in
      for (statement, words) in [
        ("SELECT 1; SELECT 2", "more than one"), ("", "no statement"),
        (" -- nothing", "no statement"),
        ("SELECT ?", "1 parameters"), ("SELECT 1 \0", "byte 0"), ("SELEC", "syntax error"),
        ("SELECT 1; SELEC", "syntax error"),
      ] {
        let error = await #expect(throws: TransactionFailure.self) {
          try await acta.transaction { sql, _ in _ = try sql.query(statement) }
        }
        #expect(
          error?.description.contains(words) == true, "\(statement): \(String(describing: error))")
      }
      let one = try await acta.transaction { sql, _ in
        try sql.query(" ; SELECT 1 ; ; -- and that is all\n")[0][0]
      }
      #expect(one == .integer(1))
    }
  }

  private static let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"

  @Test(
    "what takes too long is interrupted, and takes nothing from others", arguments: Place.allCases)
  func tooLong(_ place: Place) async throws {
    try await place.run { acta in
      let producer = try acta.producer(key: BytesSerializer(), value: StringSerializer())
      _ = try await producer.send(ProducerRecord(topic: "t", value: "0"))
      for statement in [
        "\(Self.endless) SELECT count(*) FROM n",
        "\(Self.endless) INSERT INTO accounts SELECT i, 0 FROM n",
      ] {
        async let sent = producer.send(ProducerRecord(topic: "t", value: "v"))
        let began = ContinuousClock.now
        let error = await #expect(throws: TransactionFailure.self) {
          try await acta.transaction(withinMilliseconds: 50) { sql, log in
            try log.append(topic: "t", key: nil, value: "never")
            // Whatever it does about it.
            do {
              try sql.execute(statement)
            } catch {
              _ = try? sql.execute("INSERT INTO accounts VALUES ('late', 1)")
              throw error
            }
          }
        }
        #expect(error?.reason == .tooLong)
        #expect(ContinuousClock.now - began < .seconds(5))
        _ = try await sent
      }
      #expect(try await acta.accounts().isEmpty)
      #expect(try await acta.texts(of: "t", 3) == ["0", "v", "v"])
      await producer.close()
    }
  }

  @Test("a statement that ends the transaction itself costs that one, and no other")
  func orRollback() async throws {
    try await Place.file.run { acta in
      try await acta.transaction { sql, _ in
        try sql.execute("INSERT INTO accounts VALUES ('alice', 1)")
      }
      let producer = try acta.producer(key: BytesSerializer(), value: StringSerializer())
      async let sent = producer.send(ProducerRecord(topic: "t", value: "v"))
      await #expect(throws: TransactionFailure.self) {
        try await acta.transaction { sql, _ in
          _ = try? sql.execute("INSERT OR ROLLBACK INTO accounts VALUES ('bob', 1), ('alice', 2)")
          // It would be kept, in no transaction.
          _ = try? sql.execute("INSERT INTO accounts VALUES ('carol', 1)")
        }
      }
      _ = try await sent
      #expect(try await acta.accounts() == ["alice": 1])
      #expect(try await acta.texts(of: "t", 1) == ["v"])
      await producer.close()
    }
  }
}
