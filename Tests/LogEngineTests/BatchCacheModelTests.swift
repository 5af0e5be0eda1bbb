import ActaModel
import LogStorage
import LogTestSupport
import Testing

@testable import LogEngine

/// Random histories of logs and of what memory keeps of them: what it gives is what the logs have.
@Suite("The cache of batches against a model") struct BatchCacheModelTests {
  fileprivate struct Log {
    struct Batch {
      let base: Int64
      let last: Int64
      /// Changes when it loses records.
      var content: UInt8
    }

    var batches: [Batch] = []
    var start: Int64 = 0
    var end: Int64 = 0

    /// All between two offsets, as the tables would give them.
    func run(from offset: Int64, below end: Int64, atMost count: Int) -> CachedRun {
      let due = batches.filter { $0.last >= offset && $0.last < end }
      let taken = due.prefix(count)
      return CachedRun(
        start: Offset(min(offset, taken.first?.base ?? offset)),
        end: Offset(taken.count == due.count ? end : taken.last.map { $0.last + 1 } ?? offset),
        batches: taken.map(\.cached), aborted: [])
    }
  }

  private static let seeds = (0..<40).map { UInt64($0) &* 7_919 &+ UInt64.random(in: 0...1 << 40) }

  @Test("whatever happens, it gives what is there and counts what it takes", arguments: seeds)
  func random(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var logs = [Log](repeating: Log(), count: 3)
    var cache = BatchCache(capacity: 20_000)
    var found = 0
    for step in 0..<1_500 {
      let index = Int.random(in: 0..<3, using: &random)
      let id = PartitionID(Int64(index))
      switch Int.random(in: 0..<40, using: &random) {
      case 0..<14: appendOne(&logs[index], id, &cache, &random)
      case 14..<24: fill(logs[index], id, &cache, &random)
      case 24: compact(&logs[index], id, &cache, &random)
      case 25: trim(&logs[index], id, &cache, &random)
      case 26 where step % 5 == 0: _ = cache.drop(id)
      case 27: cache.limit(to: [0, 3_000, 20_000, 60_000].randomElement(using: &random)!)
      default:
        let count = try check(logs[index], id, &cache, &random, "seed \(seed), step \(step)")
        found += count
      }
      _ = cache.evict()
      try #require(cache.footprint <= cache.capacity, "seed \(seed), step \(step)")
      try #require(cache.footprint == cache.recounted, "seed \(seed), step \(step)")
      try #require(cache.readOnce.bytes == cache.passedBytes, "seed \(seed), step \(step)")
      try #require(
        cache.readOnce.bytes <= ReadOnce.room(in: cache.capacity), "seed \(seed), step \(step)")
    }
    for index in 0..<3 { _ = cache.drop(PartitionID(Int64(index))) }
    #expect(cache.footprint == 0, "seed \(seed)")
    #expect(cache.readOnce.bytes == 0, "seed \(seed)")
    #expect(found > 20, "seed \(seed): memory never had anything")
  }

  private func appendOne(
    _ log: inout Log, _ id: PartitionID, _ cache: inout BatchCache,
    _ random: inout SeededGenerator
  ) {
    // Now and then rows of somebody else stand at the log's end.
    if Int.random(in: 0..<20, using: &random) == 0 { log.end += 3 }
    let last = log.end + Int64.random(in: 0...4, using: &random)
    let batch = Log.Batch(base: log.end, last: last, content: .random(in: 0...99, using: &random))
    log.batches.append(batch)
    log.end = last + 1
    cache.append(batch.cached, to: id)
  }

  private func fill(
    _ log: Log, _ id: PartitionID, _ cache: inout BatchCache, _ random: inout SeededGenerator
  ) {
    guard log.start < log.end else { return }
    let from = Int64.random(in: log.start..<log.end, using: &random)
    let boundary = log.batches.randomElement(using: &random)?.base ?? log.end
    var run = log.run(
      from: from, below: boundary > from ? boundary : log.end,
      atMost: Int.random(in: 0...12, using: &random))
    run.isAhead = Bool.random(using: &random)
    cache.fill(id, run)
  }

  /// Records go from batches up to one, and with the last of its records now and then a batch.
  private func compact(
    _ log: inout Log, _ id: PartitionID, _ cache: inout BatchCache,
    _ random: inout SeededGenerator
  ) {
    guard log.batches.count > 2 else { return }
    let count = Int.random(in: 1..<log.batches.count, using: &random)
    let through = log.batches[count - 1].last
    for index in 0..<count { log.batches[index].content &+= 100 }
    var position = 0
    log.batches.removeAll { _ in
      position += 1
      return position <= count && Int.random(in: 0..<4, using: &random) == 0
    }
    _ = cache.drop(id, through: Offset(through))
  }

  private func trim(
    _ log: inout Log, _ id: PartitionID, _ cache: inout BatchCache,
    _ random: inout SeededGenerator
  ) {
    log.start = Int64.random(in: log.start...min(log.end, log.start + 40), using: &random)
    let start = log.start
    log.batches.removeAll { $0.last < start }
    _ = cache.drop(id, below: Offset(start))
  }

  private func check(
    _ log: Log, _ id: PartitionID, _ cache: inout BatchCache, _ random: inout SeededGenerator,
    _ comment: Comment
  ) throws -> Int {
    guard log.start < log.end else { return 0 }
    let from = Int64.random(in: log.start..<log.end, using: &random)
    let limit = Bool.random(using: &random) ? log.end : log.batches.last?.base ?? log.end
    var allowance = ReadAllowance(
      bytes: .random(in: 1...4_000, using: &random), admitsOversized: true)
    let read = PartitionRead(partition: id, offset: Offset(from), maxBytes: 4_000)
    let found = cache.take(read, below: Offset(limit), &allowance)
    let due = log.batches.filter { $0.last >= from && $0.last < limit }
    let expected = due.prefix(found.batches.count).map(\.cached.bytes)
    try #require(found.batches == expected, comment)
    switch found.rest {
    case .none where from < limit: try #require(found.batches.count == due.count, comment)
    case .none: break
    case .cut(let offset), .cold(let offset, _):
      let rest = due.dropFirst(found.batches.count).first
      try #require(rest.map { offset.value <= $0.last } ?? true, comment)
      try #require(offset.value >= from, comment)
      if let before = found.batches.count > 0 ? due[found.batches.count - 1] : nil {
        try #require(offset.value > before.last, comment)
      }
    }
    return found.batches.count
  }
}

extension BatchCacheModelTests.Log.Batch {
  fileprivate var cached: CachedBatch {
    let size = 60 + Int(base % 7) * 40
    return CachedBatch(
      baseOffset: Offset(base), lastOffset: Offset(last),
      bytes: BatchBytes([UInt8](repeating: content, count: size)))
  }
}

extension BatchCache {
  /// Of that, what pieces take that were read once and passed.
  fileprivate var passedBytes: Int {
    slots.values.reduce(0) { sum, slot in
      partitions[slot].places.map { pieces[$0.piece] }.reduce(sum) {
        $0 + ($1.use == .passed ? $1.footprint : 0)
      }
    }
  }

  /// What it takes, counted anew.
  fileprivate var recounted: Int {
    slots.values.reduce(0) { sum, slot in
      partitions[slot].places.reduce(
        sum + CachedPartition.overhead + partitions[slot].abortedFootprint
      ) { $0 + pieces[$1.piece].footprint }
    }
  }
}
