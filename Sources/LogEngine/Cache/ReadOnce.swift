import ActaModel

/// What has been read from the tables once, and has been passed by whoever read it. Most readers go through a log
/// once, and the system's page cache has the file's pages anyway: little of it stays in memory, for those who come
/// right behind. What is read again after it has gone stays as whatever is in use: a second reader has it read from
/// the tables, a third has it from memory.
///
/// Memory that was never touched is dearer than a read: 2.3 µs for a page of 4 KiB under a hypervisor, a third of
/// what a replay of records of 1 KB took when all of it was kept.
struct ReadOnce: Sendable {
  private static let mostBytes = 32 << 20
  private static let rangesOfPartition = 32
  private static let mostPartitions = 256

  /// Pieces that have been passed, in that order.
  private(set) var passed = UseOrder.List()
  private var order = UseOrder()
  /// Bytes of memory that they take.
  private(set) var bytes = 0
  /// What has gone: where it was read, the latest last. Past the bounds above it is forgotten, and must be read
  /// once more than otherwise.
  private var ranges: [PartitionID: [Range<Offset>]] = [:]

  /// Bytes of memory that passed pieces may take.
  static func room(in capacity: Int) -> Int { min(mostBytes, capacity / 4) }

  mutating func pass(_ piece: Int, _ bytes: Int) {
    order.insert(piece, into: &passed)
    self.bytes += bytes
  }

  mutating func remove(_ piece: Int, _ bytes: Int) {
    order.remove(piece, from: &passed)
    self.bytes -= bytes
  }

  /// A passed piece takes so many more, or less.
  mutating func charge(_ bytes: Int) { self.bytes += bytes }

  // MARK: What has gone

  mutating func note(_ range: Range<Offset>, of partition: PartitionID) {
    if ranges[partition] == nil, ranges.count >= Self.mostPartitions { ranges = [:] }
    var known = ranges[partition, default: []]
    if let near = known.firstIndex(where: { $0.touches(range) }) {
      known[near] =
        min(
          known[near].lowerBound, range.lowerBound)..<max(known[near].upperBound, range.upperBound)
    } else {
      if known.count >= Self.rangesOfPartition { known.removeFirst() }
      known.append(range)
    }
    ranges[partition] = known
  }

  func hasRead(_ offset: Offset, of partition: PartitionID) -> Bool {
    ranges[partition]?.contains { $0.contains(offset) } ?? false
  }

  mutating func forget(_ partition: PartitionID) { ranges[partition] = nil }
}

extension Range {
  /// Whether the two are one range together.
  fileprivate func touches(_ other: Range) -> Bool {
    lowerBound <= other.upperBound && other.lowerBound <= upperBound
  }
}
