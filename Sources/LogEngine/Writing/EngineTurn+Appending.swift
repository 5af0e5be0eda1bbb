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
    let header = item.batch.header
    if let producer = header.producer, !partition.log.knows(producer: producer) {
      partition.log.learn(try rows.producer(producer, in: partition.id), of: producer)
    }
    let expiration = writer.options.producerExpirationMilliseconds
    let verdict = partition.log.judge(header, now: now, expirationMilliseconds: expiration)
    if let result = Self.refusal(verdict, partition) { return result }
    let placement = partition.log.placement(
      of: header, sizeBytes: item.batch.storedSize, leaderEpoch: writer.store.identity.leaderEpoch,
      now: now)
    try rows.append(item.batch, at: placement)
    partition.log.append(header, at: placement, expirationMilliseconds: expiration)
    changes.markDirty(partition)
    changes.cached.append(LogView.CachedBatch(item.batch, at: placement))
    return .success(
      AppendOutcome(
        baseOffset: placement.baseOffset, logStartOffset: partition.log.row.logStartOffset,
        isDuplicate: false))
  }

  private static func refusal(
    _ verdict: SequenceVerdict, _ partition: PartitionState
  ) -> AppendResult? {
    switch verdict {
    case .accept: nil
    case .duplicate(let baseOffset):
      .success(
        AppendOutcome(
          baseOffset: baseOffset, logStartOffset: partition.log.row.logStartOffset,
          isDuplicate: true))
    case .staleEpoch(let known): .failure(.staleProducerEpoch(known: known))
    case .outOfOrder(let expected, let found):
      .failure(.sequenceOutOfOrder(expected: expected, found: found))
    }
  }

  /// After a group failed, the batch at fault fails and the others of its request do not.
  private func appendAlone(_ item: PartitionAppend) throws(StoreError) -> AppendResult {
    let partition = writer.partitions[item.partition]
    let before = partition?.log
    let cachedBefore = changes.cached.count
    var result = AppendResult.failure(.unknownPartition(item.partition))
    let refusal = try rows.attempt { () throws(StoreError) in
      result = try append(item)
      // What the turn's end would write belongs to this batch's fate, too.
      if let partition { try writeProducers(of: partition) }
    }
    guard let refusal else { return result }
    if let partition, let before { partition.log = before }
    changes.cached.removeSubrange(cachedBefore...)
    writer.tell(refusal, "a batch was refused by the database: \(refusal)")
    return .failure(.failed(refusal.description))
  }

  func writeProducers(of partition: PartitionState) throws(StoreError) {
    for (id, row) in partition.log.takeChangedProducers() {
      try rows.write(row, of: id, in: partition.id)
    }
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

extension ProducedBatch {
  /// What it counts for: the batch as it is rebuilt from rows.
  var storedSize: Int { BatchHeader.size + recordsSize }
}
