import ActaModel
import LogStorage
import LogTestSupport
import ModelLiterals
import SQLite
import Testing

@testable import LogEngine
@testable import SQLiteLog
@testable import SQLiteStore

/// What people are shown of transactions who read the file.
@Suite("Transactions in SQL") struct TransactionViewTests {
  private func withLog(
    _ body: (FileStorage, LogEngine) async throws -> Void
  ) async throws {
    let files = try FileStorage()
    let log = try files.open()
    try await body(files, log)
    log.close()
  }

  @Test("messages are those of transactions that were committed, others are shown by themselves")
  func messages() async throws {
    try await withLog { files, log in
      let partitions = try await log.makeTopic("orders", partitions: 2)
      var (open, other) = (TestTransactor(id: 1), TestTransactor(id: 2))
      try await log.write(try batch("plain"), to: partitions[0])
      try await log.write("aborted", by: &other, to: partitions[0])
      try await log.write("open", by: &open, to: partitions[0])
      try await log.end(other.claim, isCommit: false, [partitions[0]])
      try await log.write("committed", by: &other, to: partitions[0])
      try await log.end(other.claim, isCommit: true, [partitions[0]])
      try await log.write(try batch("elsewhere"), to: partitions[1])
      let connection = try files.foreign()
      func values(_ view: String) throws -> [String] {
        try connection.rows("SELECT CAST(value AS TEXT) FROM \(view) ORDER BY partition, offset")
      }
      for view in ["messages", "messages_raw", "topic_orders"] {
        #expect(try values(view) == ["plain", "committed", "elsewhere"], "\(view)")
      }
      #expect(try values("uncommitted_messages") == ["open"])
      #expect(try values("aborted_messages") == ["aborted"])
      #expect(
        try connection.rows(
          "SELECT partition, transaction_state FROM messages_1 ORDER BY 1, offset")
          == ["0|NULL", "0|aborted", "0|open", "0|NULL", "1|NULL"])
      try await log.end(open.claim, isCommit: true, [partitions[0]])
      #expect(try values("messages") == ["plain", "open", "committed", "elsewhere"])
      #expect(try values("uncommitted_messages") == [])
    }
  }

  @Test("where there are no transactions nobody is asked for them")
  func plans() async throws {
    try await withLog { files, log in
      let plain = try await log.makeTopic("plain", partitions: 2)
      let partitions = try await log.makeTopic("orders", partitions: 2)
      try await log.fill(plain + partitions)
      let connection = try files.foreign()
      func asked(_ query: String) throws -> Bool {
        // A plan that is only shown is made of the schema that the connection knows.
        _ = try connection.rows(query)
        return try connection.rows("EXPLAIN QUERY PLAN \(query)")
          .contains { $0.contains("transaction_ranges") }
      }
      let views = ["messages", "messages_raw", "topic_orders", "topic_plain"]
      for view in views { #expect(try !asked("SELECT count(*) FROM \(view)")) }
      var producer = TestTransactor(id: 1)
      try await log.write("open", by: &producer, to: partitions[1])
      for view in views {
        #expect(try asked("SELECT count(*) FROM \(view)") == (view != "topic_plain"), "\(view)")
      }
      #expect(try connection.rows("SELECT count(*) FROM messages") == ["4"])
      let plan = try connection.rows(
        """
        EXPLAIN QUERY PLAN
        SELECT * FROM messages WHERE topic = 'orders' AND partition = 1 AND offset = 5
        """)
      #expect(!plan.contains { $0.contains("SCAN") }, "\(plan)")
      try await log.end(producer.claim, isCommit: true, [partitions[1]])
      #expect(try connection.rows("SELECT count(*) FROM topic_orders") == ["3"])
      // What is new of the topic is shown in the same way.
      let grown = try await log.grow(try #require(log.catalog()["orders"]).id, to: 3).get()
      try await log.write("open", by: &producer, to: grown.partitions[2])
      #expect(try connection.rows("SELECT count(*) FROM topic_orders") == ["3"])
      #expect(
        try connection.rows("SELECT name, has_transactions FROM topics ORDER BY id")
          == ["plain|0", "orders|1"])
    }
  }

  @Test("a topic of more partitions than one view holds has its transactions, too")
  func wide() async throws {
    try await withLog { files, log in
      let partitions = try await log.makeTopic("wide", partitions: 450)
      try await log.fill(partitions)
      var producer = TestTransactor(id: 1)
      try await log.write("open", by: &producer, to: partitions[3])
      try await log.write("open", by: &producer, to: partitions[449])
      let connection = try files.foreign()
      for view in ["messages", "messages_raw", "topic_wide"] {
        #expect(try connection.rows("SELECT count(*) FROM \(view)") == ["450"], "\(view)")
      }
      #expect(
        try connection.rows("SELECT partition FROM uncommitted_messages ORDER BY 1")
          == ["3", "449"])
    }
  }

  @Test("a file's views are made anew at a start, with its transactions")
  func restart() async throws {
    let files = try FileStorage()
    var log = try files.open()
    let partition = try await log.makeTopic("orders")[0]
    var producer = TestTransactor(id: 1)
    try await log.write("open", by: &producer, to: partition)
    try files.foreign().execute("UPDATE cluster SET value = '2' WHERE key = 'views_version'")
    try files.foreign().execute("DROP VIEW uncommitted_messages; DROP VIEW aborted_messages")
    log.close()
    log = try files.open()
    #expect(try files.foreign().rows("SELECT count(*) FROM messages") == ["0"])
    #expect(try files.foreign().rows("SELECT value FROM uncommitted_messages") == ["open"])
    try await log.end(producer.claim, isCommit: false, [partition])
    try await log.write("again", by: &producer, to: partition)
    #expect(try files.foreign().rows("SELECT value FROM uncommitted_messages") == ["again"])
    #expect(try files.foreign().rows("SELECT value FROM aborted_messages") == ["open"])
    log.close()
  }

  @Test("whose transaction holds up whom")
  func overview() async throws {
    try await withLog { files, log in
      let partitions = try await log.makeTopic("orders", partitions: 2)
      var (first, hanging) = (TestTransactor(id: 1), TestTransactor(id: 2))
      try await log.write("a", by: &first, to: partitions[0])
      try await log.write("b", by: &hanging, to: partitions[0])
      try await log.write("c", "d", by: &hanging, to: partitions[1])
      try await log.turn { [first] turn in
        try turn.write(
          TransactionRow(
            transactionalID: "billing", producer: first.claim, timeoutMilliseconds: 60_000,
            state: .ongoing, partitions: [partitions[0]], groups: [ExactText("g")],
            startedAt: 1_700_000_000_123, updatedAt: 1_700_000_000_500))
      }
      let connection = try files.foreign()
      #expect(
        try connection.rows("SELECT * FROM transactions") == [
          "billing|Ongoing|1|0|2023-11-14T22:13:20.123Z|60000|orders-0|g|orders-0@0"
            + "|2023-11-14T22:13:20.500Z"
        ])
      #expect(
        try connection.rows("SELECT * FROM open_transactions") == [
          "orders|0|0|1|billing|2023-11-14T22:13:20.123Z|60000|1|2",
          "orders|0|1|2|NULL|NULL|NULL|0|0", "orders|1|0|2|NULL|NULL|NULL|1|2",
        ])
    }
  }

  @Test("lag is told to the log's end, and to where readers of committed records stop")
  func lag() async throws {
    try await withLog { files, log in
      let partitions = try await log.makeTopic("orders", partitions: 2)
      try await log.write([.putGroup(GroupRow(name: "g"))])
      var producer = TestTransactor(id: 1)
      for partition in partitions {
        try await log.write(try batch("a", "b"), to: partition)
        try await log.commit(1, partition)
      }
      try await log.write("c", "d", by: &producer, to: partitions[0])
      #expect(
        try files.foreign().rows(
          "SELECT partition, lag, last_stable_offset, stable_lag FROM consumer_lag")
          == ["0|3|2|1", "1|1|2|1"])
    }
  }

  @Test("the audit trail names the transaction, and who had asked")
  func history() async throws {
    try await withLog { files, log in
      let partition = try await log.makeTopic("orders")[0]
      try await log.write([.putGroup(GroupRow(name: "g"))])
      try await log.commit(1, partition)
      let committer = Committer(
        memberID: "m", instanceID: "i", clientID: "c", clientHost: "/h",
        attribution: Attribution(principal: "User:a", software: "s", softwareVersion: "1"),
        generation: 3, source: .transaction, transactionalID: "tx", producerID: ProducerID(7))
      let commit = OffsetCommit(
        partition: partition, offset: 5, leaderEpoch: 2, metadata: "note", expiresAt: 9)
      try await log.turn { _ = try $0.hold([commit], of: "g", by: committer) }
      #expect(try files.foreign().rows("SELECT count(*) FROM offset_history") == ["1"])
      try await log.end(
        ProducerClaim(id: ProducerID(7), epoch: 0), isCommit: true, [], groups: ["g"])
      let columns = """
        offset_before, offset_after, source, client, host, member, instance, generation, metadata,
        leader_epoch, principal, client_software, transactional_id, producer_id
        """
      let rows = try files.foreign().rows("SELECT \(columns) FROM offset_history ORDER BY id")
      #expect(
        rows == [
          "NULL|1|consumer|||NULL|NULL|NULL||NULL|NULL|NULL|NULL|NULL",
          "1|5|transaction|c|/h|m|i|3|note|2|User:a|s|tx|7",
        ])
      #expect(try files.foreign().rows("SELECT expires_at FROM committed_offsets") == ["9"])
    }
  }

  @Test("what is deleted leaves nothing of transactions behind")
  func trims() async throws {
    try await withLog { files, log in
      let partition = try await log.makeTopic("orders")[0]
      var producer = TestTransactor(id: 1)
      for value in ["a", "b"] {
        try await log.write(value, by: &producer, to: partition)
        try await log.end(producer.claim, isCommit: false, [partition])
      }
      func ranges() throws -> [String] {
        try files.foreign().rows("SELECT first_offset, last_offset FROM transaction_ranges")
      }
      #expect(try ranges() == ["0|1", "2|3"])
      _ = await log.trim([RecordDeletion(partition: partition, beforeOffset: 1)])
      #expect(try ranges() == ["0|1", "2|3"])
      _ = await log.trim([RecordDeletion(partition: partition, beforeOffset: 2)])
      #expect(try ranges() == ["2|3"])
      #expect(try files.foreign().rows("SELECT record_count FROM partitions") == ["1"])
      _ = try await log.retain(
        RetentionPolicy(deleteBeforeTimestamp: .max, maxBytes: nil), partition
      ).get()
      #expect(try ranges() == [])
      #expect(
        try files.foreign().rows("SELECT record_count, size_bytes FROM partitions") == ["0|0"])
    }
  }

  @Test("what another process changes of transactions is read anew")
  func foreign() async throws {
    try await withLog { files, log in
      let partition = try await log.makeTopic("orders")[0]
      let resident = TestResident()
      try log.attach(resident)
      var producer = TestTransactor(id: 1)
      try await log.write("a", by: &producer, to: partition)
      try await log.turn {
        try $0.write(
          TransactionRow(
            transactionalID: "tx", producer: ProducerClaim(id: ProducerID(1), epoch: 0),
            timeoutMilliseconds: 1, updatedAt: 0))
      }
      let foreign = try files.foreign()
      try foreign.execute("CREATE TABLE notes(a); INSERT INTO notes VALUES (1)")
      try await log.write([])
      #expect(resident.reasons == [.start])
      try foreign.execute("UPDATE transactional_ids SET producer_epoch = 4")
      try await log.write([])
      #expect(resident.reasons == [.start, .foreignWrite])
      #expect(resident.transactions.map(\.producer.epoch) == [4])
      #expect(log.bounds(of: partition)?.lastStableOffset == 0)
      try foreign.execute("DELETE FROM transaction_ranges")
      try await log.write([])
      #expect(log.bounds(of: partition)?.lastStableOffset == 1)
      let plain = try producer.batch(["b"], for: partition, isTransactional: false)
      try await log.write(plain, to: partition)
    }
  }
}
