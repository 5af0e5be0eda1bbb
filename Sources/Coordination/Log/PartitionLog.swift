package import ActaModel
package import BatchCodec

/// One partition's log as decisions know it: its row, and the producers that have written lately. A
/// value: what was decided in vain is taken back by keeping the value from before.
package struct PartitionLog: Equatable, Sendable {
  /// Producers of which a copy is kept. What is written can be read again.
  private static let maxKnownProducers = 1_000

  package private(set) var row: PartitionRow
  /// What only the row can say has changed: everything that no batch says.
  private var mustWriteRow = false
  /// `.some(nil)` is known to have no row.
  private var producers: [ProducerID: ProducerRow?] = [:]
  /// Those whose rows are behind.
  private var changedProducers: Set<ProducerID> = []
  /// Whether `producers` knows of all batches behind `row.producersThrough`.
  package private(set) var hasReplayed: Bool
  /// Batches behind `row.producersThrough`; before they are replayed, of those that have come meanwhile.
  package private(set) var batchesToReplay = 0
  package var transactions = PartitionTransactions()

  /// `nil`: not known yet.
  private var lastAppendedAt: Int64?

  package init(_ row: PartitionRow) {
    self.row = row
    // Another has cut the log.
    self.row.producersThrough = min(row.producersThrough, row.nextOffset)
    hasReplayed = self.row.producersThrough == row.nextOffset
    lastAppendedAt = row.nextOffset == .zero ? .min : nil
  }

  package var id: PartitionID { row.id }

  /// The row, if it must be written; batches say for themselves what they have changed of it.
  package mutating func takeRow() -> PartitionRow? {
    defer { mustWriteRow = false }
    return mustWriteRow ? row : nil
  }

  /// Where what is read of committed transactions only must end; `nil` where none is open. What is below the
  /// log's start holds up nobody.
  package var firstUnstableOffset: Offset? {
    transactions.firstOffset.map { max($0, row.logStartOffset) }
  }

  // MARK: Producers

  // What is stored of producers is a snapshot (`takeProducers`). What the batches behind it tell is replayed
  // before anything else is asked of the producers.

  package mutating func replay(_ evidence: ProducerEvidence, expirationMilliseconds: Int64) {
    let known = producers[evidence.producer.id] ?? nil
    producers[evidence.producer.id] = ProducerRow.replaying(
      evidence, on: known, expirationMilliseconds: expirationMilliseconds)
    changedProducers.insert(evidence.producer.id)
  }

  /// - Parameter count: How many batches were gone through.
  package mutating func endReplay(ofBatches count: Int) {
    batchesToReplay = count
    hasReplayed = true
  }

  /// What is stored of producers is behind.
  package var hasUnsavedProducers: Bool { row.producersThrough < row.nextOffset }

  /// Whether `judge` can say anything of the producer, or its row must be read first.
  package func knows(producer id: ProducerID) -> Bool { producers[id] != nil }

  package mutating func learn(_ known: ProducerRow?, of producer: ProducerID) {
    producers[producer] = .some(known)
  }

  package func producer(_ id: ProducerID) -> ProducerRow? { producers[id] ?? nil }

  /// Rows that are behind, each once. With them what is stored is of now, which the partition's row says.
  package mutating func takeProducers() -> [(id: ProducerID, row: ProducerRow)] {
    precondition(hasReplayed, "what is stored of producers would leave batches out")
    row.producersThrough = row.nextOffset
    mustWriteRow = true
    batchesToReplay = 0
    let changed = changedProducers.compactMap { id in
      (producers[id] ?? nil).map { (id: id, row: $0) }
    }
    changedProducers.removeAll(keepingCapacity: true)
    if producers.count > Self.maxKnownProducers { producers = [:] }
    return changed
  }

  /// Their rows may be others than those that were read.
  package mutating func forgetProducers() {
    producers = [:]
    changedProducers = []
    hasReplayed = !hasUnsavedProducers
  }

  // MARK: Appending

  /// Whether `appendTime` can say anything, or the last batch's time must be read first.
  package var knowsLastAppend: Bool { lastAppendedAt != nil }

  /// - Parameter time: `nil` when no batch is left.
  package mutating func learn(lastAppendedAt time: Int64?) { lastAppendedAt = time ?? .min }

  /// The time of a batch that is appended now: times of a log do not go back, whatever the clock does.
  package func appendTime(now: Int64) -> Int64 { max(now, lastAppendedAt ?? now) }

  /// Whether a batch may follow what its producer has written; of a producer that has been silent for
  /// longer than `expiration` nothing is remembered, unless it has a transaction open.
  ///
  /// - Parameter joins: The batch may be the first of a transaction in which every producer begins at
  ///   sequence 0, because each has an epoch of its own (KIP-890).
  package func judge(
    _ header: BatchHeader, now: Int64, expirationMilliseconds expiration: Int64,
    joins: Bool = false
  ) -> SequenceVerdict {
    guard let producer = header.producer else { return .accept }
    let known = remembered(producer, now, expiration)
    let verdict = ProducerRow.judge(
      known, epoch: header.producerEpoch, firstSequence: header.baseSequence,
      lastSequence: header.lastSequence)
    guard verdict == .accept else { return verdict }
    guard header.attributes.contains(.transactional) else {
      return transactions[producer] == nil ? .accept : .transactionIsOpen
    }
    if joins, header.baseSequence != 0, known?.batches.isEmpty ?? true,
      transactions[producer] == nil
    {
      return .outOfOrder(expected: 0, found: header.baseSequence)
    }
    return .accept
  }

  private func remembered(_ producer: ProducerID, _ now: Int64, _ expiration: Int64) -> ProducerRow?
  {
    guard let known = producers[producer] ?? nil else { return nil }
    if now - known.lastTimestamp <= expiration { return known }
    return transactions[producer] == nil ? nil : known
  }

  package func placement(
    of header: BatchHeader, sizeBytes: Int, leaderEpoch: LeaderEpoch, now: Int64
  ) -> BatchPlacement {
    let records = header.attributes.contains(.control) ? 0 : Int64(header.recordCount)
    return BatchPlacement(
      partition: row.id, baseOffset: row.nextOffset,
      lastOffset: row.nextOffset + Int64(header.lastOffsetDelta), leaderEpoch: leaderEpoch,
      beginsEpoch: row.leaderEpoch != leaderEpoch,
      runningMaxTimestamp: max(row.maxTimestamp, header.maxTimestamp), appendedAt: now,
      sizeBytes: Int64(sizeBytes),
      appended: row.appended + LogSums(records: records, bytes: Int64(sizeBytes)))
  }

  /// The batch is written.
  package mutating func append(
    _ header: BatchHeader, at placement: BatchPlacement, expirationMilliseconds expiration: Int64
  ) {
    extend(to: placement)
    row.recordCount += Int64(header.recordCount)
    guard let producer = header.producer else { return }
    let batch = ProducerRow.Batch(
      firstSequence: header.baseSequence, lastSequence: header.lastSequence,
      baseOffset: placement.baseOffset, lastOffset: placement.lastOffset,
      timestamp: placement.appendedAt)
    producers[producer] = ProducerRow.appending(
      batch, epoch: header.producerEpoch,
      to: remembered(producer, placement.appendedAt, expiration))
    changedProducers.insert(producer)
    if header.attributes.contains(.transactional), transactions[producer] == nil {
      transactions.begin(producer, at: placement.baseOffset)
    }
  }

  private mutating func extend(to placement: BatchPlacement) {
    precondition(placement.baseOffset == row.nextOffset, "a batch follows the one before it")
    row.nextOffset = placement.lastOffset + 1
    lastAppendedAt = placement.appendedAt
    row.leaderEpoch = placement.leaderEpoch
    row.sizeBytes += placement.sizeBytes
    row.maxTimestamp = placement.runningMaxTimestamp
    row.appended = placement.appended
    batchesToReplay += 1
  }

  // MARK: Markers

  /// Why a marker is not written that nobody here has decided. The producer must be known.
  package func objection(to marker: ProducerClaim, coordinatorEpoch: Int32) -> StorageError? {
    guard let known = producers[marker.id] ?? nil else { return nil }
    if marker.epoch < known.epoch { return .staleProducerEpoch(known: known.epoch) }
    if let last = known.coordinatorEpoch, coordinatorEpoch < last {
      return .transactionRefused(.transactionCoordinatorFenced)
    }
    return nil
  }

  /// The marker of a transaction is written, which counts as no record. The result is what is to be
  /// remembered of an aborted one.
  package mutating func end(
    _ marker: ProducerClaim, isCommit: Bool, coordinatorEpoch: Int32, at placement: BatchPlacement
  ) -> AbortedRange? {
    extend(to: placement)
    producers[marker.id] = ProducerRow.ending(
      marker, coordinatorEpoch: coordinatorEpoch, at: placement.appendedAt,
      producers[marker.id] ?? nil)
    changedProducers.insert(marker.id)
    return transactions.end(marker.id, isCommit: isCommit, at: placement.lastOffset)
  }

  // MARK: Gaps

  /// Offsets up to `last` are taken by what is no record. The batch that comes behind them says so.
  package mutating func skip(through last: Offset) {
    precondition(last >= row.nextOffset, "a log's end does not move back")
    row.nextOffset = last + 1
  }

  // MARK: Trimming

  /// Compaction has taken so much, and left the log's bounds where they are.
  package mutating func compact(recordCount: Int64, sizeBytes: Int64) {
    row.recordCount &-= recordCount
    row.sizeBytes &-= sizeBytes
    mustWriteRow = true
  }

  /// The log starts at `offset` now; so much is gone.
  package mutating func moveStart(to offset: Offset, recordCount: Int64, sizeBytes: Int64) {
    precondition(offset >= row.logStartOffset, "a log's start does not move back")
    row.logStartOffset = offset
    // Sums of rows that others may have written.
    row.recordCount &-= recordCount
    row.sizeBytes &-= sizeBytes
    mustWriteRow = true
  }
}
