import ActaModel
import Coordination
import LogStorage
import Threads

/// Moving log starts forward, a slice at a time: rows, the log's start, and what groups lose by it change in
/// the same turn.
extension EngineTurn {
  struct Trimmed {
    /// Records deleted by this slice.
    let deleted: Int
    let logStartOffset: Offset
    /// The offset that the whole trim is to reach.
    let target: Offset
    let pass: TrimPass
    /// No further slice is needed.
    var isComplete: Bool

    static func nothing(at start: Offset, of pass: TrimPass) -> Trimmed {
      Trimmed(deleted: 0, logStartOffset: start, target: start, pass: pass, isComplete: true)
    }
  }

  private static var fewBatches: Int { 16 }
  private static var manyBatches: Int { 4_096 }
  /// Milliseconds between long slices while others write little. Of those who write one record after the
  /// other, less than one in a hundred then meets one or its sync.
  private static var retentionInterval: Int64 { 100 }
  /// Somebody waits for it.
  private static var requestInterval: Int64 { 20 }
  private static var pause: Int64 { 2 }

  /// What slices of this turn may still weigh. They share it, however many there are.
  private var sliceRoom: Int64 { writer.pace.budget - sliceWeight }

  /// - Parameter pass: What earlier slices have begun.
  func deleteRecords(
    _ deletion: RecordDeletion, by author: TrimAuthor, after pass: TrimPass?
  ) throws(StoreError) -> Result<Trimmed, StorageError> {
    guard let partition = writer.partitions[deletion.partition],
      let highWatermark = writer.view.bounds(of: deletion.partition)?.highWatermark
    else { return .failure(.unknownPartition(deletion.partition)) }
    let target = deletion.beforeOffset ?? highWatermark
    guard target <= highWatermark else {
      return .failure(
        .offsetOutOfRange(
          requested: target, logStartOffset: partition.log.row.logStartOffset,
          highWatermark: highWatermark))
    }
    let pass = pass ?? TrimPass(author: author, logStartOffset: partition.log.row.logStartOffset)
    return .success(
      try inSlice(of: partition, to: target, pass) { () throws(StoreError) in
        let first = try firstBatches(of: partition.id, below: target)
        return try trim(partition, first, to: target, pass)
      })
  }

  /// Finds how far the policy wants to go, at most a slice, and goes there.
  func applyRetention(
    _ policy: RetentionPolicy, to id: PartitionID, after pass: TrimPass?
  ) throws(StoreError) -> Result<Trimmed, StorageError> {
    guard let partition = writer.partitions[id],
      let highWatermark = writer.view.bounds(of: id)?.highWatermark
    else { return .failure(.unknownPartition(id)) }
    let row = partition.log.row
    let pass = pass ?? TrimPass(author: .retention, logStartOffset: row.logStartOffset)
    return .success(
      try inSlice(of: partition, to: row.nextOffset, pass) { () throws(StoreError) in
        try applyRetention(policy, to: partition, below: highWatermark, pass)
      })
  }

  private func applyRetention(
    _ policy: RetentionPolicy, to partition: PartitionState, below highWatermark: Offset,
    _ pass: TrimPass
  ) throws(StoreError) -> Trimmed {
    let row = partition.log.row
    let first = try firstBatches(of: partition.id, below: highWatermark)
    guard
      let end = policy.end(
        of: first.batches, sizeBytes: row.sizeBytes, highWatermark: highWatermark)
    else {
      return .nothing(at: row.logStartOffset, of: pass)
    }
    let due = FirstBatches(
      batches: first.batches.filter { $0.baseOffset < end }, isWhole: true)
    var slice = try trim(partition, due, to: end, pass)
    // A full slice may have stopped before the policy did: ask again until one finds nothing.
    if slice.deleted > 0 || slice.logStartOffset > row.logStartOffset { slice.isComplete = false }
    return slice
  }

  /// Does nothing yet when others have used up what slices may weigh in this turn, or who writes is to be left
  /// alone.
  private func inSlice(
    of partition: PartitionState, to target: Offset, _ pass: TrimPass,
    _ body: () throws(StoreError) -> Trimmed
  ) throws(StoreError) -> Trimmed {
    guard sliceWeight > 0 ? sliceRoom > 0 : isSliceDue(for: pass.author) else {
      return Trimmed(
        deleted: 0, logStartOffset: partition.log.row.logStartOffset, target: target, pass: pass,
        isComplete: false)
    }
    let began = Clock.monotonicMicroseconds()
    let slice = try body()
    sliceMicroseconds += Clock.monotonicMicroseconds() - began
    return slice
  }

  private func isSliceDue(for author: TrimAuthor) -> Bool {
    let time = Clock.monotonicMilliseconds()
    let interval =
      author.cause == .retention ? Self.retentionInterval : Self.requestInterval
    // On a full disk nobody writes much, and all wait for this.
    if changes.appended.isEmpty, writer.isQuiet(at: time) || writer.store.isFull { return true }
    if writer.pace.isDue(at: time, interval: interval) { return true }
    slicePause = Self.pause
    return false
  }

  private struct FirstBatches {
    let batches: [BatchSummary]
    /// There are no others.
    let isWhole: Bool
  }

  /// As many as a slice may take, and not many more: few large ones, or many small ones.
  private func firstBatches(
    of partition: PartitionID, below offset: Offset
  ) throws(StoreError) -> FirstBatches {
    var limit = Self.fewBatches
    while true {
      let batches = try rows.firstBatches(of: partition, below: offset, limit: limit)
      if batches.count < limit { return FirstBatches(batches: batches, isWhole: true) }
      let slice = TrimSlice(batches, isWhole: false, to: offset, budget: sliceRoom)
      if slice.reached < batches[limit - 1].lastOffset || limit >= Self.manyBatches {
        return FirstBatches(batches: batches, isWhole: false)
      }
      limit *= 4
    }
  }

  private func trim(
    _ partition: PartitionState, _ first: FirstBatches, to target: Offset, _ pass: TrimPass
  ) throws(StoreError) -> Trimmed {
    let start = partition.log.row.logStartOffset
    // Another may have moved the start and left what is below it.
    guard target > start || first.batches.contains(where: { $0.lastOffset < start }) else {
      return .nothing(at: start, of: pass)
    }
    let slice = TrimSlice(first.batches, isWhole: first.isWhole, to: target, budget: sliceRoom)
    sliceWeight += max(slice.weight, 1)
    let newStart = max(start, slice.reached)
    if newStart > start { try rows.noteLosses(of: partition.id, from: start, to: newStart, pass) }
    try saveProducers(of: partition, through: slice.reached)
    let gone = try rows.deleteRecords(
      of: partition.id, below: slice.reached, straddling: slice.straddled)
    try rows.forgetAborted(of: partition.id, below: newStart)
    partition.log.moveStart(
      to: newStart, recordCount: gone.recordCount, sizeBytes: gone.sizeBytes)
    changes.markDirty(partition)
    return Trimmed(
      deleted: gone.count, logStartOffset: newStart, target: target, pass: pass,
      isComplete: newStart >= target)
  }
}
