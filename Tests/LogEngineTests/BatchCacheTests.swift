import ActaModel
import LogStorage
import LogTestSupport
import ModelLiterals
import Testing

@testable import LogEngine

/// What memory keeps, as a value.
@Suite("The cache of batches") struct BatchCacheTests {
  private let capacity = 1 << 20
  private static let one = PartitionID(1)
  private static let two = PartitionID(2)

  private func batch(_ base: Int64, _ count: Int64 = 1, bytes: Int = 100) -> CachedBatch {
    CachedBatch(
      baseOffset: Offset(base), lastOffset: Offset(base + count - 1),
      bytes: BatchBytes([UInt8](repeating: 0, count: bytes)))
  }

  private func append(
    _ range: Range<Int64>, bytes: Int = 1_000, to partition: PartitionID, _ cache: inout BatchCache
  ) {
    for offset in range {
      cache.append(batch(offset, bytes: bytes), to: partition)
      _ = cache.evict()
    }
  }

  private func run(
    _ range: Range<Int64>, bytes: Int = 1_000, isAhead: Bool = false
  ) -> CachedRun {
    CachedRun(
      start: Offset(range.lowerBound), end: Offset(range.upperBound),
      batches: range.map { batch($0, bytes: bytes) }, aborted: [], isAhead: isAhead)
  }

  /// How many batches it has in a row.
  private func count(
    _ partition: PartitionID, from offset: Int64, below limit: Int64 = .max,
    _ cache: inout BatchCache
  ) -> Int {
    var allowance = ReadAllowance(bytes: .max, admitsOversized: true)
    let read = PartitionRead(partition: partition, offset: Offset(offset), maxBytes: .max)
    return cache.take(read, below: Offset(limit), &allowance).batches.count
  }

