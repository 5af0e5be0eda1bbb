import ActaModel
import Foundation
import LogEngine
import LogStorage
import SQLite
import SQLiteLog
import SQLiteStore
import Testing

@testable import ActaNode

/// Values that no broker could have written, in every cell that a start reads: refused by a sentence that
/// names table and column, or harmless; never a trap.
@Suite("Values that no broker has written") struct ImpossibleValueTests {
  private static let columns: [String: [String]] = [
    "cluster": ["value"],
    "topics": ["id", "uuid", "name", "view_name", "is_internal"],
    "stored_partitions": [
      "id", "topic_id", "number", "view_number", "log_start_offset", "next_offset", "leader_epoch",
      "record_count", "size_bytes", "max_timestamp", "appended_records", "appended_bytes",
      "producers_through",
    ],
    "batches": [
      "base_offset", "last_offset", "leader_epoch", "max_timestamp_so_far", "appended_records",
      "appended_bytes",
    ],
    "config_overrides": ["name", "value"],
    "consumer_groups": [
      "name", "type", "state", "protocol_type", "protocol", "leader_id", "generation",
      "assignment_epoch",
    ],
    "group_members": [
      "member_id", "instance_id", "client_id", "client_host", "session_timeout_ms",
      "rebalance_timeout_ms", "join_order", "partitions", "protocols", "assignment", "epoch",
      "previous_epoch", "state", "rack_id", "subscribed_topics", "subscribed_regex", "assignor",
      "assigned", "revoking", "target", "principal", "client_software", "client_software_version",
    ],
    "transactional_ids": [
      "transactional_id", "producer_id", "producer_epoch", "previous_producer_id", "last_epoch",
      "timeout_ms", "state", "partitions", "groups", "started_at", "updated_at",
    ],
    "transaction_ranges": ["partition_id", "producer_id", "first_offset"],
  ]

  private static let values = [
    "-9223372036854775808", "9223372036854775807", "2147483648", "-1", "NULL", "'abc'", "x'00'",
    "CAST(x'ff' AS TEXT)", "32767", #"'{"00000000-0000-0000-0000-000000000001":[[0,2147483647]]}'"#,
  ]

  /// What no column of the kind can hold, whatever its range.
  private static let wrongTypes: Set<String> = ["x'00'", "CAST(x'ff' AS TEXT)"]
  /// They keep bytes.
  private static let blobs: Set<String> = ["uuid", "assignment"]

  private let directory: URL

  init() throws {
    // In memory where that can be had: a thousand starts sync a lot.
    let memory = URL(fileURLWithPath: "/dev/shm")
    let hasMemory = FileManager.default.isWritableFile(atPath: memory.path)
    directory = (hasMemory ? memory : FileManager.default.temporaryDirectory)
      .appendingPathComponent("acta-values-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  }

  private func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

  private func open(_ path: String) throws -> ActaNode {
    try ActaNode(.file(path), settings: ["acta.disk.reserve.bytes": "0"])
  }

  @Test("every cell that a start reads")
  func start() async throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    try await makeBase()
    for (table, columns) in Self.columns.sorted(by: { $0.key < $1.key }) {
      for column in columns {
        for value in Self.values { try await tryOut(table, column, value) }
      }
    }
  }

  private func tryOut(_ table: String, _ column: String, _ value: String) async throws {
    let path = path("copy.db")
    try? FileManager.default.removeItem(atPath: path)
    try FileManager.default.copyItem(atPath: self.path("base.db"), toPath: path)
    guard try change(path, table, column, value) else { return }
    let comment = Comment(rawValue: "\(table).\(column) = \(value)")
    do {
      let node = try open(path)
      let isWrongType = Self.wrongTypes.contains(value) && !Self.blobs.contains(column)
      // A setting that cannot be read is not in force, and that is all; the log goes on behind a batch of which
      // nothing can be read, which its readers are told of.
      #expect(
        !isWrongType || ["batches", "cluster", "config_overrides"].contains(table), comment)
      try? await node.shutdown()
    } catch {
      let text = "\(error)"
      // Who points to the row may be the one that is named.
      #expect(text.contains(" cannot be read: in "), "\(comment): \(text)")
    }
  }

