package import ActaModel

/// A compacted partition and what its topic asks.
package struct CompactionTarget: Sendable, Equatable {
  package let partition: PartitionID
  package let policy: CompactionPolicy

  package init(partition: PartitionID, policy: CompactionPolicy) {
    self.partition = partition
    self.policy = policy
  }
}

/// What a pass over one partition has done.
package struct CompactionOutcome: Sendable, Equatable {
  /// Dirty records that were looked at.
  package var scanned = 0
  /// Records that were deleted, tombstones among them.
  package var removed = 0

  package init() {}
}

/// What compaction asks of a reader. Every call is short, and sees one state of the database.
package protocol CompactionReading: AnyObject {
  /// The log's batches from the one that contains `offset`, or the next one, below `end`; at most `limit`.
  func summaries(
    of partition: PartitionID, from offset: Offset, below end: Offset, limit: Int
  ) throws(ReadFailure) -> [BatchSummary]

  /// `nil` for a partition that was never compacted.
  func compactionState(of partition: PartitionID) throws(ReadFailure) -> CompactionState?

  /// What the index has for these hashes, in their order.
  func compactionKeys(
    of partition: PartitionID, hashes: [Int64]
  ) throws(ReadFailure) -> [CompactionKey]

  /// The index in the order of hashes and offsets, from behind `key` on; at most `limit` of it.
  func compactionKeys(
    of partition: PartitionID, after key: CompactionKey?, limit: Int
  ) throws(ReadFailure) -> [CompactionKey]

  /// Tombstones that are due by `time`, the longest due first, at most `limit`.
  func dueTombstones(
    of partition: PartitionID, at time: Int64, limit: Int
  ) throws(ReadFailure) -> [CompactionKey]

  /// When the next tombstone is due, epoch milliseconds.
  func nextTombstone(of partition: PartitionID) throws(ReadFailure) -> Int64?

  /// Every partition of which something is kept for compaction.
  func compactedPartitions() throws(ReadFailure) -> [PartitionID]
}

/// What compaction writes inside a turn.
package protocol CompactionRows: AnyObject {
  /// Deletes what goes of the batches, in their order, as long as each is what it was when it was looked
  /// at. The partition's row is written by itself.
  func rewrite(_ batches: [BatchRewrite], of partition: PartitionID) throws(StoreError)
    -> RewrittenBatches

  /// Drops entries of the index and adds others; those that are there already stay as they are. The result is
  /// by how much it has grown.
  func changeCompactionKeys(
    of partition: PartitionID, removing: [CompactionKey], adding: [CompactionKey]
  ) throws(StoreError) -> Int64

  func write(_ state: CompactionState, of partition: PartitionID) throws(StoreError)

  /// Forgets how far the partition is clean, and up to `limit` entries of the index; false when nothing is
  /// left.
  func forgetCompaction(of partition: PartitionID, limit: Int) throws(StoreError) -> Bool
}

/// What came of rewriting batches.
package struct RewrittenBatches: Sendable, Equatable {
  /// Batches that were as they had been looked at; those behind them were left alone.
  package var count = 0
  /// What the partition's row counts less.
  package var recordCount: Int64 = 0
  package var sizeBytes: Int64 = 0

  package init() {}
}
