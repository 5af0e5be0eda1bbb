import ActaModel

/// The part of the storage that keeps groups and their committed offsets.
///
/// Coordinators live on the storage's writing thread: what they decide and its rows are one
/// transaction, shared with whatever else is written, and their answers leave when it is synced.
package protocol GroupStorage: Sendable {
  /// Makes `resident` the one whose state follows the group tables: it is given what they hold now,
  /// before this returns, and again whenever its copy may be wrong. Once, before the first
  /// `coordinate`.
  func attach(_ resident: any GroupResident) throws(StorageError)

  /// Runs `work` on the writing thread, inside its transaction. What it returns runs once the
  /// transaction is synced, on a thread of the storage's. If the transaction fails, everything that
  /// was done in it is undone, the resident reloads, and `work` may be run a second time by itself;
  /// `refuse` is called when nothing of it is kept.
  func coordinate(
    _ work: @escaping @Sendable (any GroupTransaction) throws -> @Sendable () -> Void,
    refuse: @escaping @Sendable (StorageError) -> Void)

  /// Deletes what the audit trail and the group events say of the time before `time` (epoch
  /// milliseconds), in slices. The result is the number of rows deleted.
  func trimAudit(
    olderThan time: Int64, completion: @escaping @Sendable (Result<Int, StorageError>) -> Void)
}

/// State on the writing thread that is a copy of what the group tables say.
package protocol GroupResident: AnyObject, Sendable {
  /// Takes what the tables hold in place of its own state; on the writing thread (the first time,
  /// while the thread that attaches waits).
  func reload(_ groups: [StoredGroup], because reason: ReloadReason)
}

package enum ReloadReason: Sendable {
  case start
  /// A transaction was rolled back: what was decided in it never was.
  case rollback
  /// Another process has written to the database; most of what was known is still true.
  case foreignWrite
}

/// The group tables inside the writer's transaction; valid only during the call that lends it.
/// Whatever it throws must be let through: it ends the transaction.
package protocol GroupTransaction {
  /// The wall clock at the start of the transaction, epoch milliseconds.
  var now: Int64 { get }

  /// Applies in order, and adds the events to `group_events`.
  func write(_ changes: [GroupChange], events: [GroupEvent]) throws

  /// Keeps the positions and adds every one that changes something to the audit trail. The group's
  /// row must be there. `unknownPartition` for a partition that is gone; one result per commit.
  func commit(
    _ commits: [OffsetCommit], of group: String, by committer: Committer
  ) throws -> [Result<Void, StorageError>]

  /// The group's positions, all of them if `partitions` is `nil`; those without one are left out.
  func committedOffsets(
    of group: String, in partitions: [PartitionID]?
  ) throws -> [PartitionID: CommittedOffset]

  /// Forgets positions; the result says of each whether there was one.
  func deleteOffsets(
    of group: String, in partitions: [PartitionID], by committer: Committer
  ) throws -> [Bool]

  /// Forgets the group's positions that are due by `rule`, and returns how many are left.
  func expireOffsets(of group: String, by rule: OffsetExpiry, retentionMilliseconds: Int64) throws
    -> Int
}
