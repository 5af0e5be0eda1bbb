package import ActaModel
package import BatchCodec

/// One partition's log as decisions know it: its row, and the producers that have written lately. A
/// value: what was decided in vain is taken back by keeping the value from before.
package struct PartitionLog: Equatable, Sendable {
  /// Producers of which a copy is kept. What is written can be read again.
  private static let maxKnownProducers = 1_000

  package private(set) var row: PartitionRow
  /// `.some(nil)` is known to have no row.
  private var producers: [ProducerID: ProducerRow?] = [:]
  private var changedProducers: Set<ProducerID> = []

  /// `nil`: not known yet.
  private var lastAppendedAt: Int64?

  package init(_ row: PartitionRow) {
    self.row = row
    lastAppendedAt = row.nextOffset == .zero ? .min : nil
  }

  package var id: PartitionID { row.id }

  // MARK: Producers

  /// Whether `judge` can say anything of the producer, or its row must be read first.
  package func knows(producer id: ProducerID) -> Bool { producers[id] != nil }

  package mutating func learn(_ known: ProducerRow?, of producer: ProducerID) {
    producers[producer] = .some(known)
  }

  /// Rows that are behind, each once.
  package mutating func takeChangedProducers() -> [(id: ProducerID, row: ProducerRow)] {
    if changedProducers.isEmpty { return [] }
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
  }

  // MARK: Appending

  /// Whether `appendTime` can say anything, or the last batch's time must be read first.
  package var knowsLastAppend: Bool { lastAppendedAt != nil }

  /// - Parameter time: `nil` when no batch is left.
  package mutating func learn(lastAppendedAt time: Int64?) { lastAppendedAt = time ?? .min }

  /// The time of a batch that is appended now: times of a log do not go back, whatever the clock does.
  package func appendTime(now: Int64) -> Int64 { max(now, lastAppendedAt ?? now) }

  /// Whether a batch may follow what its producer has written; of a producer that has been silent for
  /// longer than `expiration` nothing is remembered.
  package func judge(
    _ header: BatchHeader, now: Int64, expirationMilliseconds expiration: Int64
  ) -> SequenceVerdict {
    guard let producer = header.producer else { return .accept }
    return ProducerRow.judge(
      remembered(producer, now, expiration), epoch: header.producerEpoch,
      firstSequence: header.baseSequence, lastSequence: header.lastSequence)
  }

  private func remembered(_ producer: ProducerID, _ now: Int64, _ expiration: Int64) -> ProducerRow?
  {
    guard let known = producers[producer] ?? nil, now - known.lastTimestamp <= expiration else {
      return nil
    }
    return known
  }

  package func placement(
    of header: BatchHeader, sizeBytes: Int, leaderEpoch: LeaderEpoch, now: Int64
  ) -> BatchPlacement {
    BatchPlacement(
      partition: row.id, baseOffset: row.nextOffset,
      lastOffset: row.nextOffset + Int64(header.lastOffsetDelta), leaderEpoch: leaderEpoch,
      beginsEpoch: row.leaderEpoch != leaderEpoch,
      runningMaxTimestamp: max(row.maxTimestamp, header.maxTimestamp), appendedAt: now,
      sizeBytes: Int64(sizeBytes))
  }

  /// The batch is written.
  package mutating func append(
    _ header: BatchHeader, at placement: BatchPlacement, expirationMilliseconds expiration: Int64
  ) {
    precondition(placement.baseOffset == row.nextOffset, "a batch follows the one before it")
    row.nextOffset = placement.lastOffset + 1
    lastAppendedAt = placement.appendedAt
    row.leaderEpoch = placement.leaderEpoch
    row.recordCount += Int64(header.recordCount)
    row.sizeBytes += placement.sizeBytes
    row.maxTimestamp = placement.runningMaxTimestamp
    guard let producer = header.producer else { return }
    let batch = ProducerRow.Batch(
      firstSequence: header.baseSequence, lastSequence: header.lastSequence,
      baseOffset: placement.baseOffset, lastOffset: placement.lastOffset,
      timestamp: placement.appendedAt)
    producers[producer] = ProducerRow.appending(
      batch, epoch: header.producerEpoch,
      to: remembered(producer, placement.appendedAt, expiration))
    changedProducers.insert(producer)
  }

  /// Offsets up to `last` are taken by what is no record.
  package mutating func skip(through last: Offset) {
    precondition(last >= row.nextOffset, "a log's end does not move back")
    row.nextOffset = last + 1
  }

  // MARK: Trimming

  /// Compaction has taken so much, and left the log's bounds where they are.
  package mutating func compact(recordCount: Int64, sizeBytes: Int64) {
    row.recordCount &-= recordCount
    row.sizeBytes &-= sizeBytes
  }

  /// The log starts at `offset` now; so much is gone.
  package mutating func moveStart(to offset: Offset, recordCount: Int64, sizeBytes: Int64) {
    precondition(offset >= row.logStartOffset, "a log's start does not move back")
    row.logStartOffset = offset
    // Sums of rows that others may have written.
    row.recordCount &-= recordCount
    row.sizeBytes &-= sizeBytes
  }
}
