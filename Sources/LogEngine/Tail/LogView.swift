import ActaModel
import BatchCodec
import Coordination
import Counters
import LogStorage
import Synchronization
import Threads

/// What everyone may know without asking the database: the catalog, every partition's bounds and
/// size, and the tail cache.
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
    var tail = PartitionTail()
  }

  struct State {
    var partitions: [PartitionID: Entry] = [:]
    var arrivals = Fifo<(partition: PartitionID, arrival: UInt64)>()
    var nextArrival: UInt64 = 0
    var cachedBytes = 0
    /// Of the batches of all partitions.
    var sizeBytes: Int64 = 0
  }

  private let capacity: Int
  private let currentCatalog = Mutex(Catalog([]))
  private let state = Mutex(State())

  private let counters: EngineCounters

  init(capacity: Int, counters: EngineCounters) {
    self.capacity = capacity
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

  var cachedBytes: Int { state.withLock { $0.cachedBytes } }

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
    state.withLock { state in
      state.partitions.filter { $0.value.tail.hasAborted }.map(\.key)
    }
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

  struct CachedBatch {
    let partition: PartitionID
    let baseOffset: Offset
    let lastOffset: Offset
    let bytes: BatchBytes

    init(_ batch: ProducedBatch, at placement: BatchPlacement) {
      partition = placement.partition
      baseOffset = placement.baseOffset
      lastOffset = placement.lastOffset
      bytes = BatchBytes(batch, at: placement)
    }
  }

  func publish(_ catalog: Catalog) {
    currentCatalog.withLock { $0 = catalog }
  }

  /// Log ends move and batches enter the cache, with what is aborted by them; high watermarks stay.
  func publish(
    _ updates: [PartitionUpdate], batches: [CachedBatch],
    aborted: [(partition: PartitionID, range: AbortedRange)]
  ) {
    // Freed after the lock is given up.
    var evicted: [PartitionTail.Batch] = []
    state.withLock { state in
      for update in updates { state.apply(update) }
      for batch in batches { state.cache(batch) }
      for (partition, range) in aborted { state.partitions[partition]?.tail.append(range) }
      while state.cachedBytes > capacity, !state.arrivals.isEmpty {
        if let batch = state.evictOldest() { evicted.append(batch) }
      }
    }
    if !evicted.isEmpty { counters.evictions.add(evicted.count) }
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
    state.withLock { state in
      for partition in partitions {
        state.dropTail(of: partition)
        state.sizeBytes &-= state.partitions.removeValue(forKey: partition)?.sizeBytes ?? 0
      }
    }
  }

  /// Another process has written to these partitions.
  func dropTails(of partitions: [PartitionID]) {
    state.withLock { state in
      for partition in partitions { state.dropTail(of: partition) }
    }
  }

  /// Batches up to the one that ends at `offset` have lost records to compaction.
  func dropTail(of partition: PartitionID, through offset: Offset) {
    state.withLock { $0.dropTail(of: partition, through: offset) }
  }

  // MARK: Reading

  /// Answers the reads from memory as far as it has them, all as of one moment.
  func read(_ reads: [PartitionRead], maxBytes: Int) -> MemoryRead {
    let found = state.withLock { $0.read(reads, maxBytes: maxBytes) }
    counters.note(found)
    return found
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
  fileprivate mutating func apply(_ update: LogView.PartitionUpdate) {
    sizeBytes &+= update.sizeBytes &- (partitions[update.partition]?.sizeBytes ?? 0)
    if partitions[update.partition] == nil {
      // Nothing of a new partition can have been promised, so its start is its high watermark.
      let bounds = LogBounds(
        logStartOffset: update.logStartOffset, highWatermark: update.logStartOffset,
        logEndOffset: update.logEndOffset)
      partitions[update.partition] = LogView.Entry(
        bounds: bounds, sizeBytes: update.sizeBytes, hasRecords: update.hasRecords,
        firstUnstableOffset: update.firstUnstableOffset)
      return
    }
    partitions[update.partition]!.bounds.logStartOffset = update.logStartOffset
    partitions[update.partition]!.bounds.logEndOffset = update.logEndOffset
    // What is gone holds nobody up.
    if update.logStartOffset > partitions[update.partition]!.bounds.lastStableOffset {
      partitions[update.partition]!.bounds.lastStableOffset = update.logStartOffset
    }
    partitions[update.partition]!.sizeBytes = update.sizeBytes
    partitions[update.partition]!.hasRecords = update.hasRecords
    partitions[update.partition]!.firstUnstableOffset = update.firstUnstableOffset
  }

  fileprivate mutating func cache(_ batch: LogView.CachedBatch) {
    guard partitions[batch.partition] != nil else { return }
    let entry = PartitionTail.Batch(
      baseOffset: batch.baseOffset, lastOffset: batch.lastOffset, bytes: batch.bytes,
      arrival: nextArrival)
    partitions[batch.partition]!.tail.append(entry)
    arrivals.append((batch.partition, nextArrival))
    nextArrival += 1
    cachedBytes += batch.bytes.count
  }

  fileprivate mutating func evictOldest() -> PartitionTail.Batch? {
    let (partition, arrival) = arrivals.removeFirst()
    guard let batch = partitions[partition]?.tail.evict(arrival: arrival) else { return nil }
    cachedBytes -= batch.bytes.count
    return batch
  }

  fileprivate mutating func dropTail(of partition: PartitionID) {
    guard let dropped = partitions[partition]?.tail.removeAll() else { return }
    for index in 0..<dropped.count { cachedBytes -= dropped[index].bytes.count }
  }

  fileprivate mutating func dropTail(of partition: PartitionID, through offset: Offset) {
    while let batch = partitions[partition]?.tail.removeFirst(through: offset) {
      cachedBytes -= batch.bytes.count
    }
  }
}
