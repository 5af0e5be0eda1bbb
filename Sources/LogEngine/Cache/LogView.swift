import ActaModel
import BatchCodec
import Coordination
import Counters
import LogStorage
import Synchronization
import Threads

/// What everyone may know without asking the database: the catalog, every partition's bounds and
/// size, and the batches that are in memory.
///
/// The writer thread publishes here after each commit, and the thread that synced moves the high
/// watermarks; all others read. One lock guards bounds and cache together, so that a read sees
/// batches that fit its bounds.
final class LogView: Sendable {
  struct Entry {
    var bounds: LogBounds
    var sizeBytes: Int64
    /// Markers are none.
    var hasRecords: Bool
    /// Where the first open transaction begins, as of the last commit, synced or not.
    var firstUnstableOffset: Offset?
    /// Raised by all that makes batches in memory wrong: what was read from the tables before that must not
    /// come in after it.
    var generation: UInt64 = 0
  }

  struct State {
    var partitions: [PartitionID: Entry] = [:]
    var cache: BatchCache
    /// Of the batches of all partitions.
    var sizeBytes: Int64 = 0
  }

  private let currentCatalog = Mutex(Catalog([]))
  private let state: Mutex<State>

  private let counters: EngineCounters

  /// - Parameter capacity: Bytes of memory that batches may take.
  init(capacity: Int, counters: EngineCounters) {
    state = Mutex(State(cache: BatchCache(capacity: capacity)))
    self.counters = counters
  }

  var catalog: Catalog { currentCatalog.withLock { $0 } }

  func bounds(of partition: PartitionID) -> LogBounds? {
    state.withLock { $0.partitions[partition]?.bounds }
  }

  func size(of partition: PartitionID) -> Int64? {
    state.withLock { $0.partitions[partition]?.sizeBytes }
  }

  /// Where those of the partitions end that have more than can be seen.
  func unsynced(of partitions: [PartitionID]) -> [(partition: PartitionID, offset: Offset)] {
    state.withLock { state in
      partitions.compactMap { partition in
        guard let bounds = state.partitions[partition]?.bounds,
          bounds.highWatermark < bounds.logEndOffset
        else { return nil }
        return (partition, bounds.logEndOffset)
      }
    }
  }

  /// Whether all of it can be seen up to these offsets, or is gone.
  func reaches(_ ends: [(partition: PartitionID, offset: Offset)]) -> Bool {
    state.withLock { state in
      ends.allSatisfy { partition, offset in
        state.partitions[partition].map { $0.bounds.highWatermark >= offset } ?? true
      }
    }
  }

  /// How many of the batches would be their partition's first: it may have markers already.
  func emptyCount(of batches: [PartitionAppend]) -> Int {
    state.withLock { state in
      batches.count { state.partitions[$0.partition]?.hasRecords == false }
    }
  }

  /// Bytes of memory that batches take.
  var cachedBytes: Int { state.withLock { $0.cache.footprint } }

  /// Bytes of memory that they may take.
  var cacheCapacity: Int { state.withLock { $0.cache.capacity } }

  /// What the batches of all partitions have.
  var sizeBytes: Int64 { state.withLock { $0.sizeBytes } }

  var partitions: [PartitionID] { state.withLock { $0.partitions.keys.sorted() } }

  /// Whether readers are shown what the log says.
  func shows(_ log: PartitionLog) -> Bool {
    let row = log.row
    return state.withLock { state in
      guard let entry = state.partitions[row.id] else { return false }
      return entry.bounds.logStartOffset == row.logStartOffset
        && entry.bounds.logEndOffset == row.nextOffset && entry.sizeBytes == row.sizeBytes
        && entry.firstUnstableOffset == log.firstUnstableOffset
    }
  }

  /// Partitions of which memory has transactions that were aborted.
  var partitionsWithAborted: [PartitionID] {
    state.withLock { $0.cache.partitionsWithAborted }
  }

