import ActaModel
import CRecordingVFS
import LogStorage
import LogTestSupport
import ModelLiterals
import SQLite
import Synchronization
import Testing
import Threads

@testable import LogEngine
@testable import SQLiteLog
@testable import SQLiteStore

/// What coordinators can rely on when things go wrong.
@Suite("Coordination: rollbacks and other processes")
struct CoordinationTests {
  private func withLog(
    _ body: (FileStorage, LogEngine, TestResident) async throws -> Void
  ) async throws {
    let files = try FileStorage()
    let log = try files.open()
    let resident = TestResident()
    try log.attach(resident)
    try await body(files, log, resident)
    log.close()
  }

  private struct Attempt: Equatable, Sendable {
    let name: String
    /// Reloads that the resident had seen when the work ran.
    let reloads: Int
  }

  /// Puts the group `name`, and remembers when.
  private func put(
    _ name: String, _ log: LogEngine, _ resident: TestResident,
    _ attempts: Recorder<Attempt>, _ answers: Recorder<String>
  ) {
    log.turn(
      { transaction in
        attempts.append(Attempt(name: name, reloads: resident.reloads.count))
        try transaction.write([.putGroup(GroupRow(name: name))], events: [])
        return { answers.append("\(name) kept") }
      },
      refuse: { _ in answers.append("\(name) refused") })
  }

  /// Holds the writer until `body` has queued its requests, so that they share a transaction.
  private func inOneGroup(_ log: LogEngine, _ body: () -> Void) async throws {
    let gate = Monitor(false)
    log.turn(
      { _ in
        gate.wait { $0 ? () : nil }
        return {}
      }, refuse: { _ in })
    body()
    gate.update { $0 = true }
    try await log.write([])
  }

