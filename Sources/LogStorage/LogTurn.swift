package import ActaModel
package import BatchCodec

/// The part of the storage in which residents decide: what coordinators decide and its rows are one
/// turn, shared with whatever else is written, and their answers leave when it is synced.
package protocol ResidentStorage: Sendable {
  /// Makes `resident` one of those whose state follows the tables: it is given what they hold now,
  /// before this returns, and again whenever its copy may be wrong. Before the first `turn`.
  func attach(_ resident: any LogResident) throws(StorageError)

  /// Runs `work` on the writing thread, inside its turn. What it returns runs once the turn is synced,
  /// on a thread of the storage's. If the turn fails, everything that was done in it is undone, the
  /// residents reload, and `work` may be run a second time by itself; `refuse` is called when nothing of
  /// it is kept.
  func turn(
    _ work: @escaping @Sendable (any LogTurn) throws -> @Sendable () -> Void,
    refuse: @escaping @Sendable (StorageError) -> Void)

  /// Deletes what the audit trail and the group events say of the time before `time` (epoch
  /// milliseconds), in slices. The result is the number of rows deleted.
  func trimAudit(
    olderThan time: Int64, completion: @escaping @Sendable (Result<Int, StorageError>) -> Void)
}

/// State on the writing thread that is a copy of what the tables say.
package protocol LogResident: AnyObject, Sendable {
  /// Takes what the tables hold in place of its own state; on the writing thread (the first time,
  /// while the thread that attaches waits).
  func reload(_ tables: ResidentTables, because reason: ReloadReason)
}

/// What the tables hold of what residents decide.
package struct ResidentTables: Equatable, Sendable {
  package let groups: [StoredGroup]
  package let transactions: [TransactionRow]

  package init(groups: [StoredGroup] = [], transactions: [TransactionRow] = []) {
    self.groups = groups
    self.transactions = transactions
  }
}

package enum ReloadReason: Sendable {
  case start
  /// A turn was rolled back: what was decided in it never was.
  case rollback
  /// Another process has written to the database; most of what was known is still true.
  case foreignWrite
}

/// A turn as residents see it; valid only during the call that lends it. Whatever it throws must be let
/// through: it ends the turn.
package protocol LogTurn: ClientQuotaTurn, TransactionalTurn {
  /// The wall clock at the start of the turn, epoch milliseconds.
  var now: Int64 { get }
  /// Why nothing may be written now that only adds to what is stored; `nil` if it may.
  var objectionToMore: StorageError? { get }
  /// Every topic, with what this turn has changed.
  var catalog: Catalog { get }

  /// What is set on the entity, text by key, with what this turn has changed; `nil` of a topic that is
  /// not there.
  func overrides(of entity: ConfigEntity) -> [String: String]?

  /// Puts `overrides` in the place of what is set on the entity, and records what that changes. They are
  /// in force when this turn's answer leaves. `unknownTopic` of a topic that is not there.
  func configure(
    _ entity: ConfigEntity, as overrides: [String: String], by author: ConfigAuthor
  ) throws -> Result<Void, StorageError>

  /// Runs `body` so that what it writes can be taken back by itself: where it throws, its rows and its batches are
  /// gone and the rest of the turn stays. What residents have decided is not taken back: they are asked last, and
  /// whoever refuses after that throws a `StoreError`, which ends the whole turn.
  func attempt<R>(_ body: () throws -> R) throws -> Result<R, any Error>

  /// SQL of an application's; `nil` where the store has none.
  ///
  /// - Parameter deadline: Monotonic milliseconds, when a statement is ended that still runs.
  func applicationSQL(until deadline: Int64) throws -> (any ApplicationSQL)?

  /// Appends a batch; a refusal leaves the turn as it was.
  func append(_ batch: ProducedBatch, to partition: PartitionID) throws
    -> Result<AppendOutcome, StorageError>

  /// Applies in order, and adds the events to `group_events`.
  func write(_ changes: [GroupChange], events: [GroupEvent]) throws

  /// Keeps the positions and adds every one that changes something to the audit trail. The group's
  /// row must be there. `unknownPartition` for a partition that is gone; one result per commit.
  func commit(
    _ commits: [OffsetCommit], of group: String, by committer: Committer
  ) throws -> [Result<Void, StorageError>]

  /// The group's positions, all of them if `partitions` is `nil`; those without one are left out, and so is
  /// what is held for transactions.
  func committedOffsets(
    of group: String, in partitions: [PartitionID]?
  ) throws -> [PartitionID: CommittedOffset]

  /// The group's next positions, by partition, of those behind `partition`; from the first if it is
  /// `nil`.
  func committedOffsets(
    of group: String, after partition: PartitionID?, atMost count: Int
  ) throws -> [CommittedOffset]

  /// Forgets positions, and what is held of them; the result says of each whether there was one.
  func deleteOffsets(
    of group: String, in partitions: [PartitionID], by committer: Committer
  ) throws -> [Bool]

  /// Forgets the group's positions that are due by `rule`, and returns how many are left, those among them
  /// that are held for transactions.
  func expireOffsets(of group: String, by rule: OffsetExpiry, retentionMilliseconds: Int64) throws
    -> Int
}
