import ActaModel
import BatchCodec
import LogStorage
import LogTestSupport
import ModelLiterals
import Testing

/// When the logs of these tests are appended to; and later, when nothing of them is active any more.
private let start: Int64 = 1_700_000_000_000
private let later = start + 10

extension CompactionPolicy {
  /// Whatever is there is due.
  static func eager(tombstones: Int64 = 1_000) -> CompactionPolicy {
    CompactionPolicy(
      segmentBytes: 1 << 30, segmentMilliseconds: 1, minDirtyRatio: 0,
      deleteRetentionMilliseconds: tombstones)
  }
}

extension ConformanceTests {
  private func batch(_ rows: (String?, String?)..., producer: TestProducer = TestProducer())
    throws -> ProducedBatch
  {
    try producedBatch(
      rows.map { TestRecord(timestamp: start, key: $0.0, value: $0.1) }, producer: producer)
  }

  private func content(_ log: any LogStorage, _ partition: PartitionID) async throws -> [String] {
    try await log.records(partition).map { record in
      func text(_ bytes: [UInt8]?) -> String {
        bytes.map { String(decoding: $0, as: UTF8.self) } ?? "-"
      }
      return "\(record.offset) \(text(record.key))=\(text(record.value))"
    }
  }

  @Test("the newest record of each key stays, at its offset", arguments: Backend.allCases)
  func compaction(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("compacted")[0]
      try await log.write(try batch(("a", "1"), ("b", "1"), ("a", "2")), to: partition)
      try await log.write(try batch(("b", "2")), to: partition)
      try await log.write(try batch(("c", "1"), ("b", "3")), to: partition)
      let outcome = try await log.compact(.eager(), partition, at: later).get()
      #expect(outcome.scanned == 6)
      #expect(outcome.removed == 3)
      #expect(try await content(log, partition) == ["2 a=2", "4 c=1", "5 b=3"])
      #expect(
        log.bounds(of: partition)
          == LogBounds(logStartOffset: 0, highWatermark: 6, logEndOffset: 6))
      // Only what is new is looked at, and what it supersedes goes.
      try await log.write(try batch(("c", "2"), ("d", "1")), to: partition)
      let second = try await log.compact(.eager(), partition, at: later).get()
      #expect(second.scanned == 2)
      #expect(second.removed == 1)
      #expect(try await content(log, partition) == ["2 a=2", "5 b=3", "6 c=2", "7 d=1"])
      #expect(try await log.compact(.eager(), partition, at: later).get().scanned == 0)
    }
  }

  @Test("a read inside a gap gets the next batch, and sizes are true", arguments: Backend.allCases)
  func gaps(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("gaps")[0]
      for index in 0..<10 {
        try await log.write(
          try batch(("a", "\(index)"), ("b\(index % 3)", "\(index)")), to: partition)
      }
      _ = try await log.compact(.eager(), partition, at: later).get()
      let all = ["15 b1=7", "17 b2=8", "18 a=9", "19 b0=9"]
      for offset in 0..<20 {
        let read = PartitionRead(partition: partition, offset: Offset(Int64(offset)), maxBytes: 1)
        let first = try await log.read([read], maxBytes: 1)[0].get().batches[0].contiguous
        let records = try DecodedRecord.decode(batch: first)
        let wanted = try #require(all.first { Int($0.split(separator: " ")[0])! >= offset })
        #expect(records.contains { wanted.hasPrefix("\($0.offset) ") }, "offset \(offset)")
      }
      #expect(try await content(log, partition) == all)
      let read = PartitionRead(partition: partition, offset: 0, maxBytes: 1 << 20)
      let bytes = try await log.read([read])[0].get().batches.reduce(0) { $0 + $1.count }
      #expect(try await log.sizes([partition]).get() == [partition: Int64(bytes)])
      // Looking up by time goes over the gaps.
      #expect(try await log.find(.atOrAfter(0), partition).get()?.offset == 15)
      #expect(try await log.find(.maximum, partition).get()?.offset == 15)
    }
  }

  @Test("a tombstone stays for its time, and then goes", arguments: Backend.allCases)
  func tombstones(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("tombstones")[0]
      try await log.write(try batch(("a", "1"), ("b", "1"), ("a", nil), ("c", nil)), to: partition)
      try await log.write(try batch(("d", "1")), to: partition)
      let policy = CompactionPolicy.eager(tombstones: 100)
      _ = try await log.compact(policy, partition, at: later).get()
      #expect(try await content(log, partition) == ["1 b=1", "2 a=-", "3 c=-", "4 d=1"])
      _ = try await log.compact(policy, partition, at: later + 99).get()
      #expect(try await content(log, partition).count == 4)
      // One that is written again is none any more.
      try await log.write(try batch(("c", "2")), to: partition)
      let outcome = try await log.compact(policy, partition, at: later + 100).get()
      #expect(outcome.removed == 2)
      #expect(try await content(log, partition) == ["1 b=1", "4 d=1", "5 c=2"])
    }
  }

  @Test(
    "the last record of the log stays, and a producer's last batch without any",
    arguments: Backend.allCases)
  func emptyBatches(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("empty")[0]
      let producer = TestProducer(id: 7, epoch: 0, sequence: 0)
      try await log.write(try batch(("a", "1"), producer: producer), to: partition)
      try await log.write(try batch(("a", "2")), to: partition)
      try await log.write(try batch(("a", nil)), to: partition)
      _ = try await log.compact(.eager(tombstones: 0), partition, at: later).get()
      #expect(try await content(log, partition) == ["2 a=-"])
      let read = PartitionRead(partition: partition, offset: 0, maxBytes: 1 << 20)
      let batches = try await log.read([read])[0].get().batches.map {
        try #require(BatchHeader(parsing: $0.contiguous))
      }
      #expect(batches.map(\.baseOffset) == [0, 2])
      #expect(batches.map(\.recordCount) == [0, 1])
      #expect(batches[0].producerID == 7)
      // A retry is known as one.
      let again = try await log.write(try batch(("a", "1"), producer: producer), to: partition)
      #expect(again.isDuplicate)
      #expect(again.baseOffset == 0)
      // When the producer has gone on, nobody needs its empty batch.
      let next = TestProducer(id: 7, epoch: 0, sequence: 1)
      try await log.write(try batch(("a", "3"), producer: next), to: partition)
      _ = try await log.compact(.eager(tombstones: 0), partition, at: later).get()
      let rest = try await log.read([read])[0].get().batches
      #expect(rest.compactMap { BatchHeader(parsing: $0.contiguous)?.baseOffset } == [3])
      #expect(try await log.write(try batch(("b", "1")), to: partition).baseOffset == 4)
    }
  }

  @Test("records without a key go from a topic that is compacted now", arguments: Backend.allCases)
  func withoutKeys(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("keyless")[0]
      try await log.write(try batch((nil, "1"), ("a", "1"), ("", "1"), (nil, nil)), to: partition)
      _ = try await log.compact(.eager(), partition, at: later).get()
      #expect(try await content(log, partition) == ["1 a=1", "2 =1"])
    }
  }

  @Test("what is not due stays", arguments: Backend.allCases)
  func notDue(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("young")[0]
      try await log.write(try batch(("a", "1"), ("a", "2")), to: partition)
      let active = CompactionPolicy(segmentBytes: 1 << 20, segmentMilliseconds: 1_000)
      #expect(try await log.compact(active, partition, at: later).get().scanned == 0)
      #expect(try await log.compact(active, partition, at: start + 1_000).get().scanned == 0)
      #expect(try await log.compact(active, partition, at: start + 1_001).get().removed == 1)
      // One batch of three is not half of them.
      for _ in 0..<2 { try await log.write(try batch(("b", "1")), to: partition) }
      _ = try await log.compact(.eager(), partition, at: later).get()
      try await log.write(try batch(("b", "2")), to: partition)
      #expect(try await log.compact(active, partition, at: start + 2_000).get().scanned == 0)
    }
  }

  @Test("deleting records and compaction go together", arguments: Backend.allCases)
  func trims(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("both")[0]
      for index in 0..<6 {
        try await log.write(try batch(("a", "\(index)"), ("k\(index)", "1")), to: partition)
      }
      _ = try await log.compact(.eager(), partition, at: later).get()
      // Inside a gap.
      _ = await log.trim([RecordDeletion(partition: partition, beforeOffset: 4)])
      #expect(log.bounds(of: partition)?.logStartOffset == 4)
      // Inside a batch.
      try await log.write(try batch(("a", "6"), ("k5", "2")), to: partition)
      _ = await log.trim([RecordDeletion(partition: partition, beforeOffset: 13)])
      try await log.write(try batch(("a", "7"), ("k1", "2")), to: partition)
      _ = try await log.compact(.eager(), partition, at: later).get()
      let records = try await log.records(partition, from: 13)
      #expect(records.map(\.offset) == [13, 14, 15])
      let size = try #require(try await log.sizes([partition]).get()[partition])
      // The newest bytes always stay, so that a batch goes only if they are left without it.
      let keepsAll = RetentionPolicy(deleteBeforeTimestamp: nil, maxBytes: size - 1)
      #expect(await log.retain(keepsAll, partition) == .success(0))
      let keepsSome = RetentionPolicy(deleteBeforeTimestamp: nil, maxBytes: size / 2)
      #expect(await log.retain(keepsSome, partition) == .success(1))
      #expect(try await log.records(partition, from: 14).count == 2)
    }
  }

  @Test(
    "what was known of a topic that is not compacted any more is forgotten",
    arguments: Backend.allCases)
  func forgetting(_ backend: Backend) async throws {
    try await backend.run { log in
      let partitions = try await log.makeTopic("former", partitions: 2)
      for partition in partitions {
        try await log.write(try batch(("a", "1"), ("a", "2"), ("b", "1")), to: partition)
        #expect(try await log.compact(.eager(), partition, at: later).get().scanned == 3)
      }
      #expect(await log.forgetCompaction(except: [partitions[1]]).isSuccess)
      #expect(try await content(log, partitions[0]) == ["1 a=2", "2 b=1"])
      for partition in partitions {
        try await log.write(try batch(("a", "3")), to: partition)
      }
      // It begins anew.
      #expect(try await log.compact(.eager(), partitions[0], at: later).get().scanned == 3)
      #expect(try await log.compact(.eager(), partitions[1], at: later).get().scanned == 1)
      for partition in partitions {
        #expect(try await content(log, partition) == ["2 b=1", "3 a=3"])
      }
    }
  }

  @Test("a partition that is gone is told so", arguments: Backend.allCases)
  func unknown(_ backend: Backend) async throws {
    try await backend.run { log in
      let topic = try await log.create([newTopic("gone")])[0].get()
      let partition = topic.partitions[0]
      try await log.write(try batch(("a", "1"), ("a", "2")), to: partition)
      _ = try await log.compact(.eager(), partition, at: later).get()
      _ = await log.delete([topic.id])
      #expect(
        await log.compact(.eager(), partition, at: later) == .failure(.unknownPartition(partition)))
      #expect(await log.forgetCompaction(except: []).isSuccess)
    }
  }
}

extension Result {
  fileprivate var isSuccess: Bool {
    if case .success = self { true } else { false }
  }
}
