import ActaModel
import LogStorage
import LogTestSupport
import ModelLiterals
import Testing
import Threads

@testable import LogEngine

@Suite("Who may do the writer's work") struct LoneCallersTests {
  private func callers(after count: Int) -> LoneCallers {
    var lending = WriterLending()
    lending.requestsBefore = count
    return LoneCallers(lending)
  }

  @Test("only who has come alone so often")
  func inARow() {
    var callers = callers(after: 3)
    let verdicts = (0..<5).map { callers.take(isAlone: true, at: Int64($0) * 1_000) }
    #expect(verdicts == [false, false, false, true, true])
  }

  @Test("one who was not alone counts from the beginning")
  func crowd() {
    var callers = callers(after: 2)
    let verdicts = [true, true, false, true, true, true].enumerated().map { number, isAlone in
      callers.take(isAlone: isAlone, at: Int64(number) * 1_000)
    }
    #expect(verdicts == [false, false, false, false, false, true])
  }

  @Test("who comes right after a loan has waited for its end and is not alone")
  func rightAfter() {
    var callers = callers(after: 1)
    _ = callers.take(isAlone: true, at: 0)
    let isLent = callers.take(isAlone: true, at: 1_000)
    #expect(isLent)
    callers.loanEnded(at: 1_200)
    let verdicts = [1_239, 1_240, 1_300].map { callers.take(isAlone: true, at: $0) }
    #expect(verdicts == [false, false, true])
  }
}

@Suite("Syncs that are slow") struct SyncPaceTests {
  @Test("one is remembered for a few of those that follow")
  func remembered() {
    var pace = SyncPace()
    pace.note(microseconds: 900)
    #expect(pace.isQuick)
    pace.note(microseconds: 5_000)
    #expect(!pace.isQuick)
    let verdicts = (0..<4).map { _ in
      pace.note(microseconds: 100)
      return pace.isQuick
    }
    #expect(verdicts == [false, false, true, true])
  }
}

/// The writer's work done by who brings it: nobody can tell by what comes of it.
@Suite("A writer that is lent") struct WriterLendingTests {
  private let store = ScriptedStore()

  private func withEngine(
    syncMilliseconds: Int64 = 3_600_000, _ body: (LogEngine, PartitionID) async throws -> Void
  ) async throws {
    var options = EngineOptions()
    options.foreignPollMilliseconds = 3_600_000
    options.syncPatience.milliseconds = syncMilliseconds
    options.lending.requestsBefore = 0
    let engine = try LogEngine(store, options: options)
    let partition = try await engine.makeTopic()
    _ = await engine.append(["first"], to: partition)
    try await body(engine, partition)
    engine.close()
  }

  /// Appends until the calling thread has done one itself: at first the writer's may not wait yet.
  private func lend(
    _ engine: LogEngine, _ partition: PartitionID, _ point: AcknowledgePoint = .synced
  ) -> Bool {
    for number in 0..<100_000 {
      let answers = Answers()
      engine.append(Self.batch("\(number)", partition), acknowledge: point) { answers.append($0) }
      if let answer = answers.values.first { return answer.offset != nil }
      answers.wait(for: 1)
    }
    return false
  }

  @Test("an append is done when the call returns, synced and to be read")
  func done() async throws {
    try await withEngine { engine, partition in
      #expect(lend(engine, partition))
      let bounds = try #require(engine.bounds(of: partition))
      #expect(bounds.highWatermark == bounds.logEndOffset)
      #expect(store.calls.last == "sync")
    }
  }

  @Test("what comes meanwhile waits for its end and then is written by the writer's thread")
  func meanwhile() async throws {
    try await withEngine { engine, partition in
      #expect(lend(engine, partition))
      let answers = Answers()
      let begun = store.calls.count { $0 == "commit" }
      store.hold(.commit)
      let borrower = WorkerThread(name: "borrower") {
        engine.append(Self.batch("a", partition), acknowledge: .synced) { answers.append($0) }
      }
      store.waitUntilReached(.commit, times: begun + 1)
      for value in ["b", "c"] {
        engine.append(Self.batch(value, partition), acknowledge: .synced) { answers.append($0) }
      }
      #expect(answers.values.isEmpty)
      store.release(.commit)
      answers.wait(for: 3)
      borrower.join()
      let values = try await engine.values(partition)
      #expect(values.suffix(3) == ["a", "b", "c"])
      #expect(store.calls.count { $0 == "commit" } == begun + 2)
    }
  }

