import ActaModel
import Coordination
import LogStorage

/// Moving log starts forward, a slice at a time.
extension EngineTurn {
  struct Trimmed {
    /// Records deleted by this slice.
    let deleted: Int
    let logStartOffset: Offset
    /// The offset that the whole trim is to reach.
    let target: Offset
    /// No further slice is needed.
    var isComplete: Bool

    static func nothing(at start: Offset) -> Trimmed {
      Trimmed(deleted: 0, logStartOffset: start, target: start, isComplete: true)
    }
  }

  func deleteRecords(_ deletion: RecordDeletion) throws(StoreError) -> Result<Trimmed, StorageError>
  {
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
    let first = try rows.firstBatches(of: partition.id, below: target, limit: TrimSlice.batches)
    return .success(try trim(partition, first, to: target))
  }

  /// Finds how far the policy wants to go, at most a slice, and goes there.
  func applyRetention(
    _ policy: RetentionPolicy, to id: PartitionID
  ) throws(StoreError) -> Result<Trimmed, StorageError> {
    guard let partition = writer.partitions[id],
      let highWatermark = writer.view.bounds(of: id)?.highWatermark
    else { return .failure(.unknownPartition(id)) }
    let row = partition.log.row
    let first = try rows.firstBatches(of: id, below: highWatermark, limit: TrimSlice.batches)
    guard
      let end = policy.end(of: first, sizeBytes: row.sizeBytes, highWatermark: highWatermark)
    else {
      return .success(.nothing(at: row.logStartOffset))
    }
    var slice = try trim(partition, first.filter { $0.baseOffset < end }, to: end)
    // A full slice may have stopped before the policy did: ask again until one finds nothing.
    if slice.deleted > 0 { slice.isComplete = false }
    return .success(slice)
  }

  private func trim(
    _ partition: PartitionState, _ first: [BatchSummary], to target: Offset
  ) throws(StoreError) -> Trimmed {
    let start = partition.log.row.logStartOffset
    // Another may have moved the start and left what is below it.
    guard target > start || first.contains(where: { $0.lastOffset < start }) else {
      return .nothing(at: start)
    }
    let slice = TrimSlice(first, to: target)
    let gone = try rows.deleteRecords(
      of: partition.id, below: slice.reached, straddling: slice.straddled)
    let newStart = max(start, slice.reached)
    partition.log.moveStart(
      to: newStart, recordCount: gone.recordCount, sizeBytes: gone.sizeBytes)
    changes.markDirty(partition)
    return Trimmed(
      deleted: gone.count, logStartOffset: newStart, target: target,
      isComplete: newStart >= target)
  }
}
