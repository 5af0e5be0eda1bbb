import ActaModel
import BatchCodec
import LogStorage
import LogTestSupport
import ModelLiterals
import Synchronization
import Testing

@testable import LogEngine

/// What the engine does when its store fails, whatever store that is.
@Suite("Engine on a store that fails") struct FailureTests {
  private let store = ScriptedStore()

  private func withEngine(_ body: (LogEngine, PartitionID) async throws -> Void) async throws {
    var options = EngineOptions()
    options.foreignPollMilliseconds = 3_600_000
    // Each turn writes the partition's row.
    options.maxBatchesToReplay = 1
    let engine = try LogEngine(store, options: options)
    let partition = try await engine.makeTopic()
    // What the writer does of itself after its first group is done before its second.
    #expect(await engine.decide { _ in } == nil)
    try await body(engine, partition)
    engine.close()
  }

  @Test("rows that the store refuses cost the batch at fault and no other of its group")
  func refused() async throws {
    try await withEngine { engine, partition in
      // Together once, then each alone; the second alone is the one at fault.
      store.fail(.append, with: .refused("a trigger"))
      let first = await engine.append(["a", "b"], to: partition)
      #expect(first.map(\.offset) == [0, 1])
      store.fail(.writePartition, with: .refused("a trigger"), .refused("a trigger"))
      let second = await engine.append(["c"], to: partition)
      #expect(second.map(\.refusal) == [.refused("a trigger")])
      #expect(await engine.append(["d"], to: partition).map(\.offset) == [2])
      let kept = try await engine.values(partition)
      #expect(kept == ["a", "b", "d"])
    }
  }

  @Test("a batch that is refused alone leaves the others of its request")
  func refusedAlone() async throws {
    try await withEngine { engine, partition in
      // The group fails at its first batch; tried alone, the request's first batch fails again.
      store.fail(.append, with: .refused("not this one"), .refused("not this one"))
      let results = await engine.append(["a", "b"], to: partition)
      #expect(results.map(\.refusal) == [.refused("not this one"), nil])
      #expect(results.map(\.offset) == [nil, 0])
      let kept = try await engine.values(partition)
      #expect(kept == ["b"])
    }
  }

