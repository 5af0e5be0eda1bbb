import ActaModel
import ModelLiterals
import Testing

@testable import Coordination

@Suite("Trims and retention") struct TrimTests {
  private func batches(
    _ count: Int, records: Int64 = 10, timestamp: (Int) -> Int64 = { Int64($0) }
  ) -> [BatchSummary] {
    (0..<count).map {
      BatchSummary(
        baseOffset: Offset(Int64($0) * records), lastOffset: Offset(Int64($0 + 1) * records - 1),
        recordCount: records, sizeBytes: 100, maxTimestamp: timestamp($0), appendedAt: 1_000)
    }
  }

  @Test("a small trim is one slice, and names the batch that it cuts")
  func small() {
    let cut = TrimSlice(batches(3), to: 25)
    #expect((cut.reached, cut.straddled) == (25, 20))
    let whole = TrimSlice(batches(2), to: 20)
    #expect((whole.reached, whole.straddled) == (20, nil))
    let nothing = TrimSlice([], to: 7)
    #expect((nothing.reached, nothing.straddled) == (7, nil))
  }

  @Test("a slice ends where its budget does, at the beginning of a batch, and has one at least")
  func bounded() {
    let all = batches(9)
    let weight = all[0].weight
    for (budget, count) in [
      (0, 1), (weight - 1, 1), (2 * weight - 1, 1), (2 * weight, 2), (5 * weight, 5),
    ] as [(Int64, Int64)] {
      let slice = TrimSlice(all, to: 1_000, budget: budget)
      #expect((slice.reached, slice.straddled) == (Offset(10 * count), nil), "\(budget)")
      #expect(slice.weight == count * weight)
    }
    let cut = TrimSlice(batches(5), to: 45, budget: 5 * weight)
    #expect((cut.reached, cut.straddled) == (45, 40))
  }

  @Test("of batches that may not be all, a slice reaches no further than they do")
  func unfinishedList() {
    let slice = TrimSlice(batches(3), isWhole: false, to: 1_000)
    #expect((slice.reached, slice.straddled) == (30, nil))
    let cut = TrimSlice(batches(3), isWhole: false, to: 25)
    #expect((cut.reached, cut.straddled) == (25, 20))
  }

  @Test("sizes that no log has written overflow nothing")
  func impossibleSizes() {
    let huge = (0..<3).map {
      BatchSummary(
        baseOffset: Offset(Int64($0)), lastOffset: Offset(Int64($0)), recordCount: 1,
        sizeBytes: .max / 2, maxTimestamp: 0, appendedAt: 0)
    }
    #expect(TrimSlice(huge, to: 3).reached == 1)
  }

  @Test("retention by time stops at the first batch that is young enough, whatever follows")
  func byTime() {
    let policy = RetentionPolicy(deleteBeforeTimestamp: 2, maxBytes: nil)
    #expect(policy.end(of: batches(5), sizeBytes: 500, highWatermark: 50) == 20)
    let disordered = batches(5) { [0, 9, 0, 0, 0][$0] }
    #expect(policy.end(of: disordered, sizeBytes: 500, highWatermark: 50) == 10)
    // Without a timestamp of its own a batch is as old as its append.
    let unstamped = batches(2) { _ in -1 }
    #expect(policy.end(of: unstamped, sizeBytes: 200, highWatermark: 20) == nil)
    let late = RetentionPolicy(deleteBeforeTimestamp: 1_001, maxBytes: nil)
    #expect(late.end(of: unstamped, sizeBytes: 200, highWatermark: 20) == 20)
  }

  @Test(
    "by time: what is as old as may be stays, what is from the future stays and what is behind it")
  func bounds() {
    func end(_ time: Int64?, _ stamps: [Int64]) -> Offset? {
      RetentionPolicy(deleteBeforeTimestamp: time, maxBytes: nil)
        .end(of: batches(stamps.count) { stamps[$0] }, sizeBytes: 0, highWatermark: 1_000)
    }
    #expect(end(100, [100]) == nil)
    #expect(end(100, [99]) == 10)
    #expect(end(100, [99, 1_000_000, 1]) == 10)
    #expect(end(100, [.max, 1]) == nil)
    #expect(end(nil, [0, 0]) == nil)
    #expect(end(.min, [0, 0]) == nil)
    // Times from before 1970 count as none: the append's does.
    #expect(end(100, [-5]) == nil)
    #expect(end(1_001, [-5]) == 10)
  }

  @Test("by both, a batch goes that either does not keep")
  func both() {
    let policy = RetentionPolicy(deleteBeforeTimestamp: 2, maxBytes: 300)
    #expect(policy.end(of: batches(5), sizeBytes: 500, highWatermark: 50) == 20)
    let young = RetentionPolicy(deleteBeforeTimestamp: 0, maxBytes: 300)
    #expect(young.end(of: batches(5), sizeBytes: 500, highWatermark: 50) == 20)
    let small = RetentionPolicy(deleteBeforeTimestamp: 4, maxBytes: 300)
    #expect(small.end(of: batches(5), sizeBytes: 500, highWatermark: 50) == 40)
  }

  @Test("retention by size goes on as long as it leaves what is to be kept, and no further")
  func bySize() {
    func end(_ maxBytes: Int64) -> Offset? {
      RetentionPolicy(deleteBeforeTimestamp: nil, maxBytes: maxBytes)
        .end(of: batches(5), sizeBytes: 500, highWatermark: 50)
    }
    #expect(end(500) == nil)
    #expect(end(401) == nil)
    #expect(end(400) == 10)
    #expect(end(300) == 20)
    #expect(end(1) == 40)
    #expect(end(0) == 50)
  }

  @Test("what is not synced is not deleted, and who keeps everything keeps it")
  func limits() {
    let all = RetentionPolicy(deleteBeforeTimestamp: .max, maxBytes: 0)
    #expect(all.end(of: batches(5), sizeBytes: 500, highWatermark: 30) == 30)
    #expect(all.end(of: batches(5), sizeBytes: 500, highWatermark: 29) == 20)
    let none = RetentionPolicy(deleteBeforeTimestamp: nil, maxBytes: nil)
    #expect(none.end(of: batches(5), sizeBytes: 500, highWatermark: 50) == nil)
  }
}