  @Test("a reader who goes through a long log takes nothing from those at the ends of others")
  func fairness() {
    var cache = BatchCache(capacity: capacity)
    let tails = (10...60).map { PartitionID(Int64($0)) }
    for partition in tails { append(0..<3, to: partition, &cache) }
    // A hundred times what there is room for, and the others now and then.
    for round in Int64(0)..<100 {
      cache.fill(Self.two, run(round * 1_000..<round * 1_000 + 1_000))
      _ = cache.evict()
      for partition in tails { #expect(count(partition, from: 0, &cache) == 3) }
    }
    #expect(cache.footprint <= capacity)
    #expect(count(Self.two, from: 99_900, &cache) == 100, "the end of what was read is there")
  }

  @Test("of one partition the least recently used goes first")
  func leastRecentlyUsed() {
    var cache = BatchCache(capacity: capacity)
    append(0..<400, to: Self.one, &cache)
    #expect(cache.evict().isEmpty)
    #expect(count(Self.one, from: 0, &cache) == 400)
    // The first is used again and again, those behind it are not.
    for offset in Int64(400)..<2_000 {
      var allowance = ReadAllowance(bytes: 1, admitsOversized: true)
      let read = PartitionRead(partition: Self.one, offset: 0, maxBytes: 1)
      #expect(cache.take(read, below: Offset(.max), &allowance).batches.count == 1)
      append(offset..<offset + 1, to: Self.one, &cache)
    }
    #expect(count(Self.one, from: 100, &cache) == 0)
    #expect(count(Self.one, from: 1_900, &cache) == 100)
  }

  @Test("what nobody has used for long goes before what is used, however little it is")
  func old() {
    var cache = BatchCache(capacity: capacity)
    append(0..<10, to: Self.one, &cache)
    append(0..<20_000, to: Self.two, &cache)
    #expect(count(Self.one, from: 0, &cache) == 0)
  }

  /// Somebody goes through so many records, by tens that are read ahead or not. How many were in memory.
  private func replay(
    _ partition: PartitionID, _ count: Int64, isAhead: Bool, _ cache: inout BatchCache
  ) -> Int {
    var hits = 0
    for start in stride(from: 0, to: count, by: 10) {
      let there = self.count(partition, from: start, below: start + 10, &cache)
      hits += there
      if there == 10 { continue }
      cache.fill(partition, run(start..<start + 10, isAhead: isAhead))
      _ = cache.evict()
      if isAhead { #expect(self.count(partition, from: start, below: start + 10, &cache) == 10) }
    }
    return hits
  }

  @Test(
    "who goes through a log once fills no memory; who comes again does", arguments: [true, false])
  func readOnce(isAhead: Bool) {
    var cache = BatchCache(capacity: capacity)
    append(0..<20, to: Self.two, &cache)
    #expect(replay(Self.one, 600, isAhead: isAhead, &cache) == 0)
    _ = cache.evict()
    #expect(cache.footprint < capacity / 4 + 40_000)
    #expect(cache.readOnce.bytes <= capacity / 4)
    let again = replay(Self.one, 600, isAhead: isAhead, &cache)
    #expect(again < 300, "only the end was still there")
    #expect(replay(Self.one, 600, isAhead: isAhead, &cache) > 500)
    #expect(count(Self.two, from: 0, &cache) == 20)
    // A partition that is gone is not remembered.
    _ = cache.drop(Self.one)
    #expect(!cache.readOnce.hasRead(0, of: Self.one))
  }

  @Test("who comes right behind somebody else has it from memory, and then it stays")
  func readTwice() {
    var cache = BatchCache(capacity: capacity)
    for start in stride(from: Int64(0), to: 400, by: 10) {
      cache.fill(Self.one, run(start..<start + 10, isAhead: true))
      _ = cache.evict()
      for _ in 0..<2 {
        #expect(count(Self.one, from: start, below: start + 10, &cache) == 10)
      }
    }
    #expect(count(Self.one, from: 0, &cache) == 400)
    #expect(cache.readOnce.bytes == 0)
  }

  @Test(
    "what was read ahead waits for whoever it was read for, however much is read once meanwhile")
  func awaited() {
    var cache = BatchCache(capacity: capacity)
    cache.fill(Self.one, run(0..<10, isAhead: true))
    #expect(replay(Self.two, 2_000, isAhead: true, &cache) == 0)
    #expect(count(Self.one, from: 0, &cache) == 10)
  }

  @Test("what was read once is remembered of so many places and partitions, and no more")
  func remembered() {
    var once = ReadOnce()
    for place in Int64(0)..<100 {
      once.note(Offset(place * 10)..<Offset(place * 10 + 5), of: Self.one)
    }
    #expect(!once.hasRead(0, of: Self.one))
    #expect(once.hasRead(991, of: Self.one))
    #expect(!once.hasRead(997, of: Self.one))
    // One behind the other, in whichever direction, is one place.
    for place in (Int64(0)..<100).reversed() {
      once.note(Offset(place * 10)..<Offset(place * 10 + 10), of: Self.two)
    }
    #expect(once.hasRead(0, of: Self.two) && once.hasRead(999, of: Self.two))
    for partition in Int64(100)..<600 { once.note(0..<1, of: PartitionID(partition)) }
    #expect(!once.hasRead(0, of: Self.two))
    #expect(once.hasRead(0, of: PartitionID(599)))
  }

  @Test("batches of one record take less than four times their bytes, all told")
  func overhead() throws {
    var cache = BatchCache(capacity: 64 << 20)
    let produced = try LogTestSupport.batch(String(repeating: "x", count: 100))
    var bytes = 0
    for offset in Int64(0)..<10_000 {
      let placement = BatchPlacement(
        partition: Self.one, baseOffset: Offset(offset), lastOffset: Offset(offset), leaderEpoch: 1,
        beginsEpoch: false, runningMaxTimestamp: 0, appendedAt: 0, sizeBytes: 170,
        appended: .zero)
      let batch = LogView.Appended(produced, at: placement).batch
      bytes += batch.bytes.count
      cache.append(batch, to: Self.one)
    }
    #expect(cache.footprint > bytes)
    #expect(cache.footprint < bytes * 4)
  }

  @Test("what has no place for anything keeps nothing")
  func none() {
    var cache = BatchCache(capacity: 0)
    append(0..<3, to: Self.one, &cache)
    cache.fill(Self.one, run(5..<7))
    #expect(cache.footprint == 0)
    #expect(count(Self.one, from: 0, &cache) == 0)
  }

  @Test("aborted transactions are known of what was appended since, and of what was read with them")
  func aborted() {
    var cache = BatchCache(capacity: capacity)
    func range(_ first: Int64, _ last: Int64) -> AbortedRange {
      AbortedRange(
        producerID: ProducerID(first), firstOffset: Offset(first), lastOffset: Offset(last),
        lastStableOffset: Offset(last + 1))
    }
    func look(_ offset: Int64, _ cache: inout BatchCache) -> BatchCache.Found {
      var allowance = ReadAllowance(bytes: .max, admitsOversized: true)
      let read = PartitionRead(
        partition: Self.one, offset: Offset(offset), maxBytes: .max, isolation: .readCommitted)
      return cache.take(read, below: 30, &allowance)
    }
    for offset in Int64(20)..<30 { cache.append(batch(offset), to: Self.one) }
    cache.append(range(12, 21), to: Self.one)
    cache.append(range(25, 26), to: Self.one)
    cache.fill(
      Self.one,
      CachedRun(start: 10, end: 20, batches: (10..<20).map { batch($0) }, aborted: [range(12, 21)]))
    #expect(look(10, &cache).batches.count == 20)
    #expect(look(10, &cache).aborted.map(\.firstOffset).sorted() == [12, 25])
    #expect(look(22, &cache).aborted.map(\.firstOffset) == [25])
    // More than are remembered: then only the tables know of the older ones.
    for _ in 0..<2_000 { cache.append(range(27, 27), to: Self.one) }
    #expect(look(22, &cache).rest == .cold(22, until: nil))
    #expect(look(28, &cache).batches.count == 2)
    #expect(cache.partitionsWithAborted == [Self.one])
  }
}