  // MARK: Publishing

  /// A partition's state after a commit.
  struct PartitionUpdate {
    let partition: PartitionID
    let logStartOffset: Offset
    let logEndOffset: Offset
    let sizeBytes: Int64
    let hasRecords: Bool
    let firstUnstableOffset: Offset?

    init(_ log: PartitionLog) {
      let row = log.row
      partition = row.id
      logStartOffset = row.logStartOffset
      logEndOffset = row.nextOffset
      sizeBytes = row.sizeBytes
      hasRecords = row.recordCount > 0
      firstUnstableOffset = log.firstUnstableOffset
    }
  }

  /// Where a partition's log ends once the commit is synced that this is of.
  struct Advance {
    let partition: PartitionID
    let logEndOffset: Offset
    let firstUnstableOffset: Offset?

    init(_ log: PartitionLog) {
      partition = log.id
      logEndOffset = log.row.nextOffset
      firstUnstableOffset = log.firstUnstableOffset
    }
  }

  /// A batch that was appended.
  struct Appended {
    let partition: PartitionID
    let batch: CachedBatch

    init(_ batch: ProducedBatch, at placement: BatchPlacement) {
      partition = placement.partition
      self.batch = CachedBatch(
        baseOffset: placement.baseOffset, lastOffset: placement.lastOffset,
        bytes: BatchBytes(batch, at: placement))
    }
  }

  func publish(_ catalog: Catalog) {
    currentCatalog.withLock { $0 = catalog }
  }

  /// Log ends move and batches enter the cache, with what is aborted by them; high watermarks stay.
  func publish(
    _ updates: [PartitionUpdate], batches: [Appended],
    aborted: [(partition: PartitionID, range: AbortedRange)]
  ) {
    // Freed after the lock is given up, as everywhere below.
    let gone = state.withLock { state in
      var gone: [CachedPiece] = []
      for update in updates { gone += state.apply(update) }
      for append in batches where state.partitions[append.partition] != nil {
        state.cache.append(append.batch, to: append.partition)
      }
      for (partition, range) in aborted { state.cache.append(range, to: partition) }
      return (stale: gone, evicted: state.cache.evict())
    }
    counters.noteEvictions(gone.evicted)
  }

  /// What was committed up to these ends has been synced. Returns the partitions of which high watermark or
  /// last stable offset moved.
  func advance(_ targets: [Advance]) -> [PartitionID] {
    state.withLock { state in
      var advanced: [PartitionID] = []
      for target in targets
      where state.partitions[target.partition]?.bounds.advance(to: target) == true {
        advanced.append(target.partition)
      }
      return advanced
    }
  }

  /// Partitions of a deleted topic.
  func remove(_ partitions: [PartitionID]) {
    _ = state.withLock { state in
      partitions.flatMap { partition in
        state.sizeBytes &-= state.partitions.removeValue(forKey: partition)?.sizeBytes ?? 0
        return state.cache.drop(partition)
      }
    }
  }

  /// Another process has written to these partitions.
  func dropBatches(of partitions: [PartitionID]) {
    _ = state.withLock { state in
      partitions.flatMap { partition in
        state.partitions[partition]?.generation += 1
        return state.cache.drop(partition)
      }
    }
  }

  /// Batches up to the one that ends at `offset` have lost records to compaction.
  func dropBatches(of partition: PartitionID, through offset: Offset) {
    _ = state.withLock { state in
      state.partitions[partition]?.generation += 1
      return state.cache.drop(partition, through: offset)
    }
  }

  // MARK: Memory

  private static var piecesAtOnce: Int { 64 }

  /// Changes how much memory batches may take. What is too much goes at once, some at a time, so that nobody
  /// waits for all of it.
  func limitCache(to bytes: Int) {
    state.withLock { $0.cache.limit(to: bytes) }
    while true {
      let evicted = state.withLock { $0.cache.evict(atMost: Self.piecesAtOnce) }
      if evicted.isEmpty { return }
      counters.noteEvictions(evicted)
    }
  }