  /// False where SQLite does not take the value, or there is no change.
  private func change(
    _ path: String, _ table: String, _ column: String, _ value: String
  ) throws -> Bool {
    let connection = try Connection(path: path, mode: .readWrite)
    try connection.execute("PRAGMA wal_autocheckpoint = 0")
    let whole = table == "cluster" ? "key = 'leader_epoch'" : "\(column) IS NOT NULL"
    do throws(SQLiteError) {
      try connection.execute(
        "UPDATE \(table) SET \(column) = \(value) WHERE \(whole) AND \(column) IS NOT \(value)")
    } catch {
      return false
    }
    return connection.changes > 0
  }

  /// A topic, two groups with a member each, and tables that take anything.
  private func makeBase() async throws {
    let path = path("base.db")
    let node = try open(path)
    let client = try NodeClient(of: node)
    let topic = try await client.createTopic("t")
    _ = try await client.produce("a", to: topic)
    try await node.shutdown()
    try await addGroups(path)
    let connection = try Connection(path: path, mode: .readWrite)
    try connection.execute(
      """
      INSERT INTO config_overrides VALUES ('topic', 't', 'retention.ms', '-1', 0);
      INSERT INTO transaction_ranges VALUES (1, 7, 0, NULL, NULL);
      PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = replace(replace(sql, ') STRICT, WITHOUT', ') WITHOUT'), ') STRICT', ')');
      PRAGMA writable_schema = RESET;
      """)
    let changed = try connection.integer(
      "SELECT count(*) FROM sqlite_schema WHERE sql LIKE '%STRICT%' AND name NOT LIKE 'records%'")
    #expect(changed == 0)
  }

  private func addGroups(_ path: String) async throws {
    let log = try LogEngine.open(.file(path), options: LogOptions())
    let id = try #require(log.catalog()["t"]).id
    let partitions = [TopicPartition(topic: "t", number: 0)]
    let attribution = Attribution(principal: "User:a", software: "s", softwareVersion: "1")
    let classic = MemberRow(
      memberID: "m", instanceID: "i", clientID: "c", clientHost: "/h", attribution: attribution,
      sessionTimeoutMilliseconds: 10_000, rebalanceTimeoutMilliseconds: 10_000, joinOrder: 1,
      classic: MemberRow.ClassicPart(
        protocols: [GroupProtocol(name: "range", metadata: [1])], assignment: [0]),
      partitions: partitions)
    let consumer = MemberRow(
      memberID: "n", instanceID: "j", clientID: "c", clientHost: "/h", attribution: attribution,
      sessionTimeoutMilliseconds: 45_000, rebalanceTimeoutMilliseconds: 45_000, joinOrder: 1,
      consumer: MemberRow.ConsumerPart(
        epoch: 3, previousEpoch: 2, rackID: "r", subscribedTopics: ["t"], subscribedRegex: "t.*",
        assignor: "uniform", assigned: [id: [0: 3]], target: [id: [0]]),
      partitions: partitions)
    let refusal: StorageError? = await withCheckedContinuation { done in
      log.turn(
        { turn in
          try turn.write(
            [
              .putGroup(
                GroupRow(
                  name: "classic", state: .stable, protocolType: "consumer", protocolName: "range",
                  leaderID: "m", generation: 2)),
              .putMember(classic, group: "classic"),
              .putGroup(
                GroupRow(
                  name: "consumer", type: .consumer, state: .stable, protocolType: "consumer",
                  protocolName: "uniform", generation: 3, assignmentEpoch: 3)),
              .putMember(consumer, group: "consumer"),
            ], events: [])
          try turn.write(
            TransactionRow(
              transactionalID: "tx", producer: ProducerClaim(id: ProducerID(7), epoch: 1),
              previousProducerID: ProducerID(6), lastEpoch: 0, timeoutMilliseconds: 60_000,
              state: .ongoing, partitions: [PartitionID(1)], groups: [ExactText("classic")],
              startedAt: 1, updatedAt: 1))
          return { done.resume(returning: nil) }
        }, refuse: { done.resume(returning: $0) })
    }
    #expect(refusal == nil)
    log.close()
  }
}
