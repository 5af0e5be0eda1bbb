package import ActaModel

/// Transactions inside a turn. One ends in the turn that decides so: its markers, its positions and its row
/// are written together, so that nobody ever sees a part of it.
package protocol TransactionalTurn {
  /// A producer id that was never given before and never will be again.
  func allocateProducerID() throws -> ProducerID

  /// Keeps the transactional id as it is now. A turn writes the last of what it was told.
  func write(_ transaction: TransactionRow) throws

  func removeTransaction(_ transactionalID: String) throws

  /// Writes a marker into each of the partitions that still exists, in their order, and closes what the
  /// producer has open there; makes the positions that are held for it real, or drops them.
  func end(_ end: TransactionEnd) throws

  /// Writes a marker into one partition, as an administrator asks who has found a transaction there that
  /// nobody ends. Refused are epochs below those known: the producer's (`staleProducerEpoch`) and the
  /// coordinator's (`transactionRefused`).
  func appendMarker(
    _ marker: ProducerClaim, isCommit: Bool, coordinatorEpoch: Int32, to partition: PartitionID
  ) throws -> Result<AppendOutcome, StorageError>

  /// Keeps positions until the transaction of the committer's producer ends; nobody sees them before. The
  /// group's row must be there. `unknownPartition` for a partition that is gone, `tooMany` for all when the
  /// producer would have more than one turn can end; one result per commit.
  func hold(
    _ commits: [OffsetCommit], of group: String, by committer: Committer
  ) throws -> [Result<Void, StorageError>]

  /// Those of the partitions, or of all if `partitions` is `nil`, of which positions are held.
  func heldPartitions(
    of group: String, in partitions: [PartitionID]?
  ) throws -> Set<PartitionID>
}

/// The resident that says whether a batch may be written in a transaction. A log without one takes any.
package protocol TransactionGate: LogResident {
  /// Asked on the writing thread, inside the turn, before a batch of a transaction is appended; what it
  /// decides is written by `turn`. `nil`: the batch may be appended.
  func admit(
    _ producer: ProducerClaim, _ claim: TransactionalClaim?, to partition: PartitionID,
    in turn: any LogTurn
  ) throws -> ErrorCode?
}

/// The rows of transactions inside a turn.
package protocol TransactionRows: AnyObject {
  /// Inserts the transactional id's row, or replaces it.
  func write(_ transaction: TransactionRow) throws(StoreError)
  func removeTransaction(_ transactionalID: String) throws(StoreError)

  /// Applies what has changed of the transactions that the partition remembers.
  func write(_ changes: [TransactionRangeChange], of partition: PartitionID) throws(StoreError)
  /// Forgets aborted transactions whose markers lie below `offset`.
  func forgetAborted(of partition: PartitionID, below offset: Offset) throws(StoreError)
  /// Forgets the aborted transaction whose marker was there, if it was an abort marker.
  func forgetAborted(of partition: PartitionID, endedAt offset: Offset) throws(StoreError)

  /// Holds positions for the committer's producer, in place of what was held for it. The group's row must be
  /// there. False, and none of them is held, if there were more than `limit` for the producer then.
  func hold(
    _ commits: [OffsetCommit], of group: String, by committer: Committer, atMost limit: Int
  ) throws(StoreError) -> Bool
  func heldPartitions(
    of group: String, in partitions: [PartitionID]?
  ) throws(StoreError) -> Set<PartitionID>
  /// Commits what is held for the producer, by whoever asked to hold it, or drops it; the result is how much
  /// there was. Of two positions the one stands that came later: what a group has committed meanwhile stays,
  /// and what another producer has asked to hold before never counts any more.
  func release(heldFor producer: ProducerID, isCommit: Bool) throws(StoreError) -> Int
}