  // MARK: Reading

  /// Answers the reads from memory as far as it has them, all as of one moment; and says where to read ahead.
  func read(
    _ reads: [PartitionRead], maxBytes: Int
  ) -> (found: MemoryRead, ahead: [ReadAhead.Place]) {
    let result = state.withLock { $0.read(reads, maxBytes: maxBytes) }
    counters.note(result.found)
    return result
  }

  /// Goes on with a read whose bounds are known, from wherever it has come to.
  func resume(
    _ read: PartitionRead, below limit: Offset, _ allowance: inout ReadAllowance
  ) -> (found: BatchCache.Found, generation: UInt64)? {
    state.withLock { state in
      guard let generation = state.partitions[read.partition]?.generation else { return nil }
      return (state.cache.take(read, below: limit, &allowance), generation)
    }
  }

  /// Takes in what was read from the tables, unless something has happened since the generation was asked for.
  /// The result is whether it goes on with what was here, or begins with the log.
  @discardableResult
  func fill(_ partition: PartitionID, _ run: CachedRun, asOf generation: UInt64) -> Bool {
    let result = state.withLock { state -> (evicted: [CachedPiece], goesOn: Bool) in
      guard let entry = state.partitions[partition], entry.generation == generation else {
        return ([], false)
      }
      var run = run
      // Another process may have moved the log's end back, and the high watermark stays: what is appended next
      // comes in between.
      run.clip(to: run.start..<max(run.start, entry.bounds.logEndOffset))
      let goesOn = state.cache.fill(partition, run)
      return (state.cache.evict(), goesOn || run.start <= entry.bounds.logStartOffset)
    }
    counters.noteEvictions(result.evicted)
    return result.goesOn
  }
}

extension LogBounds {
  /// False when neither moves: they never go back, whatever others write.
  fileprivate mutating func advance(to end: LogView.Advance) -> Bool {
    let before = self
    highWatermark = max(highWatermark, end.logEndOffset)
    let stable = min(highWatermark, end.firstUnstableOffset ?? end.logEndOffset)
    lastStableOffset = max(lastStableOffset, stable)
    return self != before
  }
}

extension LogView.State {
  /// The result is what has come to lie below the log's start.
  fileprivate mutating func apply(_ update: LogView.PartitionUpdate) -> [CachedPiece] {
    sizeBytes &+= update.sizeBytes &- (partitions[update.partition]?.sizeBytes ?? 0)
    if partitions[update.partition] == nil {
      // Nothing of a new partition can have been promised, so its start is its high watermark.
      let bounds = LogBounds(
        logStartOffset: update.logStartOffset, highWatermark: update.logStartOffset,
        logEndOffset: update.logEndOffset)
      partitions[update.partition] = LogView.Entry(
        bounds: bounds, sizeBytes: update.sizeBytes, hasRecords: update.hasRecords,
        firstUnstableOffset: update.firstUnstableOffset)
      return []
    }
    let oldStart = partitions[update.partition]!.bounds.logStartOffset
    partitions[update.partition]!.bounds.logStartOffset = update.logStartOffset
    partitions[update.partition]!.bounds.logEndOffset = update.logEndOffset
    // What is gone holds nobody up.
    if update.logStartOffset > partitions[update.partition]!.bounds.lastStableOffset {
      partitions[update.partition]!.bounds.lastStableOffset = update.logStartOffset
    }
    partitions[update.partition]!.sizeBytes = update.sizeBytes
    partitions[update.partition]!.hasRecords = update.hasRecords
    partitions[update.partition]!.firstUnstableOffset = update.firstUnstableOffset
    if update.logStartOffset <= oldStart { return [] }
    partitions[update.partition]!.generation += 1
    return cache.drop(update.partition, below: update.logStartOffset)
  }
}
