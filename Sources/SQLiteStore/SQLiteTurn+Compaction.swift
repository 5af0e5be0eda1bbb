import ActaModel
import LogStorage

extension SQLiteTurn {
  func rewrite(
    _ batches: [BatchRewrite], of partition: PartitionID
  ) throws(StoreError) -> RewrittenBatches {
    try translated {
      guard try hasTable(partition) else {
        // There are only markers to rewrite.
        return try store.compaction.rewrite(batches, of: partition) { _ in 0 }
      }
      let records = store.records
      let deletion = try records.deletion(in: partition)
      return try store.compaction.rewrite(batches, of: partition) { range in
        try records.delete(range, by: deletion)
      }
    }
  }

  func changeCompactionKeys(
    of partition: PartitionID, removing: [CompactionKey], adding: [CompactionKey]
  ) throws(StoreError) -> Int64 {
    try translated { try store.compaction.change(partition, removing: removing, adding: adding) }
  }

  func write(_ state: CompactionState, of partition: PartitionID) throws(StoreError) {
    try translated { try store.compaction.write(state, of: partition) }
  }

  func forgetCompaction(of partition: PartitionID, limit: Int) throws(StoreError) -> Bool {
    try translated { try store.compaction.forget(partition, limit: limit) }
  }
}
