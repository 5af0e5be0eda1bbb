import ActaModel
import LogStorage

/// A whole batch in memory, as consumers get it.
struct CachedBatch: Sendable {
  let baseOffset: Offset
  let lastOffset: Offset
  let bytes: BatchBytes
}

/// Batches of one partition that follow one another. They are kept and let go of together, so that what memory
/// has to remember of use is little beside what it holds.
struct CachedPiece: Sendable {
  enum Use {
    /// It was appended, or read more than once.
    case kept
    /// It was read from the tables for the first time, for somebody who has not come to its end.
    case awaited
    /// It was read from the tables for the first time, and whoever wanted it has had it.
    case passed
  }

  /// The partition's slot.
  let partition: Int
  /// From `start` to below `end` the log has these batches and no others.
  var start: Offset
  private(set) var end: Offset
  /// Where it began when its batches came. `start` may lie before that since, where the log was found to have nothing: no
  /// markers either of transactions that ended there, which compaction may have taken.
  private(set) var firstStart: Offset
  private(set) var batches: [CachedBatch] = []
  /// The aborted transactions that reach into it. `nil`: the batches were appended by this process, and the
  /// partition has what their markers said.
  let aborted: [AbortedRange]?
  /// It was read before anybody asked. Who comes to it wants what begins here soon.
  var next: Offset?
  /// What use it has been of (`ReadOnce`).
  var use: Use
  /// Bytes of memory that it takes, whatever for.
  private(set) var footprint: Int

  init(of partition: Int, from start: Offset, aborted: [AbortedRange]?, use: Use) {
    self.partition = partition
    self.use = use
    self.start = start
    firstStart = start
    self.end = start
    self.aborted = aborted
    footprint =
      Self.overhead + (aborted?.count ?? 0) * MemoryLayout<AbortedRange>.stride
  }

  /// Its slot, its links, and its place in the partition.
  private static var overhead: Int { MemoryLayout<CachedPiece>.stride + 96 }

  mutating func append(_ batch: CachedBatch) {
    let room = batches.capacity
    batches.append(batch)
    footprint +=
      batch.bytes.footprint + (batches.capacity - room) * MemoryLayout<CachedBatch>.stride
    end = batch.lastOffset + 1
  }

  /// It is known that no other batch begins below `end`.
  mutating func extend(to end: Offset) { self.end = max(self.end, end) }

  /// What ends at or below `offset` goes, and is freed with what is returned.
  mutating func removeBatches(through offset: Offset) -> [CachedBatch] {
    let count = firstIndex(endingAtOrAfter: offset + 1)
    let removed = Array(batches[..<count])
    batches.removeFirst(count)
    for batch in removed { footprint -= batch.bytes.footprint }
    start = max(start, offset + 1)
    firstStart = max(firstStart, offset + 1)
    return removed
  }

  /// The first batch that ends there or later.
  func firstIndex(endingAtOrAfter offset: Offset) -> Int {
    var low = 0
    var high = batches.count
    while low < high {
      let middle = (low + high) / 2
      if batches[middle].lastOffset < offset { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
