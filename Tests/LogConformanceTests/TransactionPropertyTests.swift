import ActaModel
import LogTestSupport
import Testing

@Suite("Transactions against a model") struct TransactionPropertyTests {
  @Test(
    "a reader of committed records is given those and no others, from wherever it begins",
    arguments: Backend.allCases)
  func random(_ backend: Backend) async throws {
    for _ in 0..<6 {
      let seed = UInt64.random(in: 0...UInt64.max)
      var history = try await TransactionHistory(backend, seed: seed)
      for step in 0..<80 {
        do {
          try await history.step()
          try await history.check()
        } catch {
          Issue.record("seed \(seed), step \(step): \(error)")
          throw error
        }
      }
      history.close()
    }
  }

  @Test(
    "a compacted log keeps the newest committed record of each key, and few markers",
    arguments: Backend.allCases)
  func compacted(_ backend: Backend) async throws {
    // Two with an empty batch into which the log's start was moved, one with a marker that went from before what
    // memory had, two with one that went from a hole that memory has closed.
    let kept: [UInt64] = [
      14_178_226_763_131_023_509, 9_692_901_578_481_916_051, 17_472_319_942_185_897_985,
      17_814_281_310_173_544_934, 6_079_000_367_805_200_957,
    ]
    for seed in kept + (0..<6).map({ _ in UInt64.random(in: 0...UInt64.max) }) {
      var history = try await TransactionHistory(backend, seed: seed, isCompacted: true)
      for step in 0..<80 {
        do {
          try await history.step()
          try await history.check()
        } catch {
          Issue.record("seed \(seed), step \(step): \(error)")
          throw error
        }
      }
      let left = try await history.finish()
      // Each record that is left may be of another transaction, and each producer keeps its last marker.
      #expect(left.records <= 10, "seed \(seed)")
      #expect(left.markers <= left.records + 4, "seed \(seed)")
      history.close()
    }
  }
}
