import ActaModel
import BatchCodec
import LogStorage
import LogTestSupport
import ModelLiterals
import Testing

@testable import LogEngine

/// One look into memory, and the tables for what it has not.
@Suite("Reading what memory has in part") struct MemoryReadTests {
  private func engine(_ store: ScriptedStore, cacheBytes: Int) throws -> LogEngine {
    var options = EngineOptions()
    options.foreignPollMilliseconds = 3_600_000
    options.tailCacheBytes = cacheBytes
    return try LogEngine(store, options: options)
  }

  private func offsets(_ result: Result<ReadOutcome, StorageError>) throws -> [Int64] {
    try result.get().batches.map { try #require(BatchHeader(parsing: $0.head)).baseOffset }
  }

  /// What the tables have of the reads, in their order and within the limits.
  private func fromTables(
    _ reads: [PartitionRead], maxBytes: Int, of engine: LogEngine, _ store: ScriptedStore
  ) throws -> [[Int64]] {
    var budget = ReadBudget(maxBytes: maxBytes)
    return try reads.map { read in
      let end = try #require(engine.bounds(of: read.partition)).highWatermark
      let allowance = budget.allowance(for: read)
      if allowance.isExhausted || read.offset >= end { return [] }
      let batches = try store.reader.batches(read, below: end, allowance: allowance).batches
      budget.spend(batches.map { BatchBytes($0) })
      return try batches.map { try #require(BatchHeader(parsing: $0)).baseOffset }
    }
  }

  /// Memory has a few batches here and there; what is read is the same as without any memory.
  @Test("is the same as reading everything from the tables, whatever the limits")
  func sameAsTables() async throws {
    var random = SeededGenerator(seed: 0xac7a)
    let store = ScriptedStore()
    let writing = try engine(store, cacheBytes: 8_000)
    let partitions = try await writing.makeTopic("t", partitions: 4)
    for _ in 0..<60 {
      let text = String(repeating: "x", count: Int.random(in: 1...300, using: &random))
      let partition = try #require(partitions.randomElement(using: &random))
      try await writing.write(try batch(text), to: partition)
    }
    var parts = 0
    for _ in 0..<500 {
      let maxBytes = Int.random(in: 0...4_000, using: &random)
      let reads = partitions.map { partition in
        let end = writing.bounds(of: partition)?.highWatermark.value ?? 0
        return PartitionRead(
          partition: partition, offset: Offset(Int64.random(in: 0...end, using: &random)),
          maxBytes: Int.random(in: 0...3_000, using: &random))
      }
      let memory = writing.readFromMemory(reads, maxBytes: maxBytes)
      if case .part = memory { parts += 1 }
      let mixed = await writing.read(reads, maxBytes: maxBytes)
      let expected = try fromTables(reads, maxBytes: maxBytes, of: writing, store)
      #expect(try mixed.map(offsets) == expected, "\(maxBytes), \(reads)")
    }
    #expect(parts > 50, "memory never had a part")
    writing.close()
  }

  @Test("records of an aborted transaction are not gone on with when its marker has gone meanwhile")
  func markerGone() async throws {
    let store = ScriptedStore()
    let writing = try engine(store, cacheBytes: 0)
    let partition = try await writing.makeTopic("t")[0]
    var producer = TestTransactor(id: 7)
    for isCommit in [false, true] {
      try await writing.write("a", by: &producer, to: partition)
      try await writing.end(producer.claim, isCommit: isCommit, [partition])
    }
    let bounds = try #require(writing.bounds(of: partition))
    let first = try #require(store.tables.batches[partition]?.first?.bytes)
    let aborted = AbortedTransaction(producerID: ProducerID(7), firstOffset: 0)
    let part = PartialRead(
      reads: [
        PartitionRead(
          partition: partition, offset: 0, maxBytes: 1_000, isolation: .readCommitted)
      ], maxBytes: 1_000,
      memory: [
        .success(ReadOutcome(bounds: bounds, batches: [BatchBytes(first)], aborted: [aborted]))
      ], rests: [0: 1])
    func complete() async throws -> ReadOutcome {
      try await withCheckedContinuation { done in
        writing.readFromTables(part) { done.resume(returning: $0[0]) }
      }.get()
    }
    let whole = try await complete()
    #expect(try offsets(.success(whole)) == [0, 1, 2, 3])
    #expect(whole.aborted == [aborted])
    store.tables.batches[partition]?.remove(at: 1)
    store.tables.ranges[partition] = []
    #expect(try offsets(.success(try await complete())) == [0])
    writing.close()
  }

  @Test("what memory had stays, and is not asked for again, when it has let go of it")
  func evictedBetween() async throws {
    let store = ScriptedStore()
    let engine = try engine(store, cacheBytes: 1 << 20)
    let partitions = try await engine.makeTopic("t", partitions: 2)
    try await engine.write(try batch("old"), to: partitions[0])
    try await engine.write(try batch("first"), to: partitions[1])
    engine.limitCache(to: 0)
    engine.limitCache(to: 1 << 20)
    for index in 1..<3 { try await engine.write(try batch("\(index)"), to: partitions[1]) }
    let reads = partitions.map { PartitionRead(partition: $0, offset: 0, maxBytes: 1 << 20) }
    let hot = PartitionRead(partition: partitions[1], offset: 1, maxBytes: 1 << 20)
    guard case .part(let part) = engine.readFromMemory([reads[0], hot], maxBytes: 1 << 20) else {
      Issue.record("memory had everything")
      return
    }
    #expect(part.rests == [0: 0])
    // Everything that it had goes, and there is more than it had seen.
    engine.limitCache(to: 0)
    for _ in 0..<5 { try await engine.write(try batch("more"), to: partitions[1]) }
    let before = store.calls.count { $0 == "read" }
    let results = await withCheckedContinuation { done in
      engine.readFromTables(part) { done.resume(returning: $0) }
    }
    #expect(try results.map(offsets) == [[0], [1, 2]])
    #expect(try results[1].get().bounds.highWatermark == 3)
    #expect(store.calls.count { $0 == "read" } == before + 1)
    engine.close()
  }
}