  @Test("a failed transaction reloads the resident before its requests are tried one at a time")
  func rollback() async throws {
    try await withLog { files, log, resident in
      try files.foreign().execute(
        """
        CREATE TRIGGER refuse BEFORE INSERT ON consumer_groups WHEN new.name = 'bad' BEGIN
          SELECT raise(ABORT, 'not this one');
        END
        """)
      try await log.write([.putGroup(GroupRow(name: "before"))])
      let attempts = Recorder<Attempt>()
      let answers = Recorder<String>()
      let reloadsBefore = resident.reloads.count
      try await inOneGroup(log) {
        for name in ["a", "bad", "b"] { put(name, log, resident, attempts, answers) }
      }
      // A refusal is told at once; what is kept is told when it is synced, perhaps by another thread.
      #expect(answers.values.sorted() == ["a kept", "b kept", "bad refused"])
      // Together, and after a reload alone; the one at fault costs those behind it another one.
      #expect(
        attempts.values == [
          Attempt(name: "a", reloads: reloadsBefore), Attempt(name: "bad", reloads: reloadsBefore),
          Attempt(name: "a", reloads: reloadsBefore + 1),
          Attempt(name: "bad", reloads: reloadsBefore + 1),
          Attempt(name: "b", reloads: reloadsBefore + 2),
        ])
      #expect(resident.reasons.suffix(2) == [.rollback, .rollback])
      let contents = resident.reloads.suffix(2).map { $0.groups.map(\.group.name) }
      #expect(contents == [["before"], ["before", "a"]])
      let again = TestResident()
      try log.attach(again)
      #expect(again.groups.map(\.group.name) == ["before", "a", "b"])
    }
  }

  @Test("a transaction without coordinators that fails leaves the resident alone")
  func unconcerned() async throws {
    try await withLog { files, log, resident in
      let partition = try await log.makeTopic("t")[0]
      try await log.write(try batch("first"), to: partition)
      try files.foreign().execute(
        """
        CREATE TRIGGER refuse BEFORE INSERT ON \(RecordTables.name(partition)) BEGIN
          SELECT raise(ABORT, 'not here');
        END
        """)
      try await log.write([])
      let reloads = resident.reloads.count
      let result = await log.append([PartitionAppend(partition: partition, batch: try batch("x"))])
      guard case .failure(.refused) = result[0] else {
        Issue.record("it was not refused")
        return
      }
      #expect(resident.reloads.count == reloads)
    }
  }

  @Test("what the work throws itself undoes what it wrote, and nothing else")
  func thrown() async throws {
    try await withLog { _, log, resident in
      let partition = try await log.makeTopic("t")[0]
      await #expect(throws: StorageError.self) {
        try await log.turn { transaction in
          try transaction.write([.putGroup(GroupRow(name: "g"))], events: [])
          _ = try transaction.commit(
            [OffsetCommit(partition: partition, offset: 1)], of: "g",
            by: Committer(source: .consumer))
          try transaction.write([.putMember(Self.member, group: "another")], events: [])
        }
      }
      #expect(try await log.positions() == [:])
      #expect(resident.groups == [])
      try await log.write([.putGroup(GroupRow(name: "g"))])
      try await log.commit(2, partition)
      #expect(try await log.positions() == [partition: 2])
    }
  }

  private static let member = MemberRow(
    memberID: "m", clientID: "c", clientHost: "h", sessionTimeoutMilliseconds: 1,
    rebalanceTimeoutMilliseconds: 1, joinOrder: 0)

  @Test("groups that another process has changed are taken in before the next request")
  func foreignWrite() async throws {
    try await withLog { files, log, resident in
      try await log.write([
        .putGroup(GroupRow(name: "g")), .putMember(Self.member, group: "g"),
      ])
      try files.foreign().execute("UPDATE group_members SET client_id = 'other'")
      let seen = try await log.turn { _ in resident.groups.first?.members.first?.clientID }
      #expect(seen == "other")
      #expect(resident.reasons == [.start, .foreignWrite])
      // An id that was known may be another group's now.
      try files.foreign().execute(
        "UPDATE group_members SET group_id = 9; UPDATE consumer_groups SET id = 9")
      try await log.write([.removeMember(memberID: "m", group: "g")])
      let members = try files.foreign().rows("SELECT count(*) FROM group_members")
      #expect(members == ["0"])
    }
  }

  @Test("a failed request does not lose what another process has written before it")
  func foreignWriteAndFailure() async throws {
    try await withLog { files, log, _ in
      _ = try await log.makeTopic("t")
      try files.foreign().execute(
        "UPDATE stored_partitions SET next_offset = 10, log_start_offset = 10")
      await #expect(throws: StorageError.self) {
        try await log.write([.putMember(Self.member, group: "nobody")])
      }
      try await log.write([])
      let partition = try #require(log.catalog()["t"]).partitions[0]
      #expect(log.bounds(of: partition)?.highWatermark == 10)
    }
  }

  @Test("a row that cannot be read stops the storage and says which")
  func damage() async throws {
    for change in [
      "UPDATE group_members SET partitions = '[[\"t\"]]'",
      "UPDATE group_members SET protocols = '[[\"range\",\"*\"]]'",
      "UPDATE group_members SET epoch = 1, state = 'Stable', subscribed_topics = '{}'",
      "UPDATE group_members SET epoch = 1, state = 'Lost'",
      "UPDATE consumer_groups SET state = 'Unheard of'",
      "UPDATE consumer_groups SET type = 'share'",
      "UPDATE group_members SET join_order = 9223372036854775807",
    ] {
      try await withLog { files, log, _ in
        let failures = Recorder<StorageError>()
        log.observeFailure { failures.append($0) }
        try await log.write([
          .putGroup(GroupRow(name: "g")), .putMember(Self.member, group: "g"),
        ])
        try files.foreign().execute(change)
        await #expect(throws: StorageError.self, "\(change)") { try await log.write([]) }
        #expect(failures.values.count == 1, "\(change)")
        #expect("\(failures.values)".contains(" cannot be read: in row 1"), "\(change)")
      }
    }
  }
}
