import ActaModel
import BatchCodec
import LogStorage
import LogTestSupport
import ModelLiterals
import Testing

/// The table of KafkaWire/PROTOCOL.md §15.
extension ConformanceTests {
  private static func sequenced(
    _ sequence: Int32, count: Int = 1, epoch: Int16 = 0, id: Int64 = 9
  ) throws -> ProducedBatch {
    try producedBatch(
      (0..<count).map { TestRecord(value: "\(epoch)/\(sequence)+\($0)") },
      producer: TestProducer(id: id, epoch: epoch, sequence: sequence))
  }

  private static func write(
    _ log: any LogStorage, _ partition: PartitionID, _ sequence: Int32, count: Int = 1,
    epoch: Int16 = 0, id: Int64 = 9
  ) async throws -> Result<AppendOutcome, StorageError> {
    let batch = try sequenced(sequence, count: count, epoch: epoch, id: id)
    return await log.append([PartitionAppend(partition: partition, batch: batch)])[0]
  }

  private static func appended(
    _ offset: Offset, isDuplicate: Bool = false
  ) -> Result<AppendOutcome, StorageError> {
    .success(
      AppendOutcome(baseOffset: offset, logStartOffset: 0, isDuplicate: isDuplicate))
  }

  @Test("a retry within the window of five is a duplicate", arguments: Backend.allCases)
  func duplicates(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("retries")[0]
      for index: Int32 in 0..<6 {
        #expect(
          try await Self.write(log, partition, index * 2, count: 2)
            == Self.appended(Offset(Int64(index) * 2)))
      }
      for index: Int32 in 1..<6 {
        #expect(
          try await Self.write(log, partition, index * 2, count: 2)
            == Self.appended(Offset(Int64(index) * 2), isDuplicate: true))
      }
      // The sixth from the end has been forgotten, and so is a batch of another extent.
      #expect(
        try await Self.write(log, partition, 0, count: 2)
          == .failure(.sequenceOutOfOrder(expected: 12, found: 0)))
      #expect(
        try await Self.write(log, partition, 10, count: 1)
          == .failure(.sequenceOutOfOrder(expected: 12, found: 10)))
      #expect(try await log.records(partition).count == 12)
    }
  }

  @Test("a partition tells its producers by id", arguments: Backend.allCases)
  func producers(_ backend: Backend) async throws {
    try await backend.run { log in
      let partitions = try await log.makeTopic("many", partitions: 2)
      for id: Int64 in [11, 9, 10] {
        _ = try await Self.write(log, partitions[0], 0, count: 3, id: id)
      }
      _ = try await Self.write(log, partitions[0], 3, id: 10)
      _ = try await Self.write(log, partitions[0], 0, epoch: 4, id: 11)
      let found = try await log.producers(partitions[0]).get()
      #expect(found.map(\.id.value) == [9, 10, 11])
      #expect(found.map(\.lastSequence) == [2, 3, 0])
      #expect(found.map(\.epoch) == [0, 0, 4])
      #expect(found.allSatisfy { $0.lastTimestamp == 1_700_000_000_000 })
      #expect(try await log.producers(partitions[0], atMost: 2).get() == Array(found.prefix(2)))
      #expect(try await log.producers(partitions[1]).get().isEmpty)
      let nowhere = PartitionID(99)
      #expect(await log.producers(nowhere) == .failure(.unknownPartition(nowhere)))
    }
  }

  @Test("sequences must follow each other", arguments: Backend.allCases)
  func sequences(_ backend: Backend) async throws {
    try await backend.run { log in
      let partitions = try await log.makeTopic("sequences", partitions: 2)
      #expect(try await Self.write(log, partitions[0], 7, count: 3) == Self.appended(0))
      #expect(
        try await Self.write(log, partitions[0], 11)
          == .failure(.sequenceOutOfOrder(expected: 10, found: 11)))
      #expect(try await Self.write(log, partitions[0], 10) == Self.appended(3))
      // Each partition and each producer counts for itself.
      #expect(try await Self.write(log, partitions[1], 4) == Self.appended(0))
      #expect(try await Self.write(log, partitions[0], 0, id: 10) == Self.appended(4))
    }
  }

  @Test("after 2147483647 comes 0", arguments: Backend.allCases)
  func wraparound(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("wrap")[0]
      #expect(try await Self.write(log, partition, .max - 1, count: 2) == Self.appended(0))
      #expect(
        try await Self.write(log, partition, 1)
          == .failure(.sequenceOutOfOrder(expected: 0, found: 1)))
      #expect(try await Self.write(log, partition, 0) == Self.appended(2))
      #expect(
        try await Self.write(log, partition, .max - 1, count: 2)
          == Self.appended(0, isDuplicate: true))
      // A batch across the end.
      #expect(try await Self.write(log, partition, .max, count: 3, id: 11) == Self.appended(3))
      #expect(try await Self.write(log, partition, 2, id: 11) == Self.appended(6))
    }
  }

  @Test("epochs only rise, and a new one begins at 0", arguments: Backend.allCases)
  func epochsOfProducers(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("fencing")[0]
      #expect(try await Self.write(log, partition, 0, epoch: 3) == Self.appended(0))
      #expect(
        try await Self.write(log, partition, 1, epoch: 2)
          == .failure(.staleProducerEpoch(known: 3)))
      #expect(
        try await Self.write(log, partition, 1, epoch: 4)
          == .failure(.sequenceOutOfOrder(expected: 0, found: 1)))
      #expect(try await Self.write(log, partition, 0, epoch: 4) == Self.appended(1))
      #expect(
        try await Self.write(log, partition, 1, epoch: 3)
          == .failure(.staleProducerEpoch(known: 4)))
    }
  }

  @Test("a duplicate within one request is found", arguments: Backend.allCases)
  func duplicateInRequest(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("twice")[0]
      let append = PartitionAppend(partition: partition, batch: try Self.sequenced(0))
      let outcomes = await log.append([append, append])
      #expect(outcomes == [Self.appended(0), Self.appended(0, isDuplicate: true)])
      #expect(try await log.records(partition).count == 1)
    }
  }

  @Test("trimming the log does not forget its producers", arguments: Backend.allCases)
  func trimmedProducers(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("kept")[0]
      _ = try await Self.write(log, partition, 0)
      _ = await log.trim([RecordDeletion(partition: partition, beforeOffset: nil)])
      #expect(
        try await Self.write(log, partition, 2)
          == .failure(.sequenceOutOfOrder(expected: 1, found: 2)))
    }
  }
}
