package import ActaModel
package import LogStorage
import Synchronization

/// A resident that remembers what it was given.
package final class TestResident: LogResident {
  package struct Reload: Equatable, Sendable {
    package let tables: ResidentTables
    package let reason: ReloadReason
    package var groups: [StoredGroup] { tables.groups }
  }

  private let state = Mutex<[Reload]>([])

  package init() {}

  package func reload(_ tables: ResidentTables, because reason: ReloadReason) {
    state.withLock { $0.append(Reload(tables: tables, reason: reason)) }
  }

  package var reloads: [Reload] { state.withLock { $0 } }
  package var groups: [StoredGroup] { reloads.last?.groups ?? [] }
  package var transactions: [TransactionRow] { reloads.last?.tables.transactions ?? [] }
  package var reasons: [ReloadReason] { reloads.map(\.reason) }
}

extension LogStorage {
  /// Runs `work` in a transaction of the writer's, and returns when it is synced.
  package func turn<R: Sendable>(
    _ work: @escaping @Sendable (any LogTurn) throws -> R
  ) async throws -> R {
    try await withCheckedContinuation {
      (done: CheckedContinuation<Result<R, StorageError>, Never>) in
      turn(
        { transaction in
          let value = try work(transaction)
          return { done.resume(returning: .success(value)) }
        }, refuse: { done.resume(returning: .failure($0)) })
    }.get()
  }

  package func write(_ changes: [GroupChange], events: [GroupEvent] = []) async throws {
    try await turn { try $0.write(changes, events: events) }
  }

  @discardableResult
  package func commit(
    _ offset: Int64, _ partition: PartitionID, of group: String = "g", metadata: String = "",
    leaderEpoch: LeaderEpoch = .absent, expiresAt: Int64? = nil,
    by committer: Committer = Committer(source: .consumer)
  ) async throws -> Result<Void, StorageError> {
    let commit = OffsetCommit(
      partition: partition, offset: offset, leaderEpoch: leaderEpoch, metadata: metadata,
      expiresAt: expiresAt)
    return try await turn { try $0.commit([commit], of: group, by: committer)[0] }
  }

  /// The group's positions, by partition.
  package func positions(
    of group: String = "g", in partitions: [PartitionID]? = nil
  ) async throws -> [PartitionID: Int64] {
    try await turn {
      try $0.committedOffsets(of: group, in: partitions).mapValues(\.offset)
    }
  }

  package func trimAudit(olderThan time: Int64) async -> Result<Int, StorageError> {
    await withCheckedContinuation { done in
      trimAudit(olderThan: time) { done.resume(returning: $0) }
    }
  }
}

/// A clock that a test sets.
package final class TestClock: Sendable {
  private let value: Mutex<Int64>

  package init(_ milliseconds: Int64 = 1_700_000_000_000) { value = Mutex(milliseconds) }

  package var now: Int64 { value.withLock { $0 } }
  package func advance(by milliseconds: Int64) { value.withLock { $0 += milliseconds } }
}

/// Groups as no person would make them.
package enum RandomGroups {
  private static let texts = [
    "", "a", "topic-1", "Gruppe ä/ß", "🦊🦊", "quo\"te", "back\\slash", "line\nbreak", "nul\0here",
    "['\",]{}", "null", "e\u{301}",
  ]

  package static func text(_ generator: inout SeededGenerator) -> String {
    texts.randomElement(using: &generator)! + String(Int.random(in: 0...9, using: &generator))
  }

  package static func group(
    _ name: String, _ generator: inout SeededGenerator
  ) -> GroupRow {
    GroupRow(
      name: name, type: Bool.random(using: &generator) ? .classic : .consumer,
      state: GroupState.allCases.randomElement(using: &generator)!,
      protocolType: optional(&generator), protocolName: optional(&generator),
      leaderID: optional(&generator), generation: number(&generator),
      assignmentEpoch: number(&generator))
  }

  package static func member(
    _ memberID: String, joinOrder: Int64, _ generator: inout SeededGenerator
  ) -> MemberRow {
    MemberRow(
      memberID: memberID, instanceID: optional(&generator), clientID: text(&generator),
      clientHost: text(&generator),
      attribution: Attribution(
        principal: optional(&generator), software: optional(&generator),
        softwareVersion: optional(&generator)),
      sessionTimeoutMilliseconds: number(&generator),
      rebalanceTimeoutMilliseconds: number(&generator), joinOrder: joinOrder,
      classic: Bool.random(using: &generator) ? classic(&generator) : nil,
      consumer: Bool.random(using: &generator) ? consumer(&generator) : nil,
      partitions: several(&generator) {
        TopicPartition(topic: text(&$0), number: number(&$0))
      })
  }

  private static func classic(
    _ generator: inout SeededGenerator
  ) -> MemberRow.ClassicPart {
    MemberRow.ClassicPart(
      protocols: several(&generator) { GroupProtocol(name: text(&$0), metadata: bytes(&$0)) },
      assignment: bytes(&generator))
  }

  private static func consumer(
    _ generator: inout SeededGenerator
  ) -> MemberRow.ConsumerPart {
    MemberRow.ConsumerPart(
      epoch: number(&generator), previousEpoch: number(&generator),
      state: [.stable, .unrevokedPartitions, .unreleasedPartitions]
        .randomElement(using: &generator)!,
      rackID: optional(&generator), subscribedTopics: several(&generator) { text(&$0) },
      subscribedRegex: optional(&generator), assignor: optional(&generator),
      assigned: topics(&generator) { generator in
        Dictionary(
          several(&generator) { (number(&$0), number(&$0)) }, uniquingKeysWith: { $1 })
      },
      revoking: topics(&generator) { Set(several(&$0) { number(&$0) }) },
      target: topics(&generator) { Set(several(&$0) { number(&$0) }) })
  }

  private static func number(_ generator: inout SeededGenerator) -> Int32 {
    [-1, 0, 7, .max, .min, Int32.random(in: 0...100, using: &generator)]
      .randomElement(using: &generator)!
  }

  private static func optional(_ generator: inout SeededGenerator) -> String? {
    Bool.random(using: &generator) ? text(&generator) : nil
  }

  private static func bytes(_ generator: inout SeededGenerator) -> [UInt8] {
    several(&generator) { .random(in: 0...255, using: &$0) }
  }

  private static func topics<Value>(
    _ generator: inout SeededGenerator, _ value: (inout SeededGenerator) -> Value
  ) -> [TopicID: Value] {
    Dictionary(
      several(&generator) { (TopicID.random(using: &$0), value(&$0)) },
      uniquingKeysWith: { $1 })
  }

  private static func several<Element>(
    _ generator: inout SeededGenerator, _ element: (inout SeededGenerator) -> Element
  ) -> [Element] {
    (0..<Int.random(in: 0...4, using: &generator)).map { _ in element(&generator) }
  }
}
