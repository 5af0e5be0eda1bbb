import ActaModel
import LogStorage
import Threads

/// Recent batches of one partition as consumers get them, oldest first, without a gap between them.
struct PartitionTail {
  struct Batch {
    let baseOffset: Offset
    let lastOffset: Offset
    let bytes: BatchBytes
    /// The order of arrival over all partitions.
    let arrival: UInt64
  }

  private(set) var batches = Fifo<Batch>()
  /// The aborted transactions that end in the batches that are here, in the order of their markers: all that
  /// can concern who reads these.
  private var aborted = Fifo<AbortedRange>()

  mutating func append(_ batch: Batch) { batches.append(batch) }

  /// Its marker is among the batches.
  mutating func append(_ range: AbortedRange) { aborted.append(range) }

  var hasAborted: Bool { !aborted.isEmpty }

  /// Those that reach into what is read from `start`, which is here, up to `end`.
  func aborted(from start: Offset, below end: Offset) -> [AbortedRange] {
    var found: [AbortedRange] = []
    for index in firstAborted(endingAtOrAfter: start)..<aborted.count {
      let range = aborted[index]
      if range.firstOffset < end { found.append(range) }
      if range.lastStableOffset >= end { break }
    }
    return found
  }

  private func firstAborted(endingAtOrAfter offset: Offset) -> Int {
    var low = 0
    var high = aborted.count
    while low < high {
      let middle = (low + high) / 2
      if aborted[middle].lastOffset < offset { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Their markers have left.
  private mutating func forgetAborted() {
    while let range = aborted.first, batches.first.map({ range.lastOffset < $0.baseOffset }) ?? true
    {
      aborted.removeFirst()
    }
  }

  /// Removes the oldest batch if it is the one that arrived then; otherwise it has gone already.
  mutating func evict(arrival: UInt64) -> Batch? {
    guard let first = batches.first, first.arrival == arrival else { return nil }
    defer { forgetAborted() }
    return batches.removeFirst()
  }

  /// Removes the oldest batch if it ends at or below `offset`.
  mutating func removeFirst(through offset: Offset) -> Batch? {
    guard let first = batches.first, first.lastOffset <= offset else { return nil }
    defer { forgetAborted() }
    return batches.removeFirst()
  }

  mutating func removeAll() -> Fifo<Batch> {
    defer { self = PartitionTail() }
    return batches
  }

  /// Index of the batch that contains `offset`; `nil` if it is older than all that is here.
  func index(containing offset: Offset) -> Int? {
    guard let first = batches.first, first.baseOffset <= offset else { return nil }
    var low = 0
    var high = batches.count
    while low < high {
      let middle = (low + high) / 2
      if batches[middle].lastOffset < offset { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
