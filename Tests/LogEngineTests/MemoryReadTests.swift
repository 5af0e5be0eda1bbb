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

  /// The reads as if memory had nothing.
  private func allCold(
    _ reads: [PartitionRead], maxBytes: Int, of engine: LogEngine
  ) throws -> PartialRead {
    let bounds = try reads.map { try #require(engine.bounds(of: $0.partition)) }
    return PartialRead(
      reads: reads, maxBytes: maxBytes,
      memory: bounds.map { .success(ReadOutcome(bounds: $0, batches: [])) },
      rests: Dictionary(
        uniqueKeysWithValues: reads.indices.filter { reads[$0].offset < bounds[$0].highWatermark }
          .map { ($0, reads[$0].offset) }))
  }

  /// Memory has the last batches only; what is read is the same as without any memory.
  @Test("is the same as reading everything from the tables, whatever the limits")
  func sameAsTables() async throws {
    var random = SeededGenerator(seed: 0xac7a)
    let store = ScriptedStore()
    let writing = try engine(store, cacheBytes: 3_000)
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
      let cold = try allCold(reads, maxBytes: maxBytes, of: writing)
      let expected = await withCheckedContinuation { done in
        writing.readFromTables(cold) { done.resume(returning: $0) }
      }
      #expect(try mixed.map(offsets) == expected.map(offsets), "\(maxBytes), \(reads)")
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
    let engine = try engine(store, cacheBytes: 400)
    let partitions = try await engine.makeTopic("t", partitions: 2)
    try await engine.write(try batch("old"), to: partitions[0])
    for index in 0..<3 {
      try await engine.write(
        try batch("\(index)" + String(repeating: "x", count: 80)), to: partitions[1])
    }
    let reads = partitions.map { PartitionRead(partition: $0, offset: 0, maxBytes: 1 << 20) }
    let hot = PartitionRead(partition: partitions[1], offset: 1, maxBytes: 1 << 20)
    guard case .part(let part) = engine.readFromMemory([reads[0], hot], maxBytes: 1 << 20) else {
      Issue.record("memory had everything")
      return
    }
    #expect(part.rests == [0: 0])
    // Everything that it had goes, and there is more than it had seen.
    for _ in 0..<5 {
      try await engine.write(try batch(String(repeating: "y", count: 150)), to: partitions[1])
    }
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
