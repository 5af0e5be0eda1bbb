import ActaModel
import BatchCodec
import LogStorage
import LogTestSupport
import ModelLiterals
import Testing

/// Sequences and epochs where transactions end (KafkaWire/PROTOCOL.md §15).
@Suite("Producers of transactions") struct TransactionProducerTests {
  private func stable(_ log: any LogStorage, _ partition: PartitionID) -> Int64? {
    log.bounds(of: partition)?.lastStableOffset.value
  }

  @Test("a marker of the same epoch keeps sequences", arguments: Backend.allCases)
  func sameEpoch(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("t")[0]
      var producer = TestTransactor(id: 7)
      let sent = try producer.batch(["a", "b"], for: partition)
      try await log.write(sent, to: partition)
      try await log.end(producer.claim, isCommit: true, [partition])
      #expect(try await log.write(sent, to: partition).isDuplicate)
      #expect(stable(log, partition) == 3)
      let again = try producedBatch(
        [TestRecord()], producer: TestProducer(id: 7, epoch: 0, sequence: 0, isTransactional: true))
      #expect(
        await log.append([PartitionAppend(partition: partition, batch: again)])
          == [.failure(.sequenceOutOfOrder(expected: 2, found: 0))])
      try await log.write("c", by: &producer, to: partition)
      #expect(stable(log, partition) == 3)
    }
  }

  @Test("a marker that raises the epoch begins sequences anew", arguments: Backend.allCases)
  func raisedEpoch(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("t")[0]
      var producer = TestTransactor(id: 7)
      try await log.write("a", by: &producer, to: partition)
      var late = producer
      producer.raiseEpoch()
      try await log.end(producer.claim, isCommit: true, [partition])
      let zombie = PartitionAppend(
        partition: partition, batch: try late.batch(["late"], for: partition))
      #expect(await log.append([zombie]) == [.failure(.staleProducerEpoch(known: 1))])
      let ahead = try producedBatch(
        [TestRecord()], producer: TestProducer(id: 7, epoch: 1, sequence: 1, isTransactional: true))
      #expect(
        await log.append([PartitionAppend(partition: partition, batch: ahead)])
          == [.failure(.sequenceOutOfOrder(expected: 0, found: 1))])
      try await log.write("b", by: &producer, to: partition)
      #expect(try await log.values(partition).filter { $0.count == 1 } == ["a", "b"])
    }
  }

  @Test("who joins by writing begins at sequence 0", arguments: Backend.allCases)
  func joining(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("t")[0]
      func append(_ sequence: Int32, joins: Bool) async throws -> Result<Offset, StorageError> {
        let producer = TestProducer(id: 7, epoch: 0, sequence: sequence, isTransactional: true)
        let claim = TransactionalClaim(transactionalID: "tx", joins: joins)
        let append = PartitionAppend(
          partition: partition, batch: try producedBatch([TestRecord()], producer: producer),
          transaction: claim)
        return await log.append([append])[0].map(\.baseOffset)
      }
      #expect(
        try await append(4, joins: true) == .failure(.sequenceOutOfOrder(expected: 0, found: 4)))
      #expect(try await append(0, joins: true) == .success(0))
      #expect(try await append(1, joins: true) == .success(1))
      // The first generation may begin anywhere.
      let other = try await log.makeTopic("u")[0]
      let producer = TestProducer(id: 8, epoch: 0, sequence: 4, isTransactional: true)
      try await log.write(try producedBatch([TestRecord()], producer: producer), to: other)
    }
  }

  @Test("a partition tells what its producers have open", arguments: Backend.allCases)
  func producers(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("t")[0]
      try await log.write(try batch("before"), to: partition)
      var (first, second) = (TestTransactor(id: 1), TestTransactor(id: 2))
      try await log.write("a", by: &first, to: partition)
      try await log.write("b", by: &second, to: partition)
      second.raiseEpoch()
      try await log.end(second.claim, isCommit: false, [partition])
      let producers = try await log.producers(partition).get()
      #expect(producers.map(\.openSince) == [1, nil])
      #expect(producers.map(\.coordinatorEpoch) == [nil, 0])
      #expect(producers.map(\.epoch) == [0, 1])
      #expect(producers.map(\.lastSequence) == [0, nil])
    }
  }

  @Test(
    "an administrator ends what hangs, with epochs that are not stale", arguments: Backend.allCases)
  func admin(_ backend: Backend) async throws {
    try await backend.run { log in
      let partition = try await log.makeTopic("t")[0]
      var producer = TestTransactor(id: 7, epoch: 5)
      try await log.write("a", by: &producer, to: partition)
      func mark(_ epoch: Int16, _ coordinator: Int32, _ partition: PartitionID) async throws
        -> Result<Offset, StorageError>
      {
        try await log.turn {
          try $0.appendMarker(
            ProducerClaim(id: ProducerID(7), epoch: epoch), isCommit: false,
            coordinatorEpoch: coordinator, to: partition
          ).map(\.baseOffset)
        }
      }
      let nowhere = PartitionID(99)
      #expect(try await mark(5, 0, nowhere) == .failure(.unknownPartition(nowhere)))
      #expect(try await mark(4, 0, partition) == .failure(.staleProducerEpoch(known: 5)))
      #expect(stable(log, partition) == 0)
      #expect(try await mark(5, 3, partition) == .success(1))
      #expect(stable(log, partition) == 2)
      #expect(try await log.committedValues(partition) == [])
      #expect(
        try await mark(5, 2, partition)
          == .failure(.transactionRefused(.transactionCoordinatorFenced)))
      // With nothing open one more changes nothing.
      #expect(try await mark(5, 3, partition) == .success(2))
      #expect(try await log.committedValues(partition) == [])
    }
  }

  @Test("a producer is not forgotten while its transaction is open", arguments: Backend.allCases)
  func expiry(_ backend: Backend) async throws {
    let clock = TestClock()
    let place = try Backend.Place(backend, now: { clock.now })
    let log = try place.open()
    let partition = try await log.makeTopic("t")[0]
    var (open, over) = (TestTransactor(id: 1), TestTransactor(id: 2))
    try await log.write("a", by: &open, to: partition)
    try await log.write("b", by: &over, to: partition)
    try await log.end(over.claim, isCommit: true, [partition])
    clock.advance(by: 86_400_001)
    func append(_ id: Int64) async throws -> StorageError? {
      let batch = try producedBatch(
        [TestRecord()], producer: TestProducer(id: id, epoch: 0, sequence: 9, isTransactional: true)
      )
      let result = await log.append([PartitionAppend(partition: partition, batch: batch)])[0]
      if case .failure(let error) = result { return error }
      return nil
    }
    #expect(try await append(1) == .sequenceOutOfOrder(expected: 1, found: 9))
    #expect(try await append(2) == nil)
    log.close()
  }
}
