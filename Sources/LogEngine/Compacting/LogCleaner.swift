import ActaModel
import Coordination
import LogStorage

/// What the compacting thread knows of partitions, so that a look at one where nothing has happened costs
/// nothing: how far each is clean, and what of the rest there is.
final class LogCleaner {
  struct Partition {
    var state: CompactionState
    /// Whether `state` is in the tables.
    var isStored: Bool
    var dirty: DirtyLog
    /// Nothing is due before, unless more was appended: epoch milliseconds.
    var notBefore: Int64 = .min
    var seenEnd: Offset = .zero
  }

  private static let summariesAtOnce = 2_000

  let access: CompactionAccess
  private let limits: CompactionWindow.Limits
  private var known: [PartitionID: Partition] = [:]

  init(_ access: CompactionAccess, _ limits: CompactionWindow.Limits) {
    self.access = access
    self.limits = limits
  }

  func compact(
    _ target: CompactionTarget, at now: Int64
  ) -> Result<CompactionOutcome, StorageError> {
    let id = target.partition
    guard let bounds = access.view.bounds(of: id) else {
      known[id] = nil
      return .failure(.unknownPartition(id))
    }
    if let partition = known[id], partition.seenEnd == bounds.lastStableOffset,
      now < partition.notBefore
    {
      return .success(CompactionOutcome())
    }
    do throws(CompactionFailure) {
      return .success(try pass(over: target, bounds, at: now))
    } catch {
      // Part of it may be done: it is looked at anew.
      known[id] = nil
      guard let error = error.storageError(of: id) else { return .success(CompactionOutcome()) }
      if case .corrupt = error { access.shared.damage.tell(error, access.view.catalog) }
      return .failure(error)
    }
  }

  func forget(except partitions: Set<PartitionID>) {
    known = known.filter { partitions.contains($0.key) }
  }

  private func pass(
    over target: CompactionTarget, _ bounds: LogBounds, at now: Int64
  ) throws(CompactionFailure) -> CompactionOutcome {
    let id = target.partition
    var partition = if let partition = known[id] { partition } else { try look(at: id) }
    // Retention may have come further.
    if partition.state.firstDirtyOffset < bounds.logStartOffset {
      partition.state.firstDirtyOffset = bounds.logStartOffset
      partition.dirty.remove(below: bounds.logStartOffset)
    }
    // What is open may be aborted.
    partition.seenEnd = bounds.lastStableOffset
    try learn(&partition.dirty, of: target, below: bounds.lastStableOffset)
    var pass = CompactionPass(
      target, start: bounds.logStartOffset, state: partition.state, at: now, limits, access)
    while case .clean(let end) = verdict(on: &partition, target, at: now) {
      try pass.clean(below: end)
      partition.dirty.remove(below: pass.state.firstDirtyOffset)
      // A log that is changed while it is read must not keep the others waiting for ever.
      if pass.state.firstDirtyOffset < end { break }
    }
    if partition.isStored || pass.hasWritten { try pass.deleteTombstones() }
    if pass.hasWritten { try pass.tidyUp() }
    partition.isStored = partition.isStored || pass.hasWritten
    partition.state = pass.state
    if case .wait(let until) = verdict(on: &partition, target, at: now) {
      partition.notBefore = min(until, try pass.nextTombstone(partition.isStored) ?? .max)
    }
    known[id] = partition
    return pass.outcome
  }

  private func verdict(
    on partition: inout Partition, _ target: CompactionTarget, at now: Int64
  ) -> DirtyLog.Verdict {
    let size = access.view.size(of: target.partition) ?? 0
    return partition.dirty.judge(at: now, totalBytes: size, target.policy)
  }

  private func look(at id: PartitionID) throws(CompactionFailure) -> Partition {
    let stored = try access.read { reader throws(ReadFailure) in
      try reader.compactionState(of: id)
    }
    let state = stored ?? CompactionState(firstDirtyOffset: .zero)
    return Partition(
      state: state, isStored: stored != nil, dirty: DirtyLog(from: state.firstDirtyOffset))
  }

  /// Takes in the batches that have come since.
  private func learn(
    _ dirty: inout DirtyLog, of target: CompactionTarget, below end: Offset
  ) throws(CompactionFailure) {
    while dirty.knownEnd < end {
      let (id, start) = (target.partition, dirty.knownEnd)
      let batches = try access.read { reader throws(ReadFailure) in
        try reader.summaries(of: id, from: start, below: end, limit: Self.summariesAtOnce)
      }
      for batch in batches where batch.lastOffset >= dirty.knownEnd {
        dirty.add(batch, target.policy)
      }
      if batches.count < Self.summariesAtOnce { return }
    }
  }
}
