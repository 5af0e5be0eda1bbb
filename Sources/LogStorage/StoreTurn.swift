package import ActaModel
package import BatchCodec

/// A turn at writing: rows of the model, all of them kept or none. After an error other than one that
/// `attempt` has caught, it is rolled back.
package protocol StoreTurn: GroupRows, ClientQuotaRows, CompactionRows, TransactionRows {
  /// What others have changed since the last turn that was told.
  func changesByOthers() throws(StoreError) -> StoreChanges

  // MARK: Topics

  /// - Parameter staged: Partitions of it that were made before.
  func insert(_ topic: NewTopic, staged: StagedTopic?) throws(StoreError)
  /// Makes partitions of a topic that is inserted in a later turn, when it has all of them. Until then
  /// nobody sees any of them; without that turn they are gone at the next start.
  ///
  /// - Parameter staged: What was made in earlier turns; the result has those as well.
  func stage(_ count: Int, after staged: StagedTopic?) throws(StoreError) -> StagedTopic
  /// The topic will not be inserted.
  func discard(_ staged: StagedTopic) throws(StoreError)
  /// Makes partitions behind those that the topic has, at most so many, up to `count` in all. When there
  /// are all of them, they are the topic's, and those that are new are returned, in order. `nil` before:
  /// they are to come in later turns. Until then nobody sees any of them; without those turns they are gone
  /// at the next start.
  func grow(
    _ topic: Topic, to count: Int, atMost limit: Int
  ) throws(StoreError) -> [PartitionID]?
  /// The topic will not grow by what was made for it.
  func discardGrowth(of topic: Topic) throws(StoreError)
  /// The topic is gone for all who ask, with what groups have committed for it; what its partitions hold is
  /// freed later, in slices.
  func delete(_ topic: Topic) throws(StoreError)

  // MARK: Configurations

  /// Changes what is set on the entity, and records each change. A topic's are written by this, too,
  /// after it is inserted and before it is deleted.
  func write(
    _ changes: [ConfigChange], of entity: ConfigEntity, by author: ConfigAuthor
  ) throws(StoreError)

  // MARK: The log

  /// Writes the batch and its records. The records are those of the batch, or the batch was not
  /// written.
  func append(_ batch: ProducedBatch, at placement: BatchPlacement) throws(StoreError)
  /// What `Store.partitions` tells of the partition from now on, until batches say more. It need not be called for
  /// what they say.
  func write(_ partition: PartitionRow) throws(StoreError)
  /// When the log's last batch was appended, epoch milliseconds; `nil` when it has none.
  func lastAppend(to partition: PartitionID) throws(StoreError) -> Int64?
  /// The producer's row as it was last written.
  func producer(_ id: ProducerID, in partition: PartitionID) throws(StoreError) -> ProducerRow?
  /// Gives `body` what the log's batches from `offset` on tell of producers, in order, or that a batch is
  /// damaged; the result is how many batches there are.
  func evidence(
    in partition: PartitionID, from offset: Offset,
    _ body: (Result<ProducerEvidence, StoreError>) throws(StoreError) -> Void
  ) throws(StoreError) -> Int
  func write(_ row: ProducerRow, of producer: ProducerID, in partition: PartitionID)
    throws(StoreError)
  /// The log's first batches, in order, those that begin at or above `offset` left out.
  func firstBatches(
    of partition: PartitionID, below offset: Offset, limit: Int
  ) throws(StoreError) -> [BatchSummary]
  /// Notes what groups have not read of the records that are about to be deleted, those from `start` up
  /// to `end`; one row of each pass for each group.
  func noteLosses(
    of partition: PartitionID, from start: Offset, to end: Offset, _ pass: TrimPass
  ) throws(StoreError)
  /// Deletes what is below `offset`, which lies inside the batch at `straddled` if there is one: what is
  /// left of that one is whole again. The partition's row is written by itself.
  func deleteRecords(
    of partition: PartitionID, below offset: Offset, straddling straddled: Offset?
  ) throws(StoreError) -> DeletedRecords
  /// Deletes the rows of up to `limit` producers that have been silent since before `time` and have no transaction open;
  /// the result is how many.
  func deleteProducers(silentSince time: Int64, limit: Int) throws(StoreError) -> Int
  /// Producer ids that were never given and will not be again.
  func reserveProducerIDs(_ count: Int64) throws(StoreError) -> Range<ProducerID>

  // MARK: The audit trail

  /// Deletes up to a slice of what the audit trail, the events of groups and the history of configurations
  /// say of the time before `time`; 0 when nothing is left.
  func trimAudit(olderThan time: Int64) throws(StoreError) -> Int
  /// Deletes up to a slice of names that the audit trail has no use for any more; 0 when there are none.
  func trimAuditNames() throws(StoreError) -> Int

  // MARK: Its end

  /// Runs `body` so that its rows can be taken back by themselves. An error that leaves the rest of the
  /// turn good is returned, any other thrown.
  func attempt(_ body: () throws(StoreError) -> Void) throws(StoreError) -> StoreError?

  /// As `LogTurn` says.
  func applicationSQL(until deadline: Int64) throws(StoreError) -> (any ApplicationSQL)?

  /// Ends the turn. The result says whether it has written anything.
  func commit() throws(StoreError) -> Bool
  func rollBack()
}

extension StoreTurn {
  /// A database without SQL.
  package func applicationSQL(
    until deadline: Int64
  ) throws(StoreError) -> (any ApplicationSQL)? { nil }
}

/// Partitions of a topic that does not exist yet.
package struct StagedTopic: Sendable {
  /// The store's own name for the topic.
  package let key: Int64
  package let partitions: [PartitionID]

  package init(key: Int64, partitions: [PartitionID]) {
    self.key = key
    self.partitions = partitions
  }
}

/// What a trim has taken away.
package struct DeletedRecords: Equatable, Sendable {
  /// Records that are gone.
  package let count: Int
  /// What the partition's row counts less.
  package let recordCount: Int64
  package let sizeBytes: Int64

  package init(count: Int, recordCount: Int64, sizeBytes: Int64) {
    self.count = count
    self.recordCount = recordCount
    self.sizeBytes = sizeBytes
  }
}

/// The rows of groups inside a turn.
package protocol GroupRows: AnyObject {
  /// Applies in order, and adds the events to those of the group. A group that is removed takes its
  /// positions along, with their history, and what is held for transactions.
  func write(_ changes: [GroupChange], events: [GroupEvent]) throws(StoreError)

  /// Keeps positions of partitions that exist, and adds every one that changes something to the audit
  /// trail. What transactions hold of them came before and is dropped. The group's row must be there.
  func commit(
    _ commits: [OffsetCommit], of group: String, by committer: Committer
  ) throws(StoreError)

  /// The group's positions, all of them if `partitions` is `nil`; those without one are left out.
  func positions(
    of group: String, in partitions: [PartitionID]?
  ) throws(StoreError) -> [StoredPosition]

  /// The group's next positions, by partition, of those behind `partition`; from the first if it is
  /// `nil`.
  func positions(
    of group: String, after partition: PartitionID?, atMost count: Int
  ) throws(StoreError) -> [StoredPosition]

  /// Forgets positions, and what is held of them; the result says of each partition whether there was one.
  func forget(
    _ partitions: [PartitionID], of group: String, by committer: Committer
  ) throws(StoreError) -> [Bool]

  /// When the group's state last changed, epoch milliseconds.
  func stateChanged(of group: String) throws(StoreError) -> Int64?
}
