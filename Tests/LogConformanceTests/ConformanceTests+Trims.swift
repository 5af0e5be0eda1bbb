import ActaModel
import BatchCodec
import LogStorage
import LogTestSupport
import ModelLiterals
import Testing

extension ConformanceTests {
  @Test("deleting records moves the log start", arguments: Backend.allCases)
  func deleteRecords(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("trim")[0]
      try await log.write(try batch("a", "b"), to: partition)
      try await log.write(try batch("c", "d", "e"), to: partition)
      try await log.write(try batch("f"), to: partition)

      func trim(_ offset: Offset?) async -> Result<Offset, StorageError> {
        await log.trim([RecordDeletion(partition: partition, beforeOffset: offset)])[0]
      }
      // In the middle of the second batch.
      #expect(await trim(3) == .success(3))
      #expect(log.bounds(of: partition)?.logStartOffset == 3)
      #expect(try await log.values(partition, from: 3) == ["d", "e", "f"])
      #expect(await trim(1) == .success(3))
      #expect(
        await trim(7)
          == .failure(.offsetOutOfRange(requested: 7, logStartOffset: 3, highWatermark: 6)))
      // At a boundary.
      #expect(await trim(5) == .success(5))
      #expect(try await log.values(partition, from: 5) == ["f"])
      #expect(await trim(nil) == .success(6))
      #expect(try await log.values(partition, from: 6).isEmpty)
      #expect(try await log.sizes([partition]).get() == [partition: 0])
      #expect(try await log.write(try batch("g"), to: partition).baseOffset == 6)
      let below = PartitionRead(partition: partition, offset: 5, maxBytes: 100)
      guard case .failure(.offsetOutOfRange) = await log.read([below])[0] else {
        Issue.record("a deleted record was read")
        return
      }
    }
  }

  @Test("retention by time deletes whole batches from the start", arguments: Backend.allCases)
  func retentionByTime(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("time")[0]
      for time: Int64 in [10, 20, 5, 30] {
        try await log.write(try batch("\(time)", "x", at: time), to: partition)
      }
      let policy = RetentionPolicy(deleteBeforeTimestamp: 20, maxBytes: nil)
      // The third is old enough too, but stands behind the second.
      #expect(await log.retain(policy, partition) == .success(2))
      #expect(log.bounds(of: partition)?.logStartOffset == 2)
      #expect(try await log.values(partition, from: 2).count == 6)
      let all = RetentionPolicy(deleteBeforeTimestamp: 31, maxBytes: nil)
      #expect(await log.retain(all, partition) == .success(6))
      #expect(log.bounds(of: partition)?.logStartOffset == 8)
      #expect(await log.retain(all, partition) == .success(0))
    }
  }

  @Test("retention by size keeps the newest batches", arguments: Backend.allCases)
  func retentionBySize(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("size")[0]
      for index in 0..<10 { try await log.write(try batch("\(index)"), to: partition) }
      let size = try #require(try await log.sizes([partition]).get()[partition])
      let policy = RetentionPolicy(deleteBeforeTimestamp: nil, maxBytes: size / 2)
      #expect(await log.retain(policy, partition) == .success(5))
      #expect(try await log.sizes([partition]).get()[partition] == size / 2)
      #expect(try await log.values(partition, from: 5) == ["5", "6", "7", "8", "9"])
    }
  }

  @Test("offsets are found by time", arguments: Backend.allCases)
  func lookUp(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("times")[0]
      #expect(try await log.find(.atOrAfter(0), partition).get() == nil)
      #expect(try await log.find(.maximum, partition).get() == nil)
      let times: [[Int64]] = [[10, 12], [50, 20], [30, 40], [50, 60, 60], [55]]
      for batch in times {
        try await log.write(
          try producedBatch(batch.map { TestRecord(timestamp: $0) }), to: partition)
      }
      func offset(_ query: TimestampQuery) async throws -> Offset? {
        try await log.find(query, partition).get()?.offset
      }
      let flat = times.flatMap { $0 }
      for time: Int64 in 0...61 {
        let expected = flat.firstIndex { $0 >= time }.map { Offset(Int64($0)) }
        #expect(try await offset(.atOrAfter(time)) == expected, "time \(time)")
      }
      #expect(
        try await log.find(.maximum, partition).get()
          == TimestampedOffset(
            offset: 7, timestamp: 60, leaderEpoch: log.identity.leaderEpoch))
      // The running maximum of what is left comes from batches that have gone.
      _ = await log.trim([RecordDeletion(partition: partition, beforeOffset: 4)])
      #expect(try await offset(.atOrAfter(35)) == 5)
      _ = await log.trim([RecordDeletion(partition: partition, beforeOffset: 9)])
      #expect(try await offset(.maximum) == 9)
      #expect(try await offset(.atOrAfter(56)) == nil)
    }
  }

  @Test("the current epoch ends at the log's end", arguments: Backend.allCases)
  func epochs(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("epochs")[0]
      let current = log.identity.leaderEpoch
      #expect(
        try await log.end(ofEpoch: current, partition).get()
          == EpochEnd(epoch: current, endOffset: 0))
      try await log.write(try batch("a", "b"), to: partition)
      #expect(
        try await log.end(ofEpoch: current, partition).get()
          == EpochEnd(epoch: current, endOffset: 2))
      #expect(try await log.end(ofEpoch: LeaderEpoch(current.value + 1), partition).get() == nil)
      #expect(try await log.end(ofEpoch: .absent, partition).get() == nil)
    }
  }
}
