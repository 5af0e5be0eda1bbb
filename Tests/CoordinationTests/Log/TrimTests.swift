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

  @Test("a slice ends at so many batches or records, at the beginning of a batch")
  func bounded() {
    let byBatches = TrimSlice(batches(TrimSlice.batches, records: 1), to: 5_000)
    #expect((byBatches.reached, byBatches.straddled) == (Offset(Int64(TrimSlice.batches) - 1), nil))
    let byRecords = TrimSlice(batches(9, records: 20_000), to: 1_000_000)
    #expect((byRecords.reached, byRecords.straddled) == (60_000, nil))
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

  @Test("retention by size goes on while the log is larger, just above and not at the bound")
  func bySize() {
    func end(_ maxBytes: Int64) -> Offset? {
      RetentionPolicy(deleteBeforeTimestamp: nil, maxBytes: maxBytes)
        .end(of: batches(5), sizeBytes: 500, highWatermark: 50)
    }
    #expect(end(500) == nil)
    #expect(end(499) == 10)
    #expect(end(300) == 20)
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
