package import ActaModel

/// Reads the log from the database; belongs to one thread. Every call sees one state of the database
/// and leaves no snapshot open behind it: one that stayed would keep a log from being emptied.
package protocol StoreReader: CompactionReading {
  /// Whole batches from the one that contains the offset asked for, below `end`, as far as the allowance
  /// goes, each as it was acknowledged; for `readCommitted` with the aborted transactions among them.
  func batches(
    _ read: PartitionRead, below end: Offset, allowance: ReadAllowance
  ) throws(ReadFailure) -> TableRead

  func lookUp(
    _ query: TimestampQuery, in partition: PartitionID, below end: Offset
  ) throws(ReadFailure) -> TimestampedOffset?

  /// Where `epoch` ends, of those up to `current`, the one that this start has taken.
  func endOfEpoch(
    _ epoch: LeaderEpoch, in partition: PartitionID, current: LeaderEpoch
  ) throws(ReadFailure) -> EpochEnd?

  /// By id, the first `count` of them: rows, and what the batches since they were written tell.
  ///
  /// - Parameter replay: What is known of a producer after one more of its batches.
  func producers(
    of partition: PartitionID, atMost count: Int,
    replay: (ProducerEvidence, ProducerRow?) -> ProducerRow
  ) throws(ReadFailure) -> [ActiveProducer]
}

/// What a read has found in the tables, as of one moment.
package struct TableRead: Equatable, Sendable {
  package let batches: [[UInt8]]
  /// Those that were aborted and reach into what was read, in the order of their markers; none unless
  /// `readCommitted` was asked for.
  package let aborted: [AbortedRange]
  /// There is no other batch between where the read began and where it was to end.
  package let isWhole: Bool

  package init(batches: [[UInt8]], aborted: [AbortedRange] = [], isWhole: Bool) {
    self.batches = batches
    self.aborted = aborted
    self.isWhole = isWhole
  }
}

/// Why a read failed.
package enum ReadFailure: Error, Equatable, Sendable {
  case unknownPartition
  case belowLogStart(Offset)
  /// Rows are not what was acknowledged.
  case corrupt(offset: Offset, reason: String)
  case store(StoreError)
}

/// What one read may take.
package struct ReadAllowance: Sendable {
  package private(set) var bytes: Int
  /// The next batch is taken even if it is larger than `bytes`.
  package private(set) var admitsOversized: Bool

  package init(bytes: Int, admitsOversized: Bool) {
    self.bytes = bytes
    self.admitsOversized = admitsOversized
  }

  /// Whether nothing can be taken any more, however small.
  package var isExhausted: Bool { bytes <= 0 && !admitsOversized }

  /// Takes a batch of `size`, or says that it does not fit.
  package mutating func take(_ size: Int) -> Bool {
    guard admitsOversized || size <= bytes else { return false }
    bytes = max(0, bytes - size)
    admitsOversized = false
    return true
  }
}
