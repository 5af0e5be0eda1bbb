import ActaModel
import LogStorage
import LogTestSupport
import ModelLiterals
import Synchronization
import Testing

@testable import LogEngine

/// Waiting for what is committed to be synced, with the sync in the test's hands.
@Suite("Visibility of what is committed") struct VisibilityTests {
  private let store = ScriptedStore()

  /// An engine whose sync is held while a batch of partition 0 waits for it.
  private func withHeldSync(
    _ body: (LogEngine, [PartitionID]) async throws -> Void
  ) async throws {
    var options = EngineOptions()
    options.foreignPollMilliseconds = 3_600_000
    let engine = try LogEngine(store, options: options)
    let partitions = try await engine.makeTopic("t", partitions: 2)
    store.hold(.sync)
    try await engine.write(try batch("a"), to: partitions[0], .committed)
    try await body(engine, partitions)
    store.release(.sync)
    engine.close()
  }

  private func wait(_ engine: LogEngine, _ partitions: [PartitionID]) -> Recorder<String> {
    let seen = Recorder<String>()
    engine.whenVisible(partitions) { result in
      let watermarks = partitions.map { engine.bounds(of: $0)?.highWatermark.value ?? -1 }
      seen.append("\(result) at \(watermarks)")
    }
    return seen
  }

  @Test("what is synced is reported at once, on the calling thread")
  func atOnce() async throws {
    try await withHeldSync { engine, partitions in
      #expect(wait(engine, [partitions[1]]).values.count == 1)
      #expect(wait(engine, []).values.count == 1)
      #expect(wait(engine, [PartitionID(99)]).values.count == 1)
    }
  }

  @Test("what is not is reported once its high watermark is there, and it is in none before")
  func afterSync() async throws {
    try await withHeldSync { engine, partitions in
      let seen = wait(engine, partitions)
      #expect(seen.values.isEmpty)
      #expect(engine.bounds(of: partitions[0])?.highWatermark == 0)
      #expect(engine.bounds(of: partitions[0])?.logEndOffset == 1)
      store.release(.sync)
      // Synced after the others, and reported behind them.
      try await engine.write(try batch("b"), to: partitions[1])
      #expect(seen.values == ["success() at [1, 0]"])
    }
  }

  @Test("the answer to who waits for the sync comes before that of who waits to see")
  func deletion() async throws {
    try await withHeldSync { engine, partitions in
      let seen = wait(engine, [partitions[0]])
      let topic = engine.catalog().topics[0].id
      async let deleted = engine.delete([topic])
      store.release(.sync)
      #expect(try await deleted[0].get().name == "t")
      _ = try await engine.makeTopic("other")
      #expect(seen.values.count == 1)
    }
  }

  @Test("a log that stops tells all who wait, and all who come")
  func failure() async throws {
    try await withHeldSync { engine, partitions in
      let seen = wait(engine, [partitions[0]])
      store.fail(.commit, with: .device("gone"))
      let refused = await engine.append([
        PartitionAppend(partition: partitions[1], batch: try batch("b"))
      ])
      #expect(refused.map(\.refusal) == [.failed("gone")])
      #expect(seen.values.count == 1)
      #expect(seen.values.first?.hasPrefix("failure") == true)
      #expect(wait(engine, [partitions[0]]).values.first?.hasPrefix("failure") == true)
    }
  }
}
