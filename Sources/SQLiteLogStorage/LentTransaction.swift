import ActaModel
import LogStorage

/// The writer, as coordinators see it during a transaction.
struct LentTransaction: GroupTransaction {
  let writer: Writer

  var now: Int64 { writer.now }

  func write(_ changes: [GroupChange], events: [GroupEvent]) throws {
    try writer.write(changes, events: events)
  }

  func commit(
    _ commits: [OffsetCommit], of group: String, by committer: Committer
  ) throws -> [Result<Void, StorageError>] {
    try writer.commit(commits, of: group, by: committer)
  }

  func committedOffsets(
    of group: String, in partitions: [PartitionID]?
  ) throws -> [PartitionID: CommittedOffset] {
    try writer.committedOffsets(of: group, in: partitions)
  }

  func deleteOffsets(
    of group: String, in partitions: [PartitionID], by committer: Committer
  ) throws -> [Bool] {
    try writer.deleteOffsets(of: group, in: partitions, by: committer)
  }

  func expireOffsets(
    of group: String, by rule: OffsetExpiry, retentionMilliseconds: Int64
  ) throws -> Int {
    try writer.expireOffsets(
      of: group, by: rule, retentionMilliseconds: retentionMilliseconds)
  }
}
