import ActaModel
import BatchCodec
import Coordination
import LogStorage

/// Appending: judged by the partition's log, written by the store, seen by readers after the commit.
extension EngineTurn {
  typealias AppendResult = Result<AppendOutcome, StorageError>

  func append(_ items: [PartitionAppend], mode: ApplyMode) throws(StoreError) -> [AppendResult] {
    if let objection = writer.objectionToMore { return items.map { _ in .failure(objection) } }
    var results: [AppendResult] = []
    results.reserveCapacity(items.count)
    for item in items {
      switch mode {
      case .grouped: results.append(try append(item))
      case .alone: results.append(try appendAlone(item))
      }
    }
    return results
  }

  func append(_ batch: ProducedBatch, to partition: PartitionID) throws -> AppendResult {
    try append(PartitionAppend(partition: partition, batch: batch))
  }

  /// Judges and writes one batch. A `StorageError` is found before anything was written.
  private func append(_ item: PartitionAppend) throws(StoreError) -> AppendResult {
    guard let partition = writer.partitions[item.partition] else {
      return .failure(.unknownPartition(item.partition))
    }
    keepForAttempt(partition)
    try learn(of: item.batch.header.producer, in: partition)
    let expiration = writer.options.producerExpiration()
    let verdict = partition.log.judge(
      item.batch.header, now: now, expirationMilliseconds: expiration,
      joins: item.transaction?.joins ?? false)
    if let objection = try objection(to: item, verdict) { return .failure(objection) }
    if let result = Self.answer(verdict, to: item.batch.header, partition) { return result }
    // Only here there is an order that times can be in.
    let time = partition.log.appendTime(now: now)
    let batch = item.batch.appended(at: time)
    let placement = try write(batch, at: time, to: partition)
    partition.log.append(batch.header, at: placement, expirationMilliseconds: expiration)
    changes.markDirty(partition)
    changes.appended.append(LogView.Appended(batch, at: placement))
    writer.pace.noteAppend(
      weight: BatchSummary.weight(
        records: Int64(batch.header.recordCount), bytes: placement.sizeBytes))
    return .success(
      AppendOutcome(
        baseOffset: placement.baseOffset, logStartOffset: partition.log.row.logStartOffset,
        isDuplicate: false, logAppendTime: batch.header.logAppendTime(time)))
  }

  /// Reads what a decision about a batch of the producer rests on and is not in memory.
  func learn(of producer: ProducerID?, in partition: PartitionState) throws(StoreError) {
    if !partition.log.knowsLastAppend {
      partition.log.learn(lastAppendedAt: try rows.lastAppend(to: partition.id))
    }
    guard let producer else { return }
    try replayProducers(of: partition)
    guard !partition.log.knows(producer: producer) else { return }
    partition.log.learn(try rows.producer(producer, in: partition.id), of: producer)
  }

  /// What the coordinator of transactions says of a batch that was not written before.
  private func objection(
    to item: PartitionAppend, _ verdict: SequenceVerdict
  ) throws(StoreError) -> StorageError? {
    let header = item.batch.header
    guard header.attributes.contains(.transactional), let gate = writer.gate,
      let producer = header.producer
    else { return nil }
    if case .duplicate = verdict { return nil }
    changes.hasCoordinated = true
    let claim = ProducerClaim(id: producer, epoch: header.producerEpoch)
    do {
      return try gate.admit(claim, item.transaction, to: item.partition, in: self)
        .map { .transactionRefused($0) }
    } catch let error as StoreError {
      throw error
    } catch {
      throw .device(String(describing: error))
    }
  }

  /// Where rows stand that no producer has sent, the log goes on behind them: they stay where they are
  /// and belong to no batch.
  func write(
    _ batch: ProducedBatch, at time: Int64, to partition: PartitionState
  ) throws(StoreError) -> BatchPlacement {
    while true {
      let placement = partition.log.placement(
        of: batch.header, sizeBytes: batch.storedSize,
        leaderEpoch: writer.store.identity.leaderEpoch, now: time)
      do throws(StoreError) {
        try rows.append(batch, at: placement)
        return placement
      } catch {
        guard case .occupied(let last) = error else { throw error }
        tellOfRows(through: last, in: partition)
        partition.log.skip(through: last)
      }
    }
  }

