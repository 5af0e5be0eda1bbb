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

  mutating func append(_ batch: Batch) { batches.append(batch) }

  /// Removes the oldest batch if it is the one that arrived then; otherwise it has gone already.
  mutating func evict(arrival: UInt64) -> Batch? {
    guard let first = batches.first, first.arrival == arrival else { return nil }
    return batches.removeFirst()
  }

  /// Removes the oldest batch if it ends at or below `offset`.
  mutating func removeFirst(through offset: Offset) -> Batch? {
    guard let first = batches.first, first.lastOffset <= offset else { return nil }
    return batches.removeFirst()
  }

  mutating func removeAll() -> Fifo<Batch> {
    defer { batches = Fifo() }
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
