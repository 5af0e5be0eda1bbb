import ActaModel
import LogStorage
import LogTestSupport
import ModelLiterals
import Testing

@Suite("Compaction against a model") struct CompactionPropertyTests {
  @Test(
    "after a random history a compacted log has what the model has", arguments: Backend.allCases)
  func random(_ backend: Backend) async throws {
    for _ in 0..<8 {
      let seed = UInt64.random(in: 0...UInt64.max)
      var history = try await CompactionHistory(backend, seed: seed, tombstones: 50)
      for round in 0..<30 {
        for _ in 0..<Int.random(in: 0...6, using: &history.generator) { try await history.step() }
        _ = try await history.log.compact(history.policy, history.partition, at: history.now).get()
        history.model.compact(at: history.now, tombstones: 50)
        let content = try await history.content()
        try #require(content == history.model.records, "seed \(seed), round \(round)")
      }
      history.close()
    }
  }

  @Test("a pass that fails anywhere loses nothing, and the next one ends what it began")
  func failures() async throws {
    for index in 0..<20 {
      let seed = UInt64.random(in: 0...UInt64.max)
      let retention: Int64 = 1 << 40
      var history = try await CompactionHistory(
        index % 2 == 0 ? .scripted : .scriptedWithoutCache, seed: seed, tombstones: retention)
      for round in 0..<20 {
        for _ in 0..<6 { try await history.step() }
        let step: ScriptedStore.Step = Bool.random(using: &history.generator) ? .rewrite : .index
        history.place.store.fail(
          step, after: Int.random(in: 0...2, using: &history.generator), with: .busy("for a test"))
        _ = await history.log.compact(history.policy, history.partition, at: history.now)
        let before = history.model
        history.model.compact(at: history.now, tombstones: retention)
        let content = try await history.content()
        for record in history.model.records {
          try #require(content.contains(record), "seed \(seed), round \(round)")
        }
        for record in content {
          try #require(before.records.contains(record), "seed \(seed), round \(round)")
        }
        history.place.store.forgiveFailures()
        if round % 3 == 0 { try history.restart() }
        _ = try await history.log.compact(history.policy, history.partition, at: history.now).get()
        let after = try await history.content()
        try #require(after == history.model.records, "seed \(seed), round \(round)")
      }
      history.close()
    }
  }
}
