import ActaModel
import LogStorage

extension SQLiteTurn {
  func write(_ transaction: TransactionRow) throws(StoreError) {
    try translated { try store.transactionTable.put(transaction) }
  }

  func removeTransaction(_ transactionalID: String) throws(StoreError) {
    try translated { try store.transactionTable.remove(transactionalID) }
  }

  func write(
    _ changes: [TransactionRangeChange], of partition: PartitionID
  ) throws(StoreError) {
    try translated {
      for change in changes { try store.ranges.write(change, of: partition) }
      try store.topicTables.noteTransactions(in: partition)
    }
  }

  func forgetAborted(of partition: PartitionID, below offset: Offset) throws(StoreError) {
    try translated { try store.ranges.forgetAborted(of: partition, below: offset) }
  }

  func forgetAborted(of partition: PartitionID, endedAt offset: Offset) throws(StoreError) {
    try translated { try store.ranges.forgetAborted(of: partition, endedAt: offset) }
  }

  func hold(
    _ commits: [OffsetCommit], of group: String, by committer: Committer, atMost limit: Int
  ) throws(StoreError) -> Bool {
    try readingForRequest {
      try store.heldPositions.hold(commits, of: group, by: committer, atMost: limit, at: now)
    }
  }

  func heldPartitions(
    of group: String, in partitions: [PartitionID]?
  ) throws(StoreError) -> Set<PartitionID> {
    try readingForRequest { try store.heldPositions.partitions(of: group, in: partitions) }
  }

  func release(heldFor producer: ProducerID, isCommit: Bool) throws(StoreError) -> Int {
    try readingForRequest {
      try store.heldPositions.release(heldFor: producer, isCommit: isCommit, at: now)
    }
  }
}
