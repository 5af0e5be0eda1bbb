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
}
