import ActaModel
import BatchCodec
import LogStorage
import LogTestSupport
import ModelLiterals
import Testing

@testable import LogEngine
@testable import SQLiteLog

/// Memory and tables together, with readers beside the writer.
@Suite("Batches in memory and in the file") struct CacheTests {
  private let text = String(repeating: "x", count: 1_000)

  private func fill(_ log: LogEngine, _ partition: PartitionID, batches: Int) async throws {
    let values = (0..<100).map { _ in TestRecord(value: text) }
    let batch = try producedBatch(values)
    for _ in 0..<batches { try await log.write(batch, to: partition) }
  }

  private func read(
    _ log: LogEngine, _ partition: PartitionID, at offset: Offset
  ) async throws -> (batches: [BatchBytes], isFromMemory: Bool) {
    let read = PartitionRead(partition: partition, offset: offset, maxBytes: 1 << 20)
    if case .whole(let results) = log.readFromMemory([read], maxBytes: 1 << 20) {
      return (try results[0].get().batches, true)
    }
    return (try await log.read([read])[0].get().batches, false)
  }

  @Test(
    "who goes through a log after a start finds what comes next in memory",
    .timeLimit(.minutes(1)))
  func readAhead() async throws {
    let files = try FileStorage()
    let writing = try files.open()
    let partition = try await writing.makeTopic("t")[0]
    try await fill(writing, partition, batches: 60)
    writing.close()
    let log = try files.open()
    var (offset, fromMemory) = (Offset(0), 0)
    while offset < 6_000 {
      let (batches, isFromMemory) = try await read(log, partition, at: offset)
      if isFromMemory { fromMemory += 1 }
      let end = try #require(batches.last)
      let last = try #require(BatchHeader(parsing: end.head))
      #expect(
        batches.first.flatMap { BatchHeader(parsing: $0.head) }?.baseOffset == offset.value)
      offset = Offset(last.baseOffset + Int64(last.lastOffsetDelta) + 1)
      // Nobody announces what has been read ahead.
      while offset < 5_000, log.cachedBytes < Int(offset.value + 900) * 1_000 { await Task.yield() }
    }
    #expect(fromMemory >= 3)
    // All of it is there now.
    let again = try await read(log, partition, at: 0)
    #expect(again.isFromMemory)
    log.close()
  }

  @Test("an embedded log of which little may be kept reads nothing ahead, and all of it")
  func little() async throws {
    var files = try FileStorage()
    files.options.tailCacheBytes = 1 << 20
    let writing = try files.open()
    let partition = try await writing.makeTopic("t")[0]
    try await fill(writing, partition, batches: 30)
    #expect(writing.cachedBytes <= 1 << 20)
    writing.close()
    let log = try files.open()
    #expect(try await log.records(partition).count == 3_000)
    #expect(log.cachedBytes <= 1 << 20)
    log.close()
  }

  /// Appends, deletions, a limit that jumps and readers, all at once.
  @Test("whoever reads anywhere at any time is given what is there, each record at its offset")
  func together() async throws {
    let files = try FileStorage()
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    try await log.write(try batch("0"), to: partition)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for offset in 1..<1_500 {
          try await log.write(try batch("\(offset)"), to: partition, .committed)
          if offset % 100 == 0 {
            _ = await log.trim([
              RecordDeletion(partition: partition, beforeOffset: Offset(Int64(offset) - 60))
            ])
          }
        }
      }
      for reader in 0..<3 {
        group.addTask {
          var random = SeededGenerator(seed: UInt64(reader))
          for step in 0..<400 {
            if reader == 0, step % 10 == 0 {
              log.limitCache(to: [0, 2_000, 40_000, 1 << 20].randomElement(using: &random)!)
            }
            let bounds = try #require(log.bounds(of: partition))
            let from = Int64.random(
              in: bounds.logStartOffset.value...bounds.highWatermark.value, using: &random)
            try await check(log, partition, from: Offset(from))
          }
        }
      }
      try await group.waitForAll()
    }
    log.close()
  }

  private func check(_ log: LogEngine, _ partition: PartitionID, from: Offset) async throws {
    let read = PartitionRead(partition: partition, offset: from, maxBytes: 10_000)
    let outcome: ReadOutcome
    do {
      outcome = try await log.read([read], maxBytes: 10_000)[0].get()
    } catch {
      // It has been deleted meanwhile.
      guard case StorageError.offsetOutOfRange = error else { throw error }
      return
    }
    let records = try outcome.batches.flatMap { try DecodedRecord.decode(batch: $0.contiguous) }
    for (index, record) in records.enumerated() {
      try #require(record.offset == from.value + Int64(index))
      try #require(String(decoding: record.value ?? [], as: UTF8.self) == "\(record.offset)")
    }
    let isAtEnd = from >= outcome.bounds.highWatermark
    try #require(isAtEnd == records.isEmpty)
  }
}
