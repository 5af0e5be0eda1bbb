import ActaModel
import Coordination
import ModelLiterals
import Testing

@Suite("What of a log is due for compaction") struct DirtyLogTests {
  private static let ever = Int64.max

  private func policy(
    bytes: Int64 = 1_000, age: Int64 = 100, minLag: Int64 = 0, maxLag: Int64 = ever,
    ratio: Double = 0.5
  ) -> CompactionPolicy {
    CompactionPolicy(
      segmentBytes: bytes, segmentMilliseconds: age, minLagMilliseconds: minLag,
      maxLagMilliseconds: maxLag, minDirtyRatio: ratio)
  }

  /// Batches of one record, one after the other from offset 0.
  private func log(
    _ batches: [(bytes: Int64, at: Int64)], timestamps: [Int64]? = nil, _ policy: CompactionPolicy
  ) -> DirtyLog {
    var log = DirtyLog(from: 0)
    for (index, batch) in batches.enumerated() {
      log.add(
        BatchSummary(
          baseOffset: Offset(Int64(index)), lastOffset: Offset(Int64(index)), recordCount: 1,
          sizeBytes: batch.bytes, maxTimestamp: timestamps?[index] ?? batch.at,
          appendedAt: batch.at), policy)
    }
    return log
  }

  @Test("nothing is due in a log without a batch")
  func nothing() {
    var log = DirtyLog(from: 5)
    #expect(log.judge(at: 1_000, totalBytes: 0, policy()) == .wait(until: .max))
    #expect(log.knownEnd == 5)
  }

  @Test("the newest part is left alone until it is as old as a segment may be")
  func activeByAge() {
    let policy = policy()
    var log = log([(10, 0), (10, 60)], policy)
    #expect(log.judge(at: 100, totalBytes: 20, policy) == .wait(until: 101))
    #expect(log.judge(at: 101, totalBytes: 20, policy) == .clean(below: 2))
  }

  @Test("a batch that comes too late begins another segment")
  func rollByAge() {
    let policy = policy()
    var log = log([(10, 0), (10, 100), (10, 101)], policy)
    #expect(log.judge(at: 101, totalBytes: 30, policy) == .clean(below: 2))
  }

  @Test("a batch for which there is no room begins another segment")
  func rollBySize() {
    let policy = policy()
    var log = log([(600, 0), (400, 0), (1, 0)], policy)
    #expect(log.judge(at: 0, totalBytes: 1_001, policy) == .clean(below: 2))
    // One that is larger than a segment has one to itself.
    var large = self.log([(5_000, 0), (1, 0)], policy)
    #expect(large.judge(at: 0, totalBytes: 5_001, policy) == .clean(below: 1))
  }

  @Test("max.compaction.lag.ms also ends a segment, and makes it due whatever its share")
  func maxLag() {
    let policy = policy(age: 1_000, maxLag: 50)
    var log = log([(1, 0)], policy)
    #expect(log.judge(at: 50, totalBytes: 1_000_000, policy) == .wait(until: 51))
    #expect(log.judge(at: 51, totalBytes: 1_000_000, policy) == .clean(below: 1))
  }

  @Test("what is dirty must be more than its share of what is clean and dirty")
  func ratio() {
    let policy = policy()
    func verdict(total: Int64) -> DirtyLog.Verdict {
      var log = log([(100, 0)], policy)
      return log.judge(at: 101, totalBytes: total, policy)
    }
    #expect(verdict(total: 199) == .clean(below: 1))
    #expect(verdict(total: 200) == .wait(until: .max))
    #expect(verdict(total: 0) == .clean(below: 1))
  }

  @Test("what cannot be cleaned yet counts neither as clean nor as dirty")
  func activeDoesNotCount() {
    let policy = policy()
    var log = log([(100, 0), (950, 0)], policy)
    // 100 of 150 bytes.
    #expect(log.judge(at: 0, totalBytes: 1_100, policy) == .clean(below: 1))
  }

  @Test(
    "a segment with a record younger than min.compaction.lag.ms waits, and so do those behind it")
  func minLag() {
    let policy = policy(bytes: 10, minLag: 500)
    var log = log([(10, 0), (10, 0), (10, 0), (1, 0)], timestamps: [0, 90, 10, 0], policy)
    #expect(log.judge(at: 499, totalBytes: 31, policy) == .wait(until: 501))
    #expect(log.judge(at: 500, totalBytes: 31, policy) == .clean(below: 1))
    log.remove(below: 1)
    #expect(log.judge(at: 589, totalBytes: 31, policy) == .wait(until: 591))
    #expect(log.judge(at: 590, totalBytes: 31, policy) == .clean(below: 4))
  }

  @Test("records without a timestamp are as old as their append")
  func withoutTimestamps() {
    let policy = policy(bytes: 10, minLag: 500)
    var log = log([(10, 100), (1, 100)], timestamps: [-1, -1], policy)
    #expect(log.judge(at: 599, totalBytes: 11, policy) == .wait(until: 601))
    #expect(log.judge(at: 600, totalBytes: 11, policy) == .clean(below: 2))
  }

  @Test("what is clean, or gone, does not count any more")
  func remove() {
    let policy = policy(bytes: 10)
    var log = log([(10, 0), (10, 0), (10, 0)], policy)
    log.remove(below: 2)
    // 10 of 1,000 are dirty, and they are active.
    #expect(log.judge(at: 101, totalBytes: 1_000, policy) == .wait(until: .max))
    log.remove(below: 9)
    #expect(log.knownEnd == 9)
  }

  @Test("times and sizes that operators and clients may choose do not overflow")
  func extremes() {
    let policy = policy(bytes: .max, age: .max, minLag: .max, maxLag: .max, ratio: 0)
    var log = log([(Int64.max, .min), (Int64.max, .max)], timestamps: [.max, .min], policy)
    _ = log.judge(at: .max, totalBytes: .max, policy)
    _ = log.judge(at: .min, totalBytes: .min, policy)
    #expect(log.knownEnd == 2)
  }

  @Test("very many segments are few that are larger")
  func manySegments() {
    let policy = policy(bytes: 1)
    var log = log(Array(repeating: (1, 0), count: 5_000), policy)
    #expect(log.judge(at: 0, totalBytes: 5_000, policy) == .clean(below: 4_999))
  }
}
