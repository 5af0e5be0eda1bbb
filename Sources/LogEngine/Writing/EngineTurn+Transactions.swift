import ActaModel
import BatchCodec
import Coordination
import LogStorage

/// Transactions inside a turn: markers and what they end, positions that are held, the ids' rows.
extension EngineTurn: TransactionalTurn {
  /// Of the markers that are written here: there is one coordinator, and never another.
  private static var coordinatorEpoch: Int32 { 0 }

  func allocateProducerID() throws -> ProducerID { try nextProducerID() }

  // MARK: Transactional ids

  // Many batches of one turn may join one transaction, and its row is written once. It also stands when a
  // batch is taken back by itself, as the coordinator's decision does.

  func write(_ transaction: TransactionRow) throws {
    changes.transactions[ExactText(transaction.transactionalID)] = .some(transaction)
  }

  func removeTransaction(_ transactionalID: String) throws {
    changes.transactions[ExactText(transactionalID)] = .some(nil)
  }

  func writeTransactions() throws(StoreError) {
    for (id, row) in changes.transactions {
      if let row { try rows.write(row) } else { try rows.removeTransaction(id.text) }
    }
  }

  // MARK: Markers

  func end(_ end: TransactionEnd) throws {
    for id in end.partitions.sorted() {
      guard let partition = writer.partitions[id] else { continue }
      let marker = TransactionMarker(
        producer: end.marker, isCommit: end.isCommit, coordinatorEpoch: Self.coordinatorEpoch)
      try learn(of: marker.producer.id, in: partition)
      // Without it the partition does not know the epoch, by which the coordinator fences.
      if objection(toMarkerOf: marker.producer.id, in: partition) != nil { continue }
      _ = try append(marker, to: partition)
      foundWeight += TransactionWeight.marker
    }
    if !end.groups.isEmpty {
      let count = try rows.release(heldFor: end.marker.id, isCommit: end.isCommit)
      foundWeight += count * TransactionWeight.position
    }
  }

  func appendMarker(
    _ marker: ProducerClaim, isCommit: Bool, coordinatorEpoch: Int32, to id: PartitionID
  ) throws -> Result<AppendOutcome, StorageError> {
    guard let partition = writer.partitions[id] else { return .failure(.unknownPartition(id)) }
    let marker = TransactionMarker(
      producer: marker, isCommit: isCommit, coordinatorEpoch: coordinatorEpoch)
    try learn(of: marker.producer.id, in: partition)
    if let objection = partition.log.objection(
      to: marker.producer, coordinatorEpoch: coordinatorEpoch)
    {
      return .failure(objection)
    }
    if let objection = objection(toMarkerOf: marker.producer.id, in: partition) {
      return .failure(objection)
    }
    return .success(try append(marker, to: partition))
  }

  /// A marker adds, but readers wait for one that closes something: that is written on a full disk, too.
  private func objection(
    toMarkerOf producer: ProducerID, in partition: PartitionState
  ) -> StorageError? {
    partition.log.transactions[producer] == nil ? objectionToMore : nil
  }

  /// What the log needs to know is known.
  private func append(
    _ marker: TransactionMarker, to partition: PartitionState
  ) throws(StoreError) -> AppendOutcome {
    let time = partition.log.appendTime(now: now)
    let batch = marker.batch(at: time)
    let placement = try write(batch, at: time, to: partition)
    let aborted = partition.log.end(
      marker.producer, isCommit: marker.isCommit, coordinatorEpoch: marker.coordinatorEpoch,
      at: placement)
    changes.markDirty(partition)
    changes.appended.append(LogView.Appended(batch, at: placement))
    if let aborted { changes.aborted.append((partition: partition.id, range: aborted)) }
    return AppendOutcome(
      baseOffset: placement.baseOffset, logStartOffset: partition.log.row.logStartOffset,
      isDuplicate: false)
  }

  // MARK: Positions

  func hold(
    _ commits: [OffsetCommit], of group: String, by committer: Committer
  ) throws -> [Result<Void, StorageError>] {
    precondition(committer.producerID != nil, "what is held is held for a producer")
    let (kept, results) = judge(commits)
    let limit = writer.options.maxHeldPositions
    if try rows.hold(kept, of: group, by: committer, atMost: limit) { return results }
    let refusal = StorageError.tooMany("positions than \(limit) for one transaction")
    return results.map { result in result.flatMap { .failure(refusal) } }
  }

  func heldPartitions(
    of group: String, in partitions: [PartitionID]?
  ) throws -> Set<PartitionID> {
    try rows.heldPartitions(of: group, in: partitions)
  }
}