  @Test("a turn that fails is rolled back before anything is read again or tried again")
  func order() async throws {
    try await withEngine { engine, partition in
      let begun = store.calls.count
      store.fail(.commit, with: .refused("once"))
      #expect(await engine.append(["a"], to: partition).map(\.offset) == [0])
      let calls = store.calls.dropFirst(begun).filter { !["sync", "writePartition"].contains($0) }
      #expect(
        Array(calls) == [
          "begin", "append", "commit", "rollBack", "load", "begin", "append", "commit",
        ])
    }
  }

  @Test("a commit whose outcome is not known is acknowledged to nobody, and the log stops")
  func unknownOutcome() async throws {
    try await withEngine { engine, partition in
      let failures = Mutex<[StorageError]>([])
      engine.observeFailure { error in failures.withLock { $0.append(error) } }
      store.fail(.commit, with: .device("an I/O error"))
      let results = await engine.append(["a"], to: partition)
      #expect(results.map(\.refusal) == [.failed("an I/O error")])
      #expect(failures.withLock { $0 } == [.failed("an I/O error")])
      #expect(engine.bounds(of: partition)?.highWatermark == 0)
      #expect(
        await engine.append(["b"], to: partition).map(\.refusal) == [.failed("an I/O error")])
      #expect(store.calls.last != "close", "what cannot be trusted is not closed as if it could")
    }
  }

  @Test("a row that cannot be read stops the log, too")
  func unreadable() async throws {
    try await withEngine { engine, partition in
      store.fail(.append, with: .unreadable("producer_state of 7"))
      #expect(
        await engine.append(["a"], to: partition).map(\.refusal)
          == [.failed("producer_state of 7")])
      #expect(
        await engine.append(["b"], to: partition).map(\.refusal)
          == [.failed("producer_state of 7")])
    }
  }

  @Test("a store that is busy refuses the group and nothing is read again for it")
  func busy() async throws {
    try await withEngine { engine, partition in
      let loads = store.calls.count { $0 == "load" }
      store.fail(.begin, with: .busy("another process"))
      let results = await engine.append(["a"], to: partition)
      #expect(results.map(\.refusal) == [.failed("another process")])
      #expect(store.calls.count { $0 == "load" } == loads)
      #expect(await engine.append(["b"], to: partition).map(\.offset) == [0])
    }
  }

  @Test("what a busy store undoes in the middle of a turn is not in memory either")
  func busyInTheMiddle() async throws {
    try await withEngine { engine, partition in
      for operation in [ScriptedStore.Step.writePartition, .commit] {
        store.fail(operation, with: .busy("locked"))
        let results = await engine.append(["a"], to: partition)
        #expect(results.map(\.refusal) == [.failed("locked")])
        #expect(engine.bounds(of: partition)?.highWatermark == 0)
      }
      #expect(await engine.append(["b"], to: partition).map(\.offset) == [0])
      let kept = try await engine.values(partition)
      #expect(kept == ["b"])
    }
  }

  @Test("who observes the log after it has stopped is told at once")
  func lateObserver() async throws {
    try await withEngine { engine, partition in
      store.fail(.commit, with: .device("an I/O error"))
      _ = await engine.append(["a"], to: partition)
      let failures = Mutex<[StorageError]>([])
      engine.observeFailure { error in failures.withLock { $0.append(error) } }
      #expect(failures.withLock { $0 } == [.failed("an I/O error")])
    }
  }

  @Test("a full disk refuses, makes what room there is, and goes on when there is some")
  func full() async throws {
    try await withEngine { engine, partition in
      store.fail(.append, with: .full("no space left"))
      #expect(await engine.append(["a"], to: partition).map(\.refusal) == [.full])
      #expect(store.calls.contains("relieve"))
      store.freeRoom()
      #expect(await engine.append(["b"], to: partition).map(\.offset) == [0])
    }
  }

  @Test("on a full disk what only adds is refused before it is written; groups and deletions go on")
  func workOnAFullDisk() async throws {
    try await withEngine { engine, partition in
      store.fail(.append, with: .full("no space left"))
      _ = await engine.append(["a"], to: partition)
      let tried = store.calls.count { $0 == "append" }
      #expect(await engine.append(["b"], to: partition).map(\.refusal) == [.full])
      #expect(store.calls.count { $0 == "append" } == tried)
      let kept = Mutex<[Result<Void, StorageError>]>([])
      let refusal = await engine.decide { turn in
        try turn.write([.putGroup(GroupRow(name: "g"))], events: [])
        let commit = OffsetCommit(partition: partition, offset: 1)
        let results = try turn.commit([commit], of: "g", by: Committer(source: .consumer))
        kept.withLock { $0 = results }
      }
      #expect(refusal == nil)
      guard case .failure(.full) = kept.withLock({ $0.first }) else {
        Issue.record("a position was kept")
        return
      }
      #expect(store.tables.groups.map(\.stored.group.name) == ["g"])
      await #expect(throws: StorageError.full) { try await engine.makeTopic(named: "more") }
      try await engine.deleteTopic(TopicID(high: 1, low: 1))
      #expect(store.tables.partitions.isEmpty)
    }
  }

  @Test("on a full disk a marker is written where it closes something, and nowhere else")
  func markersOnAFullDisk() async throws {
    try await withEngine { engine, partition in
      let others = try await engine.makeTopic("others", partitions: 2)
      var producer = TestTransactor(id: 7)
      try await engine.write("a", by: &producer, to: partition)
      try await engine.write("b", by: &producer, to: others[0])
      store.fail(.append, with: .full("no space left"))
      #expect(await engine.append(["c"], to: partition).map(\.refusal) == [.full])
      let claim = producer.claim
      let marked = try await engine.turn { turn in
        try others.map {
          try turn.appendMarker(claim, isCommit: false, coordinatorEpoch: 0, to: $0).refusal
        }
      }
      #expect(marked == [nil, .full])
      try await engine.end(claim, isCommit: true, [partition] + others)
      let ends = ([partition] + others).map { engine.bounds(of: $0)?.logEndOffset }
      #expect(ends == [2, 2, 0])
      #expect(try await engine.committedValues(partition) == ["a"])
      store.freeRoom()
      try await engine.end(claim, isCommit: true, [others[1]])
      #expect(engine.bounds(of: others[1])?.logEndOffset == 1)
    }
  }

  @Test("a group's turn that shares a full disk's failure with an append is kept")
  func neighbours() async throws {
    try await withEngine { engine, partition in
      let resident = CountingResident()
      try engine.attach(resident)
      store.fail(.commit, with: .full("no space left"))
      let answer = await engine.decide { turn in
        try turn.write([.putGroup(GroupRow(name: "g"))], events: [])
      }
      #expect(answer == nil)
      #expect(store.tables.groups.map(\.stored.group.name) == ["g"])
    }
  }

  @Test("a sync that fails leaves the high watermark, refuses who waits for it, and stops the log")
  func failedSync() async throws {
    try await withEngine { engine, partition in
      store.fail(.sync, with: .device("fsync"))
      #expect(await engine.append(["a"], to: partition).map(\.refusal) == [.failed("fsync")])
      #expect(engine.bounds(of: partition)?.highWatermark == 0)
      #expect(engine.bounds(of: partition)?.logEndOffset == 1)
    }
  }

  @Test("residents reload after a rollback that undid their decisions, and before the next try")
  func residents() async throws {
    try await withEngine { engine, _ in
      let resident = CountingResident()
      try engine.attach(resident)
      store.fail(.commit, with: .refused("once"))
      let seen = Mutex<[Int]>([])
      let answer = await engine.decide { turn in
        seen.withLock { $0.append(resident.reloads) }
        try turn.write([.putGroup(GroupRow(name: "g"))], events: [])
      }
      #expect(answer == nil)
      #expect(seen.withLock { $0 } == [1, 2])
      #expect(store.tables.groups.map(\.stored.group.name) == ["g"])
    }
  }

  @Test("one turn appends, commits a position and writes a group's row, or does nothing of it")
  func oneTurn() async throws {
    try await withEngine { engine, partition in
      let batch = try Batches.of("result")
      let work: @Sendable (any LogTurn) throws -> Void = { turn in
        try turn.write([.putGroup(GroupRow(name: "g"))], events: [])
        let appended = try turn.append(batch, to: partition)
        let committed = try turn.commit(
          [OffsetCommit(partition: partition, offset: 7)], of: "g",
          by: Committer(source: .transaction))
        #expect((try? appended.get()) != nil)
        #expect(committed.allSatisfy { (try? $0.get()) != nil })
      }
      store.fail(.commit, with: .busy("not now"))
      #expect(await engine.decide(work) == .failed("not now"))
      #expect(store.tables.groups.isEmpty)
      let before = try await engine.values(partition)
      #expect(before == [])
      #expect(await engine.decide(work) == nil)
      #expect(store.tables.positions(of: "g") == [partition: 7])
      let kept = try await engine.values(partition)
      #expect(kept == ["result"])
    }
  }

  @Test("what others have changed is read again, once, and nothing else")
  func others() async throws {
    try await withEngine { engine, partition in
      _ = await engine.append(["a"], to: partition)
      let loads = store.calls.count { $0 == "load" }
      store.othersChange(.producers)
      _ = await engine.append(["b"], to: partition)
      #expect(store.calls.count { $0 == "load" } == loads)
      store.othersChange(.partitions)
      _ = await engine.append(["c"], to: partition)
      _ = await engine.append(["d"], to: partition)
      #expect(store.calls.count { $0 == "load" } == loads + 1)
      #expect(engine.cachedBytes > 0, "the cache stays")
      let kept = try await engine.values(partition)
      #expect(kept == ["a", "b", "c", "d"])
    }
  }
}
