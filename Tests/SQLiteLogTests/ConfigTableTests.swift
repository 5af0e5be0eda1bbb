import ActaModel
import LogStorage
import LogTestSupport
import SQLite
import Testing

@testable import LogEngine
@testable import SQLiteLog

@Suite("Configurations in their tables")
struct ConfigTableTests {
  private let author = ConfigAuthor(
    .incrementalAlterConfigs, clientID: "admin", clientHost: "/127.0.0.1",
    attribution: Attribution(
      principal: "User:alice", software: "librdkafka", softwareVersion: "2.3.0"))

  /// A log with a topic, and another process at its file.
  private func withLog(
    _ body: (FileStorage, LogEngine, borrowing Connection) async throws -> Void
  ) async throws {
    let files = try FileStorage()
    let log = try files.open()
    _ = try await log.makeTopic("orders")
    try await body(files, log, try files.foreign())
    log.close()
  }

  private let history = """
    SELECT kind, name, config, value_before, value_after, through, principal, client, host,
      client_software FROM config_changes ORDER BY id
    """

  @Test("who changed the retention of a topic, and to what, is one query")
  func whoDidIt() async throws {
    try await withLog { _, log, foreign in
      try await log.configure(.topic("orders"), as: ["retention.ms": "1"], by: author).get()
      try await log.configure(.topic("orders"), as: ["retention.ms": "2"], by: author).get()
      try foreign.execute("UPDATE config_overrides SET value = '3' WHERE name = 'retention.ms'")
      let rows = try foreign.rows(
        """
        SELECT time, value_before, value_after, principal, client, through FROM config_changes
        WHERE kind = 'topic' AND name = 'orders' AND config = 'retention.ms' ORDER BY id
        """)
      #expect(
        rows.prefix(2) == [
          "2023-11-14T22:13:20.000Z|NULL|1|User:alice|admin|IncrementalAlterConfigs",
          "2023-11-14T22:13:20.000Z|1|2|User:alice|admin|IncrementalAlterConfigs",
        ])
      #expect(rows.last?.hasSuffix("|2|3|NULL|NULL|SQL") == true)
      let plan = try foreign.rows(
        """
        EXPLAIN QUERY PLAN SELECT * FROM config_changes
        WHERE kind = 'topic' AND name = 'orders' AND config = 'retention.ms'
        """)
      #expect(plan[0].contains("config_history_by_entity"))
    }
  }

  @Test("old changes are forgotten, but for the last of what is set")
  func trim() async throws {
    try await withLog { files, log, foreign in
      let topic = ConfigEntity.topic("orders")
      for value in 1...3 {
        try await log.configure(topic, as: ["retention.ms": "\(value)"], by: author).get()
      }
      try await log.configure(
        topic, as: ["retention.ms": "3", "cleanup.policy": "compact"], by: author
      ).get()
      try await log.configure(topic, as: ["retention.ms": "3"], by: author).get()
      try await log.configure(topic, as: ["retention.ms": "3", "segment.ms": "9"], by: author).get()
      let now = files.options.now()
      #expect(await log.trimAudit(olderThan: now) == .success(0))
      #expect(await log.trimAudit(olderThan: now + 1) == .success(4))
      let left = "SELECT config, value_before, value_after FROM config_changes ORDER BY id"
      #expect(try foreign.rows(left) == ["retention.ms|2|3", "segment.ms|NULL|9"])
      // What another program replaces is still known.
      try foreign.execute(
        "REPLACE INTO config_overrides SELECT entity_type, entity_name, name, '4', 0"
          + " FROM config_overrides WHERE name = 'retention.ms'")
      #expect(try foreign.rows(left).last == "retention.ms|3|4")
    }
  }

  @Test("the life of a topic's configuration is told, from its making to its deletion")
  func lifeOfATopic() async throws {
    try await withLog { _, log, foreign in
      let made = ConfigAuthor(.createTopics, clientID: "maker", clientHost: "/::1")
      _ = await log.create([
        NewTopic(
          id: newTopic("t").id, name: "t", partitionCount: 1, configs: ["b": "2", "a": "1"],
          by: made)
      ])
      try await log.configure(.topic("t"), as: ["a": "1"], by: author).get()
      _ = await log.delete([try #require(log.catalog()["t"]).id])
      #expect(
        try foreign.rows(history) == [
          "topic|t|a|NULL|1|CreateTopics|NULL|maker|/::1|NULL",
          "topic|t|b|NULL|2|CreateTopics|NULL|maker|/::1|NULL",
          "topic|t|b|2|NULL|IncrementalAlterConfigs|User:alice|admin|/127.0.0.1|librdkafka",
          "topic|t|a|1|NULL|topic deletion|NULL|NULL|NULL|NULL",
        ])
      #expect(try foreign.rows("SELECT * FROM config_overrides") == [])
    }
  }

  @Test("what others set by SQL is recorded and taken in, whichever way they put it")
  func bySQL() async throws {
    try await withLog { _, log, foreign in
      func orders() async throws -> [String: String]? {
        try await log.overrides(of: .topic("orders"))
      }
      let key = "(entity_type, entity_name, name, value)"
      try foreign.execute(
        "INSERT INTO config_overrides\(key) VALUES ('topic', 'orders', 'retention.ms', '5')")
      #expect(try await orders() == ["retention.ms": "5"])
      try foreign.execute(
        "INSERT OR REPLACE INTO config_overrides\(key) VALUES ('topic', 'orders', 'retention.ms', '6')"
      )
      #expect(try await orders() == ["retention.ms": "6"])
      try foreign.execute(
        """
        INSERT INTO config_overrides\(key) VALUES ('topic', 'orders', 'retention.ms', '7')
        ON CONFLICT DO UPDATE SET value = excluded.value
        """)
      #expect(try await orders() == ["retention.ms": "7"])
      try foreign.execute("UPDATE config_overrides SET name = 'segment.ms'")
      #expect(try await orders() == ["segment.ms": "7"])
      try foreign.execute("DELETE FROM config_overrides")
      #expect(try await orders() == [:])
      #expect(
        try foreign.rows(
          "SELECT config, value_before, value_after FROM config_changes WHERE through = 'SQL'")
          == [
            "retention.ms|NULL|5", "retention.ms|5|6", "retention.ms|6|7", "retention.ms|7|NULL",
            "segment.ms|NULL|7", "segment.ms|7|NULL",
          ])
      #expect(try foreign.rows("SELECT 1 FROM config_changes WHERE abs(changed_at) < 1e12") == [])
    }
  }

  @Test("what is set on brokers and groups by SQL is told to whoever watches")
  func observed() async throws {
    try await withLog { _, log, foreign in
      let told = Recorder<[String: String]>()
      log.observeConfigs { told.append($0[.brokerDefaults]) }
      try foreign.execute(
        """
        INSERT INTO config_overrides(entity_type, entity_name, name, value)
        VALUES ('broker', '<default>', 'message.max.bytes', '5')
        """)
      _ = try await log.overrides(of: .brokerDefaults)
      #expect(told.values == [["message.max.bytes": "5"]])
    }
  }

  @Test("a configuration that others change does not have topics read anew")
  func topicsStay() async throws {
    try await withLog { _, log, foreign in
      try foreign.execute("UPDATE change_marks SET changes = 0")
      try foreign.execute(
        """
        INSERT INTO config_overrides(entity_type, entity_name, name, value)
        VALUES ('topic', 'orders', 'a', '5')
        """)
      #expect(
        try foreign.rows("SELECT name, changes FROM change_marks WHERE changes > 0")
          == ["configs|1"])
      try await log.configure(.topic("orders"), as: [:], by: author).get()
      #expect(
        try foreign.rows("SELECT name, changes FROM change_marks WHERE changes > 0")
          == ["configs|1"])
    }
  }

  @Test(
    "what a table can tell to be wrong is refused with a sentence",
    arguments: [
      ("'topics', 'orders', 'a', '1'", "entity_type is topic, broker, group or client_metrics"),
      ("'topic', 'none', 'a', '1'", "there is no such topic"),
      ("'topic', '', 'a', '1'", "entity_name is empty"),
      ("'group', '', 'a', '1'", "entity_name is empty"),
      ("'broker', 'one', 'a', '1'", "entity_name of a broker is its id, or <default>"),
      ("'group', 'g', '', '1'", "name is empty"),
      ("'group', 'g', 'a', printf('%.*c', 32768, 'x')", "value is longer than 32767 bytes"),
    ])
  func refused(_ values: String, _ sentence: String) async throws {
    try await withLog { _, log, foreign in
      let error = #expect(throws: SQLiteError.self) {
        try foreign.execute(
          "INSERT INTO config_overrides(entity_type, entity_name, name, value) VALUES (\(values))")
      }
      #expect(error?.message.contains(sentence) == true)
      try await log.configure(.topic("orders"), as: ["b": "1"], by: author).get()
      let update = #expect(throws: SQLiteError.self) {
        try foreign.execute(
          "UPDATE config_overrides SET (entity_type, entity_name, name, value) = (\(values))")
      }
      #expect(update?.message.contains(sentence) == true)
      #expect(try await log.overrides(of: .topic("orders")) == ["b": "1"])
    }
  }

  @Test("a row that is no text costs itself, and is told once")
  func illegible() async throws {
    var files = try FileStorage()
    let notices = Recorder<String>()
    files.options.log = { level, text in if level == .error { notices.append(text) } }
    let log = try files.open()
    try files.foreign().execute(
      """
      INSERT INTO config_overrides(entity_type, entity_name, name, value)
      VALUES ('group', 'g', 'a', CAST(x'ff' AS TEXT)), ('group', 'g', 'b', '1')
      """)
    for _ in 0..<3 { #expect(try await log.overrides(of: .group("g")) == ["b": "1"]) }
    log.close()
    #expect(notices.values.count == 1)
    #expect(notices.values[0].contains("'group', 'g', 'a'"))
    let again = try files.open()
    #expect(again.configOverrides()[.group("g")] == ["b": "1"])
    again.close()
  }
}
