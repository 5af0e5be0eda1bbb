import ActaModel
import BatchCodec
import LogStorage
import LogTestSupport
import ModelLiterals
import SQLite
import Testing

@testable import LogEngine
@testable import SQLiteLog
@testable import SQLiteStore

@Suite("Views for people")
struct ViewTests {
  private func withLog(
    _ body: (FileStorage, LogEngine) async throws -> Void
  ) async throws {
    let files = try FileStorage()
    let log = try files.open()
    try await body(files, log)
    log.close()
  }

  private func reader(_ files: FileStorage) throws -> Connection {
    try Connection(path: files.path, mode: .readOnly)
  }

  @Test("messages shows every record as text")
  func messages() async throws {
    try await withLog { files, log in
      let partitions = try await log.makeTopic("orders", partitions: 2)
      try await log.write(
        try producedBatch([
          TestRecord(
            timestamp: 1_700_000_000_123, key: "k", value: #"{"status":"failed","n":1}"#,
            headers: [RecordHeader(name: "trace", value: Array("t1".utf8))])
        ]), to: partitions[1])
      try await log.write(
        try producedBatch([TestRecord(timestamp: -1, value: nil)]), to: partitions[0])
      let connection = try reader(files)
      let rows = try connection.rows(
        """
        SELECT *, typeof(key), typeof(value) FROM messages ORDER BY partition
        """)
      #expect(
        rows == [
          "orders|0|0|-1|NULL|NULL|NULL|NULL|null|null",
          #"orders|1|0|1700000000123|2023-11-14T22:13:20.123Z|k|{"status":"failed","n":1}|[["trace","t1"]]|text|text"#,
        ])
      let raw = try connection.rows(
        """
        SELECT topic, partition, offset, timestamp, time, hex(key), typeof(key), typeof(value), headers
        FROM messages_raw ORDER BY partition
        """)
      #expect(
        raw == [
          "orders|0|0|-1|NULL||null|null|NULL",
          #"orders|1|0|1700000000123|2023-11-14T22:13:20.123Z|6B|blob|blob|[["trace","t1"]]"#,
        ])
      let failed = try connection.rows(
        """
        SELECT topic, partition, offset FROM messages
        WHERE topic = 'orders' AND value->>'$.status' = 'failed'
        """)
      #expect(failed == ["orders|1|0"])
    }
  }

  @Test("a look-up by topic, partition and offset searches by rowid in every arm")
  func queryPlan() async throws {
    try await withLog { files, log in
      let many = try await log.makeTopic("many", partitions: 450)
      try await log.fill(many + log.makeTopic("orders", partitions: 3))
      let connection = try reader(files)
      for query in [
        "SELECT * FROM messages WHERE topic = 'orders' AND partition = 1 AND offset = 5",
        "SELECT count(*) FROM messages WHERE topic = 'orders' AND partition = 1 AND offset > 5",
        "SELECT value FROM topic_orders WHERE partition = 1 AND offset BETWEEN 3 AND 5",
        "SELECT value FROM topic_many WHERE partition = 1 AND offset = 3",
      ] {
        let plan = try connection.rows("EXPLAIN QUERY PLAN \(query)")
        let arms = plan.filter { $0.contains("records_") }
        #expect(arms.count >= 3)
        #expect(
          arms.allSatisfy {
            $0.contains("SEARCH records_") && $0.contains("USING INTEGER PRIMARY KEY")
          }, "\(query): \(arms.first { !$0.contains("SEARCH") } ?? "")")
      }
    }
  }

  @Test("more partitions than one view can hold")
  func chunks() async throws {
    try await withLog { files, log in
      let partitions = try await log.makeTopic("wide", partitions: 850)
      try await log.fill(Array(partitions.dropLast()))
      try await log.write(try batch("x"), to: partitions[849])
      let connection = try reader(files)
      let chunks = try connection.rows(
        "SELECT name FROM sqlite_schema WHERE name LIKE 'messages%' ORDER BY name")
      #expect(chunks == ["messages", "messages_1", "messages_2", "messages_3", "messages_raw"])
      for view in ["messages", "messages_raw", "topic_wide"] {
        let rows = try connection.rows(
          "SELECT partition, value FROM \(view) WHERE CAST(value AS TEXT) = 'x'")
        #expect(rows == ["849|x"], "\(view)")
        let all = try connection.rows("SELECT count(*) FROM \(view)")
        #expect(all == ["850"], "\(view)")
      }
    }
  }

  @Test("a partition without records has no table, and the views do not miss it")
  func emptyPartitions() async throws {
    try await withLog { files, log in
      let partitions = try await log.makeTopic("wide", partitions: 10_000)
      let connection = try reader(files)
      let tables =
        "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'records_%' AND type = 'table'"
      let shown =
        "SELECT partition, value FROM topic_wide UNION ALL SELECT partition, value FROM messages"
      #expect(try connection.integer(tables) == 0)
      #expect(try connection.rows(shown).isEmpty)
      #expect(try connection.integer("SELECT count(*) FROM topic_sizes") == 10_000)
      try await log.write(try batch("x"), to: partitions[7_000])
      #expect(try connection.integer(tables) == 1)
      #expect(try connection.rows(shown) == ["7000|x", "7000|x"])
      let size = try connection.integer("SELECT page_count * 16384 FROM pragma_page_count")
      #expect(try #require(size) < 4 << 20)
      // An empty partition is read, searched and trimmed as any other.
      #expect(try await log.records(partitions[0]).isEmpty)
      #expect(try await log.find(.maximum, partitions[0]).get() == nil)
      let trimmed = await log.trim([RecordDeletion(partition: partitions[0], beforeOffset: nil)])
      #expect(try trimmed[0].get() == 0)
    }
  }

  @Test("what a crash has left of a topic that was being made is gone at the next start")
  func leftovers() async throws {
    let files = try FileStorage()
    var log = try files.open()
    let kept = try await log.makeTopic("kept", partitions: 2)
    log.close()
    try files.foreign().execute(
      """
      INSERT INTO stored_partitions(topic_id, number, view_number) VALUES (77, 0, 0), (77, 1, 0)
      """)
    log = try files.open()
    #expect(log.catalog().topics.map(\.partitions) == [kept])
    #expect(try reader(files).integer("SELECT count(*) FROM partitions") == 2)
    let large = try await log.makeTopic("large", partitions: 4_100)
    #expect(Set(large).count == 4_100)
    #expect(try reader(files).integer("SELECT count(*) FROM topic_sizes") == 4_102)
    try await log.write(try batch("x"), to: large[4_099])
    #expect(try reader(files).rows("SELECT partition, value FROM topic_large") == ["4099|x"])
    log.close()
  }

  @Test("of many topics that are made at once each has its view, in time and after a restart")
  func manyTopics() async throws {
    let files = try FileStorage()
    var log = try files.open()
    // More partitions than get their tables at once.
    let wanted = (0..<30).map { "t\($0)" } + ["T0"]
    _ = await log.create(wanted.map { newTopic($0, partitions: 65) })
    let connection = try reader(files)
    let missing = """
      SELECT count(*) FROM topics
      WHERE view_name NOT IN (SELECT name FROM sqlite_schema WHERE type = 'view')
      """
    // A name that is still to be taken is taken.
    let names = try connection.rows("SELECT lower(view_name) FROM topics")
    #expect(Set(names).count == 31)
    log.close()
    log = try files.open()
    // A writer makes four between two requests when it has the time.
    var rounds = 0
    while rounds < 100_000, try connection.integer(missing) != 0 {
      _ = await log.append([])
      rounds += 1
    }
    #expect(try reader(files).integer(missing) == 0)
    #expect(try reader(files).rows("SELECT * FROM topic_t29").isEmpty)
    log.close()
  }

  @Test("a batch that is refused does not take the view of another's first records along")
  func firstRecordsBesideARefusal() async throws {
    try await withLog { files, log in
      let partitions = try await log.makeTopic("t", partitions: 3)
      try await log.write(try batch("w"), to: partitions[1])
      try files.foreign().execute(
        """
        CREATE TRIGGER refuse BEFORE INSERT ON \(RecordTables.name(partitions[1])) BEGIN
          SELECT raise(ABORT, 'not here');
        END
        """)
      let results = await log.append(
        try [0, 1, 2].map { PartitionAppend(partition: partitions[$0], batch: try batch("x")) })
      #expect(results.map { (try? $0.get()) != nil } == [true, false, true])
      let connection = try reader(files)
      for view in ["messages", "topic_t"] {
        let rows = try connection.rows("SELECT partition, value FROM \(view) ORDER BY 1")
        #expect(rows == ["0|x", "1|w", "2|x"], "\(view)")
      }
    }
  }

  @Test("a topic has a view, whatever its name, and none has another's")
  func topicViews() async throws {
    try await withLog { files, log in
      for name in ["orders", "a.b-c", "Orders", "sizes", "sizes_4", "ORDERS", "raw"] {
        try await log.write(try batch(name), to: try await log.makeTopic(name)[0])
      }
      let connection = try reader(files)
      let views = try connection.rows("SELECT name, view_name FROM topics ORDER BY id")
      #expect(
        views == [
          "orders|topic_orders#1", "a.b-c|topic_a.b-c", "Orders|topic_Orders#3",
          "sizes|topic_sizes#4", "sizes_4|topic_sizes_4", "ORDERS|topic_ORDERS#6",
          "raw|topic_raw",
        ])
      for row in views {
        let (name, view) = (row.split(separator: "|")[0], row.split(separator: "|")[1])
        let rows = try connection.rows("SELECT topic, value FROM \(SQL.identifier(String(view)))")
        #expect(rows == ["\(name)|\(name)"])
      }
      // Which of the three would it be?
      #expect(throws: SQLiteError.self) { _ = try connection.rows("SELECT * FROM topic_orders") }
    }
  }

  @Test(
    "a value is found as text and as a number, in every column that is one",
    arguments: [
      "messages WHERE partition = '1'", "messages WHERE partition = 1",
      "messages WHERE offset = '0' AND partition = 1", "messages WHERE timestamp = '1700000000000'",
      "messages_raw WHERE partition = '1' AND offset = '0'", "messages_1 WHERE partition = '1'",
      "topic_orders WHERE partition = '1'", "topic_orders WHERE partition IN ('1', '7')",
      "topic_sizes WHERE partition = '1' AND records = '1' AND log_end_offset = '1'",
      "consumer_lag WHERE partition = '1' AND lag = '1' AND committed_offset = '0'",
      "offset_history WHERE rewound = '0' AND partition = '1' AND offset_after = '0'",
      "group_overview WHERE members = '0' AND generation = '0'",
    ])
  func affinity(_ what: String) async throws {
    try await withLog { files, log in
      let partitions = try await log.makeTopic("orders", partitions: 2)
      for partition in partitions { try await log.write(try batch("x"), to: partition) }
      try await log.write([.putGroup(GroupRow(name: "g"))])
      _ = try await log.commit(0, partitions[1])
      let connection = try reader(files)
      let count = try connection.rows("SELECT count(*) FROM \(what)")
      let isNoFilter = what.contains("timestamp")
      #expect(count == [isNoFilter ? "2" : "1"])
    }
  }

  /// A table that is made from a view has the affinities of its columns for types.
  @Test("every column of every view has an affinity, but for bytes")
  func types() async throws {
    try await withLog { files, log in
      try await log.fill(try await log.makeTopic("orders"))
      let connection = try reader(files)
      let views = try connection.rows("SELECT name FROM sqlite_schema WHERE type = 'view'")
      #expect(views.count == 18)
      for view in views {
        try connection.execute(
          "CREATE TEMP TABLE copy AS SELECT * FROM \(SQL.identifier(view))")
        let bare = try connection.rows(
          "SELECT name FROM temp.pragma_table_info('copy') WHERE type = ''")
        let isRaw = ["messages_1", "messages_raw"].contains(view)
        #expect(bare == (isRaw ? ["key", "value"] : []), "\(view)")
        try connection.execute("DROP TABLE temp.copy")
      }
    }
  }

  @Test("the views of an older program's file are made anew, and named anew where they must be")
  func upgrade() async throws {
    try await withLog { files, log in
      for name in ["orders", "Orders", "sizes", "sizes_3", "plain"] {
        try await log.write(try batch(name), to: try await log.makeTopic(name)[0])
      }
      let foreign = try files.foreign()
      try foreign.execute(
        """
        DROP VIEW messages; DROP VIEW messages_raw; DROP VIEW messages_1;
        DROP VIEW uncommitted_messages; DROP VIEW aborted_messages;
        DROP VIEW "topic_orders#1"; DROP VIEW "topic_Orders#2"; DROP VIEW "topic_sizes#3";
        DROP VIEW topic_sizes_3; DROP VIEW topic_plain;
        UPDATE topics SET view_name = 'topic_' || name;
        UPDATE topics SET view_name = 'topic_Orders_2' WHERE id = 2;
        UPDATE topics SET view_name = 'topic_sizes_3_4' WHERE id = 4;
        UPDATE topics SET view_name = 'topic_sizes_3' WHERE id = 3;
        CREATE VIEW messages AS SELECT 1 AS key_bytes; CREATE VIEW messages_1 AS SELECT 1;
        CREATE VIEW topic_orders AS SELECT 1; CREATE VIEW topic_Orders_2 AS SELECT 2;
        CREATE VIEW topic_sizes_3 AS SELECT 3; CREATE VIEW topic_sizes_3_4 AS SELECT 4;
        CREATE VIEW topic_plain AS SELECT 5;
        CREATE TRIGGER theirs INSTEAD OF INSERT ON topic_Orders_2 BEGIN SELECT 1; END;
        CREATE TRIGGER kept INSTEAD OF INSERT ON topic_plain BEGIN SELECT 1; END;
        DELETE FROM cluster WHERE key = 'views_version';
        """)
      log.close()
      let again = try files.open()
      let expected = [
        "orders|topic_orders#1", "Orders|topic_Orders#2", "sizes|topic_sizes#3",
        "sizes_3|topic_sizes_3", "plain|topic_plain",
      ]
      #expect(try foreign.rows("SELECT name, view_name FROM topics ORDER BY id") == expected)
      for row in expected {
        let (name, view) = (row.split(separator: "|")[0], row.split(separator: "|")[1])
        let rows = try foreign.rows("SELECT topic, value FROM \(SQL.identifier(String(view)))")
        #expect(rows == ["\(name)|\(name)"])
      }
      #expect(try foreign.rows("SELECT count(*) FROM messages") == ["5"])
      #expect(try foreign.rows("SELECT count(*) FROM messages_raw") == ["5"])
      #expect(
        try foreign.rows("SELECT name FROM sqlite_schema WHERE name IN ('theirs', 'kept')")
          == ["kept"])
      #expect(try foreign.rows("PRAGMA integrity_check") == ["ok"])
      // The writer goes by what there is now.
      _ = try await again.makeTopic("new")
      _ = await again.delete([try #require(again.catalog()["plain"]).id])
      #expect(try foreign.rows("SELECT DISTINCT topic FROM messages ORDER BY 1").count == 4)
      again.close()
    }
  }

  @Test("a table of an application's that has the name of ours is not taken for ours")
  func foreignName() async throws {
    try await withLog { files, log in
      _ = try await log.makeTopic("t")
      let foreign = try files.foreign()
      try foreign.execute(
        """
        DROP VIEW messages_raw; CREATE TABLE messages_raw(x);
        DROP VIEW uncommitted_messages; DROP VIEW aborted_messages;
        CREATE TABLE aborted_messages(x);
        DELETE FROM cluster WHERE key = 'views_version'
        """)
      log.close()
      for name in ["messages_raw", "aborted_messages"] {
        let error = #expect(throws: StoreError.self) { _ = try files.open() }
        #expect(error?.description.contains(name) == true)
        try foreign.execute("ALTER TABLE \(name) RENAME TO my_\(name)")
      }
      try files.open().close()
    }
  }

  @Test("a deleted topic leaves the views at once, a new one takes its place")
  func deletion() async throws {
    try await withLog { files, log in
      let first = try await log.makeTopic("a", partitions: 2)
      _ = try await log.makeTopic("b")
      try await log.write(try batch("gone"), to: first[0])
      let connection = try reader(files)
      _ = await log.delete([try #require(log.catalog()["a"]).id])
      let left = try connection.rows("SELECT topic FROM messages")
      #expect(left.isEmpty)
      let views = try connection.rows(
        "SELECT name FROM sqlite_schema WHERE name LIKE 'topic/_%' ESCAPE '/' AND type = 'view' ORDER BY 1"
      )
      #expect(views == ["topic_b", "topic_sizes"])
      let again = try await log.makeTopic("a")
      try await log.write(try batch("new"), to: again[0])
      let values = try connection.rows("SELECT value FROM topic_a")
      #expect(values == ["new"])
      _ = await log.delete(log.catalog().topics.map(\.id))
      let nothing = try connection.rows("SELECT * FROM messages")
      #expect(nothing.isEmpty)
    }
  }

  @Test("topic_sizes tells records, bytes, offsets and times")
  func topicSizes() async throws {
    try await withLog { files, log in
      let partition = try await log.makeTopic("t")[0]
      try await log.write(try batch("a", "b", at: 1_000), to: partition)
      try await log.write(try batch("c", "d", at: 2_500), to: partition)
      let size = try #require(try await log.sizes([partition]).get()[partition])
      let connection = try reader(files)
      let sql = """
        SELECT topic, partition, records, bytes, log_start_offset, log_end_offset, oldest_time,
          newest_time FROM topic_sizes
        """
      var rows = try connection.rows(sql)
      #expect(rows == ["t|0|4|\(size)|0|4|1970-01-01T00:00:01.000Z|1970-01-01T00:00:02.500Z"])
      _ = await log.trim([RecordDeletion(partition: partition, beforeOffset: 3)])
      rows = try connection.rows(sql)
      let rest = try #require(try await log.sizes([partition]).get()[partition])
      #expect(rows == ["t|0|1|\(rest)|3|4|1970-01-01T00:00:02.500Z|1970-01-01T00:00:02.500Z"])
      let visible = try connection.rows("SELECT offset, value FROM messages")
      #expect(visible == ["3|d"])
    }
  }

  @Test(
    "the stock shell can read while the storage writes",
    .enabled(if: StockShell.isInstalled))
  func stockShell() async throws {
    try await withLog { files, log in
      let partition = try await log.makeTopic("orders")[0]
      try await log.write(
        try producedBatch([
          TestRecord(key: "k1", value: #"{"status":"failed"}"#),
          TestRecord(key: "k2", value: #"{"status":"done"}"#),
        ]), to: partition)
      let text = try StockShell.output(
        of: """
          SELECT topic, partition, offset, time, key, value, headers FROM messages
          WHERE topic='orders' AND value->>'$.status'='failed'
          """, on: files.path)
      #expect(text == "orders|0|0|2023-11-14T22:13:20.000Z|k1|{\"status\":\"failed\"}|\n")
      try await log.write(try batch("after"), to: partition)
    }
  }
}
