import ActaModel
import BatchCodec
import LogStorage
import LogTestSupport
import ModelLiterals
import Testing

/// What a log makes of transactions (KafkaWire/PROTOCOL.md §15).
@Suite("Transactions in the log") struct TransactionTests {
  private func stable(_ log: any LogStorage, _ partition: PartitionID) -> Int64? {
    log.bounds(of: partition)?.lastStableOffset.value
  }

  private func aborted(
    _ log: any LogStorage, _ partition: PartitionID, from offset: Offset, maxBytes: Int = 1 << 20
  ) async throws -> [String] {
    let read = PartitionRead(
      partition: partition, offset: offset, maxBytes: maxBytes, isolation: .readCommitted)
    return try await log.read([read])[0].get().aborted.map { "\($0.producerID)@\($0.firstOffset)" }
  }

  @Test("readers of committed records wait for an open transaction", arguments: Backend.allCases)
  func commit(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("t")[0]
      var producer = TestTransactor(id: 7)
      try await log.write(try batch("before"), to: partition)
      #expect(stable(log, partition) == 1)
      try await log.write("a", "b", by: &producer, to: partition)
      try await log.write(try batch("after"), to: partition)
      #expect(stable(log, partition) == 1)
      #expect(log.bounds(of: partition)?.highWatermark == 4)
      #expect(try await log.committedValues(partition) == ["before"])
      #expect(try await log.values(partition) == ["before", "a", "b", "after"])
      try await log.end(producer.claim, isCommit: true, [partition])
      #expect(
        log.bounds(of: partition)
          == LogBounds(logStartOffset: 0, highWatermark: 5, logEndOffset: 5, lastStableOffset: 5))
      #expect(try await log.committedValues(partition) == ["before", "a", "b", "after"])
      #expect(try await aborted(log, partition, from: 0) == [])
    }
  }

  @Test("what was aborted is given and named, and only to who asks", arguments: Backend.allCases)
  func abort(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("t")[0]
      var producer = TestTransactor(id: 7)
      try await log.write("a", by: &producer, to: partition)
      try await log.write(try batch("b"), to: partition)
      try await log.end(producer.claim, isCommit: false, [partition])
      try await log.write("c", by: &producer, to: partition)
      try await log.end(producer.claim, isCommit: true, [partition])
      #expect(stable(log, partition) == 5)
      #expect(try await log.committedValues(partition) == ["b", "c"])
      #expect(try await aborted(log, partition, from: 0) == ["7@0"])
      // From its marker on, and just behind.
      #expect(try await aborted(log, partition, from: 2) == ["7@0"])
      #expect(try await aborted(log, partition, from: 3) == [])
      let all = PartitionRead(partition: partition, offset: 0, maxBytes: 1 << 20)
      #expect(try await log.read([all])[0].get().aborted == [])
    }
  }

  @Test("a marker is a control batch of its producer", arguments: Backend.allCases)
  func marker(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("t")[0]
      var producer = TestTransactor(id: 7, epoch: 3)
      try await log.write("a", by: &producer, to: partition)
      producer.raiseEpoch()
      try await log.end(producer.claim, isCommit: false, [partition])
      let read = PartitionRead(partition: partition, offset: 1, maxBytes: 1 << 20)
      let bytes = try #require(try await log.read([read])[0].get().batches.first).contiguous
      let header = try #require(BatchHeader(parsing: bytes))
      #expect(header.attributes == [.transactional, .control])
      #expect((header.producerID, header.producerEpoch, header.baseSequence) == (7, 4, -1))
      #expect((header.recordCount, header.baseOffset) == (1, 1))
      let record = try #require(try DecodedRecord.decode(batch: bytes).first)
      #expect(record.key == [0, 0, 0, 0])
      #expect(record.value == [0, 0, 0, 0, 0, 0])
    }
  }

  @Test("one read goes on behind markers", arguments: Backend.allCases)
  func behindMarkers(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("t")[0]
      var producer = TestTransactor(id: 7)
      for value in ["a", "b", "c"] {
        try await log.write(value, by: &producer, to: partition)
        try await log.end(producer.claim, isCommit: true, [partition])
      }
      let read = PartitionRead(partition: partition, offset: 0, maxBytes: 1 << 20)
      let batches = try await log.read([read])[0].get().batches
      #expect(
        batches.compactMap { BatchHeader(parsing: $0.contiguous)?.baseOffset } == Array(0..<6))
    }
  }

  @Test("each partition that still exists gets a marker", arguments: Backend.allCases)
  func partitions(_ backend: Backend) async throws {
    try await backend.run { log in
      let partitions = try await log.makeTopic("t", partitions: 3)
      let gone = try await log.makeTopic("gone")[0]
      var producer = TestTransactor(id: 7)
      for partition in [partitions[0], partitions[1], gone] {
        try await log.write("x", by: &producer, to: partition)
      }
      _ = await log.delete([try #require(log.catalog()["gone"]).id])
      // Of the third nothing was ever written.
      try await log.end(producer.claim, isCommit: true, partitions + [gone])
      #expect(partitions.map { stable(log, $0) } == [2, 2, 1])
      #expect(try await log.committedValues(partitions[1]) == ["x"])
    }
  }

  @Test("the first of several open transactions holds up", arguments: Backend.allCases)
  func interleaved(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("t")[0]
      var (first, second) = (TestTransactor(id: 1), TestTransactor(id: 2))
      try await log.write("a", by: &first, to: partition)
      try await log.write("b", by: &second, to: partition)
      try await log.write("c", by: &first, to: partition)
      try await log.end(second.claim, isCommit: false, [partition])
      #expect(stable(log, partition) == 0)
      try await log.write("d", by: &second, to: partition)
      try await log.end(first.claim, isCommit: false, [partition])
      #expect(stable(log, partition) == 4)
      #expect(try await aborted(log, partition, from: 0) == ["1@0", "2@1"])
      #expect(try await aborted(log, partition, from: 0, maxBytes: 1) == ["1@0"])
      #expect(try await aborted(log, partition, from: 1, maxBytes: 1) == ["1@0", "2@1"])
      // Behind the marker of the second.
      #expect(try await aborted(log, partition, from: 4) == [])
      try await log.end(second.claim, isCommit: true, [partition])
      #expect(stable(log, partition) == 7)
      #expect(try await log.committedValues(partition) == ["d"])
    }
  }

  @Test("a batch of no transaction is refused while one is open", arguments: Backend.allCases)
  func mixed(_ backend: Backend) async throws {
    try await backend.run { log in
      let partitions = try await log.makeTopic("t", partitions: 2)
      var producer = TestTransactor(id: 7)
      try await log.write("a", by: &producer, to: partitions[0])
      let plain = try producer.batch(["b"], for: partitions[0], isTransactional: false)
      let append = PartitionAppend(partition: partitions[0], batch: plain)
      #expect(await log.append([append]) == [.failure(.transactionRefused(.invalidTxnState))])
      // Elsewhere, and afterwards, it is taken.
      try await log.write(
        try producer.batch(["c"], for: partitions[1], isTransactional: false), to: partitions[1])
      try await log.end(producer.claim, isCommit: true, [partitions[0]])
      try await log.write(plain, to: partitions[0])
      #expect(try await log.values(partitions[0], from: 2) == ["b"])
    }
  }

  // MARK: What else is asked

  @Test("a look-up by time ends where its reader does", arguments: Backend.allCases)
  func lookUp(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("t")[0]
      try await log.write(try batch("a", at: 1_000), to: partition)
      var producer = TestTransactor(id: 7)
      try await log.write("b", by: &producer, to: partition)
      func find(_ isolation: IsolationLevel) async throws -> Int64? {
        try await log.find(.atOrAfter(1_001), partition, isolation: isolation).get()?.offset.value
      }
      #expect(try await find(.readUncommitted) == 1)
      #expect(try await find(.readCommitted) == nil)
      try await log.end(producer.claim, isCommit: true, [partition])
      #expect(try await find(.readCommitted) == 1)
      // Markers are no records.
      #expect(try await log.find(.maximum, partition).get()?.offset == 1)
    }
  }

  @Test("who watches hears of a stable offset that moves", arguments: Backend.allCases)
  func advances(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("t")[0]
      let seen = Recorder<Int64>()
      log.observeAdvances { partitions in
        if partitions.contains(partition), let bounds = log.bounds(of: partition) {
          seen.append(bounds.lastStableOffset.value)
        }
      }
      var producer = TestTransactor(id: 7)
      try await log.write("a", by: &producer, to: partition)
      try await log.write(try batch("b"), to: partition)
      try await log.end(producer.claim, isCommit: true, [partition])
      // The last advance is told after the answer that waits for it.
      try await log.write(try batch("c"), to: partition)
      #expect(seen.values.prefix(3) == [0, 0, 3])
    }
  }

  @Test("what is deleted below an open transaction holds nobody up", arguments: Backend.allCases)
  func trims(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("t")[0]
      var (open, over) = (TestTransactor(id: 1), TestTransactor(id: 2))
      try await log.write("a", by: &over, to: partition)
      try await log.write("b", "c", by: &open, to: partition)
      try await log.end(over.claim, isCommit: false, [partition])
      try await log.write(try batch("d", "e"), to: partition)
      #expect(stable(log, partition) == 1)
      let trimmed = await log.trim([RecordDeletion(partition: partition, beforeOffset: 5)])
      #expect(trimmed == [.success(5)])
      try await log.write(try batch("f"), to: partition)
      #expect(
        log.bounds(of: partition)
          == LogBounds(logStartOffset: 5, highWatermark: 7, logEndOffset: 7, lastStableOffset: 5))
      try await log.end(open.claim, isCommit: false, [partition])
      #expect(stable(log, partition) == 8)
      #expect(try await log.committedValues(partition, from: 5) == ["e", "f"])
      #expect(try await aborted(log, partition, from: 5) == ["1@1"])
      #expect(try await log.sizes([partition]).get()[partition] ?? 0 > 0)
      _ = await log.trim([RecordDeletion(partition: partition, beforeOffset: nil)])
      #expect(try await log.sizes([partition]).get() == [partition: 0])
    }
  }

  @Test(
    "compaction leaves alone what is open, and takes what was aborted", arguments: Backend.allCases)
  func compaction(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("t")[0]
      func write(_ value: String, _ producer: TestProducer) async throws {
        let record = TestRecord(timestamp: 1_700_000_000_000, key: "k", value: value)
        try await log.write(try producedBatch([record], producer: producer), to: partition)
      }
      func producer(_ id: Int64, _ sequence: Int32) -> TestProducer {
        TestProducer(id: id, epoch: 0, sequence: sequence, isTransactional: true)
      }
      func compact() async throws -> [String] {
        _ = try await log.compact(.eager(), partition, at: 1_700_000_000_010).get()
        return try await log.values(partition).filter { $0.count == 1 }
      }
      try await write("1", TestProducer())
      try await write("2", producer(7, 0))
      try await write("3", TestProducer())
      #expect(try await compact() == ["1", "2", "3"])
      // An aborted record supersedes none.
      try await log.end(
        ProducerClaim(id: ProducerID(7), epoch: 0), isCommit: false, [partition])
      try await write("4", producer(7, 1))
      #expect(try await compact() == ["3", "4"])
      #expect(try await log.committedValues(partition) == ["3"])
      try await log.end(
        ProducerClaim(id: ProducerID(7), epoch: 0), isCommit: true, [partition])
      #expect(try await compact() == ["4"])
      #expect(try await log.committedValues(partition) == ["4"])
    }
  }
}