  @Test("a store that is busy is left to the writer's thread, which waits for it")
  func busy() async throws {
    try await withEngine { engine, partition in
      #expect(lend(engine, partition))
      let loads = store.calls.count { $0 == "load" }
      store.fail(.begin, with: .busy("locked"))
      #expect(await engine.append(["a"], to: partition).map(\.refusal) == [nil])
      #expect(store.calls.count { $0 == "load" } == loads)
      let values = try await engine.values(partition)
      #expect(values.last == "a")
    }
  }

  @Test("after a turn that failed the writer's thread reads everything anew and tries again")
  func failed() async throws {
    try await withEngine { engine, partition in
      for step in [ScriptedStore.Step.append, .commit] {
        #expect(lend(engine, partition))
        let loads = store.calls.count { $0 == "load" }
        store.fail(step, with: .refused("a trigger"))
        #expect(await engine.append(["\(step)"], to: partition).map(\.refusal) == [nil])
        #expect(store.calls.count { $0 == "load" } == loads + 1)
        let values = try await engine.values(partition)
        #expect(values.last == "\(step)")
      }
    }
  }

  @Test("a batch that is refused again is refused, and the next one is not")
  func refused() async throws {
    try await withEngine { engine, partition in
      #expect(lend(engine, partition))
      store.fail(.append, with: .refused("a trigger"), .refused("a trigger"))
      let results = await engine.append(["a"], to: partition)
      #expect(results.map(\.refusal) == [.refused("a trigger")])
      #expect(lend(engine, partition))
    }
  }

  @Test("an error of the device stops the log")
  func device() async throws {
    for step in [ScriptedStore.Step.commit, .sync] {
      let store = ScriptedStore()
      var options = EngineOptions()
      options.lending.requestsBefore = 0
      let engine = try LogEngine(store, options: options)
      let partition = try await engine.makeTopic()
      #expect(lend(engine, partition))
      store.fail(step, with: .device("gone"))
      let results = await engine.append(["a"], to: partition)
      #expect(results.map { $0.refusal != nil } == [true])
      #expect(await engine.append(["b"], to: partition).map { $0.refusal != nil } == [true])
      engine.close()
    }
  }

  @Test("what nobody waits for is synced in its time, though its thread has not written it")
  func patience() async throws {
    try await withEngine(syncMilliseconds: 1) { engine, partition in
      let (moved, continuation) = AsyncStream.makeStream(of: Void.self)
      engine.observeAdvances(awaited: { _ in false }, { _ in continuation.yield() })
      #expect(lend(engine, partition, .committed))
      let end = try #require(engine.bounds(of: partition)?.logEndOffset)
      for await _ in moved where engine.bounds(of: partition)?.highWatermark == end { break }
    }
  }

  @Test("a log that closes while its writer is lent has everything")
  func closing() async throws {
    let answers = Answers()
    try await withEngine { engine, partition in
      #expect(lend(engine, partition))
      let begun = store.calls.count { $0 == "commit" }
      store.hold(.commit)
      let borrower = WorkerThread(name: "borrower") {
        engine.append(Self.batch("a", partition), acknowledge: .synced) { answers.append($0) }
      }
      store.waitUntilReached(.commit, times: begun + 1)
      let closer = WorkerThread(name: "closer") { engine.close() }
      store.release(.commit)
      closer.join()
      borrower.join()
    }
    #expect(answers.values.map(\.refusal) == [nil])
    #expect(store.calls.last == "close")
  }

  private static func batch(_ value: String, _ partition: PartitionID) -> [PartitionAppend] {
    (try? Batches.of(value)).map { [PartitionAppend(partition: partition, batch: $0)] } ?? []
  }
}

/// What appends of one batch have come to.
private final class Answers: Sendable {
  private let monitor = Monitor<[Result<AppendOutcome, StorageError>]>([])

  var values: [Result<AppendOutcome, StorageError>] { monitor.withLock { $0 } }

  func append(_ results: [Result<AppendOutcome, StorageError>]) {
    monitor.update { $0.append(contentsOf: results) }
  }

  func wait(for count: Int) { monitor.wait { $0.count >= count ? () : nil } }
}
