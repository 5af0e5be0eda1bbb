import ActaModel
import BatchCodec
import LogStorage

/// What a read from the tables brings: all batches between two offsets, and the aborted transactions that reach
/// into them.
struct CachedRun: Sendable {
  var start: Offset
  var end: Offset
  var batches: [CachedBatch]
  let aborted: [AbortedRange]
  /// Nobody has asked for it yet.
  var isAhead = false

  /// Leaves what lies in `hole`.
  mutating func clip(to hole: Range<Offset>) {
    batches.removeAll { $0.lastOffset < hole.lowerBound }
    start = max(start, hole.lowerBound)
    if let first = batches.first, first.baseOffset < start {
      batches = []
      end = start
    }
    if end > hole.upperBound {
      end = hole.upperBound
      while let last = batches.last, last.lastOffset >= hole.upperBound {
        end = min(end, last.baseOffset)
        batches.removeLast()
      }
    }
  }
}

extension CachedRun {
  /// What memory may keep of what was read: what becomes of transactions that are still open is not known.
  ///
  /// - Parameter end: Where the read was to end.
  init(
    _ table: TableRead, from offset: Offset, below end: Offset, lastStableOffset: Offset,
    isAhead: Bool = false
  ) {
    let known = min(end, lastStableOffset)
    var batches: [CachedBatch] = []
    batches.reserveCapacity(table.batches.count)
    for bytes in table.batches {
      guard let header = BatchHeader(parsing: bytes) else { break }
      let last = Offset(header.baseOffset + Int64(header.lastOffsetDelta))
      guard last < known else { break }
      batches.append(
        CachedBatch(
          baseOffset: Offset(header.baseOffset), lastOffset: last, bytes: BatchBytes(bytes)))
    }
    let isWhole = table.isWhole && batches.count == table.batches.count
    self.init(
      start: min(offset, batches.first?.baseOffset ?? offset),
      end: isWhole ? known : batches.last.map { $0.lastOffset + 1 } ?? offset,
      batches: batches, aborted: table.aborted, isAhead: isAhead)
  }
}
