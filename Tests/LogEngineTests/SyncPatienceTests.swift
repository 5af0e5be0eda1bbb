import ActaModel
import BatchCodec
import Counters
import LogStorage
import LogTestSupport
import ModelLiterals
import Testing

@testable import LogEngine

/// Commits that nobody waits for: they are synced with what is waited for, when there are many of them, when
/// somebody asks, or when their time has come, and never forgotten.
@Suite("Patience with syncs") struct SyncPatienceTests {
  private let store = ScriptedStore()

  private func withEngine(
    milliseconds: Int64 = 3_600_000, bytes: Int = .max,
    _ body: (LogEngine, [PartitionID]) async throws -> Void
  ) async throws {
    var options = EngineOptions()
    options.foreignPollMilliseconds = 3_600_000
    options.syncPatience.milliseconds = milliseconds
    options.syncPatience.bytes = bytes
    let engine = try LogEngine(store, options: options)
    let partitions = try await engine.makeTopic("t", partitions: 2)
    try await body(engine, partitions)
    engine.close()
  }

  private var syncs: Int { store.calls.count { $0 == "sync" } }

  private func highWatermark(_ engine: LogEngine, _ partition: PartitionID) -> Offset? {
    engine.bounds(of: partition)?.highWatermark
  }

  private func becomesVisible(_ partition: PartitionID, of engine: LogEngine) async throws {
    try await withCheckedContinuation { done in
      engine.whenVisible([partition]) { done.resume(returning: $0) }
    }.get()
  }

  @Test("nobody waits: no sync, and who asks has one for all of them")
  func asked() async throws {
    try await withEngine { engine, partitions in
      let before = syncs
      for number in 0..<5 {
        try await engine.write(try batch("\(number)"), to: partitions[0], .committed)
      }
      #expect(syncs == before)
      #expect(highWatermark(engine, partitions[0]) == 0)
      try await becomesVisible(partitions[0], of: engine)
      #expect(highWatermark(engine, partitions[0]) == 5)
      #expect(syncs == before + 1)
    }
  }

  @Test("what is acknowledged when it is synced takes along what was committed before it")
  func synced() async throws {
    try await withEngine { engine, partitions in
      let before = syncs
      try await engine.write(try batch("a"), to: partitions[0], .committed)
      try await engine.write(try batch("b"), to: partitions[0], .committed)
      try await engine.write(try batch("c"), to: partitions[1])
      #expect(highWatermark(engine, partitions[0]) == 2)
      #expect(highWatermark(engine, partitions[1]) == 1)
      #expect(syncs == before + 1)
    }
  }

  @Test("a partition that a long poll waits for is synced at once, and only that")
  func longPoll() async throws {
    try await withEngine { engine, partitions in
      let moved = Recorder<[PartitionID]>()
      let (seen, continuation) = AsyncStream.makeStream(of: Void.self)
      engine.observeAdvances { asked in
        asked.contains(partitions[1])
      } _: {
        moved.append($0)
        continuation.yield()
      }
      let before = syncs
      try await engine.write(try batch("a"), to: partitions[0], .committed)
      #expect(syncs == before)
      try await engine.write(try batch("b"), to: partitions[1], .committed)
      for await _ in seen { break }
      #expect(syncs == before + 1)
      // Told commit by commit, and the one that was put off first.
      #expect(moved.values.first == [partitions[0]])
    }
  }

  @Test("so much is synced whoever waits")
  func manyBytes() async throws {
    let size = try batch("0").bytes.count
    try await withEngine(bytes: 3 * size) { engine, partitions in
      let (seen, continuation) = AsyncStream.makeStream(of: Void.self)
      engine.observeAdvances { _ in
        false
      } _: { _ in
        continuation.yield()
      }
      let before = syncs
      for number in 0..<2 {
        try await engine.write(try batch("\(number)"), to: partitions[0], .committed)
      }
      #expect(syncs == before)
      try await engine.write(try batch("2"), to: partitions[0], .committed)
      // Told commit by commit, each with the high watermark that it has moved to.
      var advances = 0
      for await _ in seen {
        advances += 1
        if advances == 3 { break }
      }
      #expect(highWatermark(engine, partitions[0]) == 3)
      #expect(syncs == before + 1)
    }
  }

  @Test("its time comes without anybody's doing")
  func time() async throws {
    try await withEngine(milliseconds: 1) { engine, partitions in
      let (seen, continuation) = AsyncStream.makeStream(of: Void.self)
      engine.observeAdvances { _ in
        false
      } _: { _ in
        continuation.yield()
      }
      try await engine.write(try batch("a"), to: partitions[0], .committed)
      for await _ in seen { break }
      #expect(highWatermark(engine, partitions[0]) == 1)
    }
  }

  @Test("whoever begins to wait while a sync is put off has it begun")
  func hastened() async throws {
    try await withEngine { engine, partitions in
      let (seen, continuation) = AsyncStream.makeStream(of: Void.self)
      engine.observeAdvances { _ in
        false
      } _: { _ in
        continuation.yield()
      }
      try await engine.write(try batch("a"), to: partitions[0], .committed)
      engine.hastenSync()
      for await _ in seen { break }
      #expect(highWatermark(engine, partitions[0]) == 1)
    }
  }

  @Test("asked while a commit is on its way, it is not put off: whoever asked may have seen it")
  func askedBefore() {
    var patience = SyncPatience()
    patience.milliseconds = 3_600_000
    let view = LogView(capacity: 0, counters: EngineCounters(.init()))
    let durability = Durability(view: view, configs: ConfigBoard(), latch: FailureLatch())
    let syncer = Syncer(durability: durability, patience: patience)
    let wishes = syncer.wishes
    syncer.submitPatiently(SyncTicket(), bytes: 1, since: wishes)
    #expect(syncer.nextDue < .max)
    let later = syncer.wishes
    syncer.hasten()
    syncer.submitPatiently(SyncTicket(), bytes: 1, since: later)
    #expect(syncer.nextDue == .max)
    #expect(syncer.claim()?.count == 2)
    #expect(syncer.claim() == nil)
    syncer.release()
    #expect(syncer.isIdle)
  }

  @Test("closing syncs all of it")
  func closing() async throws {
    try await withEngine { engine, partitions in
      let before = syncs
      try await engine.write(try batch("a"), to: partitions[0], .committed)
      engine.close()
      #expect(syncs > before)
      #expect(highWatermark(engine, partitions[0]) == 1)
    }
  }

  @Test("a sync that fails stops the log, also for what was committed before")
  func failure() async throws {
    try await withEngine { engine, partitions in
      try await engine.write(try batch("a"), to: partitions[0], .committed)
      store.fail(.sync, with: .device("gone"))
      let refused = await engine.append([
        PartitionAppend(partition: partitions[1], batch: try batch("b"))
      ])
      #expect(refused.map(\.refusal) == [.failed("gone")])
      #expect(highWatermark(engine, partitions[0]) == 0)
    }
  }
}
