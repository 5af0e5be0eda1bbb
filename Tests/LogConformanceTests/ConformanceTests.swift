import ActaModel
import BatchCodec
import LogStorage
import LogTestSupport
import ModelLiterals
import Testing

/// What every storage must do, in terms of the protocol alone.
@Suite("Log storage conformance")
struct ConformanceTests {
  @Test("appended records come back in order, with dense offsets", arguments: Backend.allCases)
  func appendAndRead(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("orders")[0]
      let first = try await log.write(try batch("a", "b"), to: partition)
      let second = try await log.write(try batch("c"), to: partition)
      #expect(first == AppendOutcome(baseOffset: 0, logStartOffset: 0, isDuplicate: false))
      #expect(second.baseOffset == 2)
      let records = try await log.records(partition)
      #expect(records.map(\.offset) == [0, 1, 2])
      #expect(try await log.values(partition) == ["a", "b", "c"])
      #expect(
        log.bounds(of: partition)
          == LogBounds(logStartOffset: 0, highWatermark: 3, logEndOffset: 3))
    }
  }

  @Test("nulls, empty bytes and headers survive", arguments: Backend.allCases)
  func shapes(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("shapes")[0]
      let headers = [
        RecordHeader(name: "text", value: Array("v".utf8)),
        RecordHeader(name: "text", value: nil),
        RecordHeader(name: "", value: []),
        RecordHeader(name: "binary", value: [0, 255, 7]),
        RecordHeader(nameBytes: [0x61, 0xff, 0x00, 0xc3], value: Array("v".utf8)),
        RecordHeader(nameBytes: [0xed, 0xa0, 0x80], value: nil),
      ]
      let sent = [
        TestRecord(timestamp: -1, key: nil, value: nil),
        TestRecord(timestamp: 5, key: "", value: "", headers: headers),
        TestRecord(timestamp: 3, key: "k", value: "v"),
      ]
      try await log.write(try producedBatch(sent), to: partition)
      let records = try await log.records(partition)
      #expect(records.map(\.timestamp) == [-1, 5, 3])
      #expect(records.map(\.key) == [nil, [], Array("k".utf8)])
      #expect(records.map(\.value) == [nil, [], Array("v".utf8)])
      #expect(records[1].headers == headers)
    }
  }

  @Test("batches keep their boundaries and header fields", arguments: Backend.allCases)
  func boundaries(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("bounds")[0]
      let produced = try producedBatch(
        [TestRecord(timestamp: 9), TestRecord(timestamp: 4)],
        producer: TestProducer(id: 77, epoch: 3, sequence: 0))
      try await log.write(try batch("x"), to: partition)
      try await log.write(produced, to: partition)
      let read = PartitionRead(partition: partition, offset: 2, maxBytes: 1 << 20)
      let outcome = try await log.read([read])[0].get()
      let header = try #require(
        outcome.batches.first.flatMap { BatchHeader(parsing: $0.contiguous) })
      #expect(outcome.batches.count == 1)
      #expect(header.baseOffset == 1)
      #expect(header.leaderEpoch == log.identity.leaderEpoch.value)
      #expect(header.producerID == 77)
      #expect(header.producerEpoch == 3)
      #expect(header.baseSequence == 0)
      #expect(header.baseTimestamp == 9)
      #expect(header.maxTimestamp == 9)
      #expect(header.lastOffsetDelta == 1)
      #expect(header.crc == produced.header.crc)
    }
  }

  @Test(
    "compressed batches can be read back", arguments: Backend.allCases, CompressionCodec.allCases)
  func compression(_ backend: Backend, _ codec: CompressionCodec) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("compressed")[0]
      let records = (0..<50).map { TestRecord(key: "\($0)", value: "value \($0)") }
      try await log.write(try producedBatch(records, compression: codec), to: partition)
      #expect(try await log.values(partition) == records.map { $0.value ?? "" })
    }
  }

  @Test("under log append time every record has the batch's", arguments: Backend.allCases)
  func logAppendTime(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("stamped")[0]
      let produced = try producedBatch(
        [TestRecord(timestamp: 5), TestRecord(timestamp: 9)], logAppendTimeAt: 42)
      let outcome = try await log.write(produced, to: partition)
      // The log's time, and not that of whoever has looked at the batch before.
      let time: Int64 = 1_700_000_000_000
      #expect(outcome.logAppendTime == time)
      #expect(try await log.records(partition).map(\.timestamp) == [time, time])
      #expect(try await log.write(try batch("a"), to: partition).logAppendTime == nil)
    }
  }

  @Test(
    "times of appends do not go back with the clock, and a resent batch is told its first",
    arguments: Backend.allCases)
  func appendTimes(_ backend: Backend) async throws {
    let clock = TestClock(1_000)
    let place = try Backend.Place(backend, now: { clock.now })
    var log = try place.open()
    let partition = try await log.makeTopic("stamped")[0]
    func append(_ sequence: Int32, after milliseconds: Int64) async throws -> Int64? {
      clock.advance(by: milliseconds)
      let batch = try producedBatch(
        [TestRecord(timestamp: 5)], producer: TestProducer(id: 9, epoch: 0, sequence: sequence),
        compression: .gzip, logAppendTimeAt: clock.now - 100)
      return try await log.write(batch, to: partition).logAppendTime
    }
    #expect(try await append(0, after: 0) == 1_000)
    #expect(try await append(1, after: 30) == 1_030)
    #expect(try await append(2, after: -500) == 1_030)
    #expect(try await append(0, after: 2_000) == 1_000)
    #expect(try await append(3, after: 0) == 2_530)
    if place.isLasting {
      log.close()
      log = try place.open()
      #expect(try await append(4, after: -1_000) == 2_530)
      #expect(try await append(1, after: 0) == 1_030)
    }
    #expect(
      try await log.records(partition).map(\.timestamp).prefix(4) == [1_000, 1_030, 1_030, 2_530])
    log.close()
    withExtendedLifetime(place) {}
  }

  @Test("offsets outside the log are refused, its end is empty", arguments: Backend.allCases)
  func ranges(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("ranges")[0]
      try await log.write(try batch("a"), to: partition)
      #expect(try await log.records(partition, from: 1).isEmpty)
      for offset in [2, Offset(.max)] {
        let read = PartitionRead(partition: partition, offset: offset, maxBytes: 100)
        guard case .failure(let error) = await log.read([read])[0] else {
          Issue.record("offset \(offset) was read")
          continue
        }
        #expect(
          error
            == .offsetOutOfRange(requested: offset, logStartOffset: 0, highWatermark: 1))
      }
      let nowhere = PartitionID(999)
      guard
        case .failure(.unknownPartition(nowhere)) = await log.read([
          PartitionRead(partition: nowhere, offset: 0, maxBytes: 100)
        ])[0]
      else {
        Issue.record("an unknown partition was read")
        return
      }
    }
  }

  @Test("limits count whole batches, and the first comes whole", arguments: Backend.allCases)
  func limits(_ backend: Backend) async throws {
    try await backend.run { log in
      let partitions = try await log.makeTopic("limits", partitions: 2)
      let text = String(repeating: "x", count: 1_000)
      for partition in partitions {
        for _ in 0..<3 { try await log.write(try batch(text), to: partition) }
      }
      let size = try await log.sizes([partitions[0]]).get()[partitions[0]]! / 3

      func counts(_ first: Int, _ second: Int, maxBytes: Int) async throws -> [Int] {
        try await log.read(
          [
            PartitionRead(partition: partitions[0], offset: 0, maxBytes: first),
            PartitionRead(partition: partitions[1], offset: 0, maxBytes: second),
          ], maxBytes: maxBytes
        ).map { try $0.get().batches.count }
      }
      let one = Int(size)
      #expect(try await counts(1, 1, maxBytes: 1) == [1, 0])
      #expect(try await counts(one, one, maxBytes: 10 * one) == [1, 1])
      #expect(try await counts(2 * one + 1, 10 * one, maxBytes: 4 * one) == [2, 2])
      #expect(try await counts(2 * one - 1, 10 * one, maxBytes: 2 * one - 1) == [1, 0])
      #expect(try await counts(10 * one, 10 * one, maxBytes: 10 * one) == [3, 3])
    }
  }

  @Test("a catch-up cursor sees every record once", arguments: Backend.allCases)
  func catchUp(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("cursor")[0]
      for index in 0..<40 {
        let records = (0..<(index % 7 + 1)).map { TestRecord(value: "\(index)-\($0)") }
        try await log.write(try producedBatch(records), to: partition, .committed)
      }
      let end = try await log.write(try batch("last"), to: partition).baseOffset + 1
      var offset = Offset.zero
      while offset < end {
        let records = try await log.records(partition, from: offset, maxBytes: 700)
        #expect(records.map(\.offset) == Array(offset.value..<offset.value + Int64(records.count)))
        try #require(!records.isEmpty)
        offset = offset + Int64(records.count)
      }
    }
  }

  @Test("results are per batch, in order", arguments: Backend.allCases)
  func results(_ backend: Backend) async throws {
    try await backend.run { log in
      let partitions = try await log.makeTopic("several", partitions: 2)
      let nowhere = PartitionID(500)
      let outcomes = await log.append([
        PartitionAppend(partition: partitions[1], batch: try batch("a")),
        PartitionAppend(partition: nowhere, batch: try batch("b")),
        PartitionAppend(partition: partitions[1], batch: try batch("c", "d")),
        PartitionAppend(partition: partitions[0], batch: try batch("e")),
      ])
      #expect(outcomes.map { try? $0.get().baseOffset } == [0, nil, 1, 0])
      #expect(outcomes[1] == .failure(.unknownPartition(nowhere)))
      #expect(try await log.values(partitions[1]) == ["a", "c", "d"])
    }
  }

  @Test("an advance is observed with its partitions", arguments: Backend.allCases)
  func observer(_ backend: Backend) async throws {
    try await backend.run { log in
      let seen = Recorder<[PartitionID]>()
      log.observeAdvances { seen.append($0) }
      let partitions = try await log.makeTopic("watched", partitions: 3)
      try await log.write(try batch("a"), to: partitions[1])
      let topic = try #require(log.catalog()["watched"])
      _ = await log.delete([topic.id])
      // The observer is called after the completion; another write comes after both.
      _ = try await log.makeTopic("other")
      #expect(seen.values == [[partitions[1]], partitions])
    }
  }
}