  private func tellOfRows(through last: Offset, in partition: PartitionState) {
    writer.options.log(
      .error,
      "there are rows from offset \(partition.log.row.nextOffset) to \(last) of"
        + " \(writer.topics.named(partition.id)) (table records_\(partition.id.value)) that were not"
        + " produced: no consumer is given them, and the next record gets offset \(last + 1)")
  }

  /// What is said of a batch that is not appended.
  private static func answer(
    _ verdict: SequenceVerdict, to header: BatchHeader, _ partition: PartitionState
  ) -> AppendResult? {
    switch verdict {
    case .accept: nil
    case .duplicate(let baseOffset, let appendedAt):
      .success(
        AppendOutcome(
          baseOffset: baseOffset, logStartOffset: partition.log.row.logStartOffset,
          isDuplicate: true, logAppendTime: header.logAppendTime(appendedAt)))
    case .staleEpoch(let known): .failure(.staleProducerEpoch(known: known))
    case .outOfOrder(let expected, let found):
      .failure(.sequenceOutOfOrder(expected: expected, found: found))
    case .transactionIsOpen: .failure(.transactionRefused(.invalidTxnState))
    }
  }

  /// After a group failed, the batch at fault fails and the others of its request do not.
  private func appendAlone(_ item: PartitionAppend) throws(StoreError) -> AppendResult {
    let partition = writer.partitions[item.partition]
    let before = partition?.log
    let appendedBefore = changes.appended.count
    var result = AppendResult.failure(.unknownPartition(item.partition))
    let refusal = try rows.attempt { () throws(StoreError) in
      result = try append(item)
      // What the turn's end would write belongs to this batch's fate, too.
      if let partition { try writeRows(of: partition) }
    }
    guard let refusal else { return result }
    if let partition, let before { partition.log = before }
    changes.appended.removeSubrange(appendedBefore...)
    writer.tell(
      refusal,
      "a batch for \(writer.topics.named(item.partition)) was refused by the database: \(refusal)")
    return .failure(refusal.storageError)
  }

  /// What its batches do not say: transactions, now and then what is known of producers, and the row if it is
  /// behind in anything else. A small turn writes none of them.
  func writeRows(of partition: PartitionState) throws(StoreError) {
    let changed = partition.log.transactions.takeChanges()
    if !changed.isEmpty { try rows.write(changed, of: partition.id) }
    if partition.log.batchesToReplay >= writer.options.maxBatchesToReplay {
      try saveProducers(of: partition)
    }
    if let row = partition.log.takeRow() { try rows.write(row) }
  }

  // MARK: Producer ids

  private static var producerIDBlock: Int64 { 1_000 }

  /// Ids are reserved in blocks, durably, before one of them is given; a restart skips the rest of
  /// its block, so that none is ever given twice.
  func nextProducerID() throws(StoreError) -> ProducerID {
    let block =
      if let given = writer.producerIDs { given } else {
        try rows.reserveProducerIDs(Self.producerIDBlock)
      }
    let rest = block.lowerBound.next..<block.upperBound
    writer.producerIDs = rest.isEmpty ? nil : rest
    return block.lowerBound
  }
}

extension BatchHeader {
  /// `time`, if the batch has the time of its append.
  fileprivate func logAppendTime(_ time: Int64) -> Int64? {
    attributes.contains(.logAppendTime) ? time : nil
  }
}

extension StoreError {
  /// Of what concerned only what was being written.
  var storageError: StorageError {
    if case .refused(let reason) = self { return .refused(reason) }
    return .failed(description)
  }
}

extension ProducedBatch {
  /// What it counts for: the batch as it is rebuilt from rows.
  var storedSize: Int { BatchHeader.size + recordsSize }
}
