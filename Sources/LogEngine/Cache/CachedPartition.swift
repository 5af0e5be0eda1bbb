import ActaModel
import Threads

/// What memory has of one partition.
struct CachedPartition: Sendable {
  struct Place: Sendable {
    var start: Offset
    /// The piece's slot.
    let piece: Int
  }

  let id: PartitionID
  /// The pieces in the order of their offsets; there may be holes between them.
  var places: [Place] = []
  /// The pieces in the order in which they were used.
  var order = UseOrder.List()
  /// Bytes of memory that it takes with all its pieces.
  var footprint: Int
  /// By the cache's clock.
  var lastUse: UInt64 = 0
  /// Of the aborted transactions whose markers this process has appended, those that end at `abortedFrom` or
  /// later, in the order of their markers.
  private var aborted = Fifo<AbortedRange>()
  /// `nil` before the first batch that was appended.
  private var abortedFrom: Offset?

  init(id: PartitionID) {
    self.id = id
    footprint = Self.overhead
  }

  /// Its slot, its links, and its entry in the dictionary.
  static var overhead: Int { MemoryLayout<CachedPartition>.stride + 64 }

  /// Those beyond are forgotten, and who reads what they end in asks the tables.
  private static var maxAborted: Int { 1_024 }

  var hasAborted: Bool { !aborted.isEmpty }

  /// Bytes of memory that these take.
  var abortedFootprint: Int { aborted.count * MemoryLayout<AbortedRange?>.stride }

  /// The index of the first place that begins behind `offset`.
  func place(after offset: Offset) -> Int {
    var low = 0
    var high = places.count
    while low < high {
      let middle = (low + high) / 2
      if places[middle].start <= offset { low = middle + 1 } else { high = middle }
    }
    return low
  }

  // MARK: What was aborted

  /// From the first batch that is appended on every marker comes by.
  mutating func noteAppend(at offset: Offset) {
    if abortedFrom == nil { abortedFrom = offset }
  }

  /// Its marker has been appended.
  mutating func noteAborted(_ range: AbortedRange) {
    guard let from = abortedFrom, range.lastOffset >= from else { return }
    aborted.append(range)
    if aborted.count > Self.maxAborted { abortedFrom = aborted.removeFirst().lastOffset + 1 }
  }

  /// Whether all that reach into what was appended from `offset` on are known.
  func knowsAborted(from offset: Offset) -> Bool { abortedFrom.map { $0 <= offset } ?? false }

  /// Those that reach into what was appended between the two.
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

  /// Those whose markers have left with the oldest pieces.
  mutating func forgetAborted() {
    guard let first = places.first?.start else { return }
    while let range = aborted.first, range.lastOffset < first { aborted.removeFirst() }
  }
}
