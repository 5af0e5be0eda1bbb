import ActaModel
import LogStorage

/// What a turn has changed so far: published after its commit, forgotten after a rollback.
struct TurnChanges {
  var dirty: [PartitionState] = []
  /// Partitions that are new: their rows are as they were inserted.
  var added: [PartitionState] = []
  var appended: [LogView.Appended] = []
  /// What markers among them have aborted.
  var aborted: [(partition: PartitionID, range: AbortedRange)] = []
  /// Transactional ids as the turn leaves them; `nil` of one that is removed.
  var transactions: [ExactText: TransactionRow?] = [:]
  /// Up to which batch compaction has taken records: what is cached below has them still.
  var compacted: [(partition: PartitionID, through: Offset)] = []
  var isCatalogChanged = false
  /// What is set on others than topics.
  var areConfigsChanged = false
  var removedPartitions: [PartitionID] = []
  /// Partitions whose rows another process has written: what is cached of them may be wrong.
  var changedByOthers: [PartitionID] = []
  /// Another process has written something of ours.
  var isReloaded = false
  /// A resident was at work, and what it has in memory is true only if the turn is.
  var hasCoordinated = false

  /// Nothing but batches and rows of partitions: nothing that anybody might wait for without having said so.
  var concernsOnlyLogs: Bool {
    added.isEmpty && compacted.isEmpty && removedPartitions.isEmpty
      && changedByOthers.isEmpty && !isCatalogChanged && !areConfigsChanged && !isReloaded
      && !hasCoordinated
  }

  mutating func markDirty(_ partition: PartitionState) {
    if partition.isDirty { return }
    partition.isDirty = true
    dirty.append(partition)
  }
}
