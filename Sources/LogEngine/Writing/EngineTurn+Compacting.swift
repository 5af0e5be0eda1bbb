import ActaModel
import Coordination
import LogStorage

/// Taking out of batches what compaction has found, and keeping its index.
extension EngineTurn {
  /// What came of a slice of compaction.
  struct Compacted: Sendable {
    var removed = 0
    /// A batch was not what it had been when it was looked at: the rest was left alone.
    var isStale = false
  }

  /// What frees room goes on with a full disk; but not while the log cannot be moved on, because it grows.
  func rewrite(
    _ batches: [BatchRewrite], of id: PartitionID
  ) throws(StoreError) -> Result<Compacted, StorageError> {
    guard let partition = writer.partitions[id],
      let highWatermark = writer.view.bounds(of: id)?.highWatermark
    else { return .failure(.unknownPartition(id)) }
    if writer.store.isPinned { return .failure(.pinned) }
    for batch in batches {
      precondition(batch.lastOffset < highWatermark, "what is compacted can be seen by all")
    }
    var decided: [BatchRewrite] = []
    for batch in batches {
      var batch = batch
      if batch.isEmpty { batch.staysEmpty = try staysEmpty(batch, partition) }
      // It was empty before.
      if batch.staysEmpty, batch.removedCount == 0 { continue }
      decided.append(batch)
    }
    if let last = decided.last { try saveProducers(of: partition, through: last.lastOffset) }
    let done = try rows.rewrite(decided, of: id)
    partition.log.compact(recordCount: done.recordCount, sizeBytes: done.sizeBytes)
    changes.markDirty(partition)
    for marker in decided.prefix(done.count) where marker.isMarker {
      try rows.forgetAborted(of: id, endedAt: marker.lastOffset)
    }
    if done.count > 0 {
      changes.compacted.append((partition: id, through: decided[done.count - 1].lastOffset))
    }
    return .success(Compacted(removed: Int(done.recordCount), isStale: done.count < decided.count))
  }

  /// A batch of which no record is left stays as the log's last, which says where the log ends; and as the
  /// last of its producer, which says to whoever reads the log how far that one has come.
  private func staysEmpty(
    _ batch: BatchRewrite, _ partition: PartitionState
  ) throws(StoreError) -> Bool {
    if batch.lastOffset + 1 >= partition.log.row.nextOffset { return true }
    guard let producer = batch.producer else { return false }
    try learn(of: producer, in: partition)
    return partition.log.producer(producer)?.batches.last?.baseOffset == batch.baseOffset
  }

  /// Changes the index and the state, if nothing stands against more rows. The result is the state with its
  /// count of keys.
  func write(
    _ state: CompactionState, of id: PartitionID, removing: [CompactionKey],
    adding: [CompactionKey]
  ) throws(StoreError) -> Result<CompactionState, StorageError> {
    guard writer.partitions[id] != nil else { return .failure(.unknownPartition(id)) }
    if !adding.isEmpty, let objection = writer.objectionToMore { return .failure(objection) }
    var state = state
    state.keyCount &+= try rows.changeCompactionKeys(of: id, removing: removing, adding: adding)
    try rows.write(state, of: id)
    return .success(state)
  }
}
