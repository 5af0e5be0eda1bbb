import ActaModel
import BatchCodec
import LogStorage
import LogTestSupport
import ModelLiterals
import Testing

/// What a coordinator of transactions is given by the log: the gate, its rows, positions that are held.
@Suite("Transactions for their coordinator") struct TransactionCoordinationTests {
  private static func row(_ id: String, epoch: Int16 = 0) -> TransactionRow {
    TransactionRow(
      transactionalID: id, producer: ProducerClaim(id: ProducerID(7), epoch: epoch),
      previousProducerID: ProducerID(3), lastEpoch: 2, timeoutMilliseconds: 60_000,
      state: .ongoing, partitions: [PartitionID(4), PartitionID(11)],
      groups: [ExactText("g"), ExactText("e\u{301}\"")], startedAt: 5, updatedAt: 9)
  }

  @Test("rows of transactional ids are what a restart finds", arguments: Backend.allCases)
  func rows(_ backend: Backend) async throws {
    let place = try Backend.Place(backend)
    var log = try place.open()
    var plain = Self.row("b")
    plain.previousProducerID = nil
    plain.lastEpoch = nil
    plain.startedAt = nil
    plain.state = .completeAbort
    plain.partitions = []
    plain.groups = []
    try await log.turn { [plain] in
      try $0.write(Self.row("a"))
      try $0.write(plain)
      try $0.write(Self.row("gone"))
    }
    try await log.turn {
      try $0.write(Self.row("a", epoch: 1))
      try $0.write(Self.row("a", epoch: 2))
      try $0.removeTransaction("gone")
      try $0.write(Self.row("never"))
      try $0.removeTransaction("never")
    }
    if place.isLasting {
      log.close()
      log = try place.open()
    }
    let resident = TestResident()
    try log.attach(resident)
    #expect(
      resident.transactions.sorted { $0.transactionalID < $1.transactionalID }
        == [Self.row("a", epoch: 2), plain])
    log.close()
  }

  @Test("what is open, and what was aborted, is what a restart finds", arguments: Backend.allCases)
  func restart(_ backend: Backend) async throws {
    let place = try Backend.Place(backend)
    guard place.isLasting else { return }
    var log = try place.open()
    let partition = try await log.makeTopic("t")[0]
    var (first, second) = (TestTransactor(id: 1), TestTransactor(id: 2))
    try await log.write("a", by: &first, to: partition)
    try await log.end(first.claim, isCommit: false, [partition])
    try await log.write("b", by: &second, to: partition)
    try await log.write(try batch("c"), to: partition)
    log.close()
    log = try place.open()
    #expect(
      log.bounds(of: partition)
        == LogBounds(logStartOffset: 0, highWatermark: 4, logEndOffset: 4, lastStableOffset: 2))
    #expect(try await log.committedValues(partition) == [])
    let plain = try second.batch(["d"], for: partition, isTransactional: false)
    #expect(
      await log.append([PartitionAppend(partition: partition, batch: plain)])
        == [.failure(.transactionRefused(.invalidTxnState))])
    try await log.end(second.claim, isCommit: true, [partition])
    #expect(try await log.committedValues(partition) == ["b", "c"])
    log.close()
  }

  // MARK: The gate

  @Test("the gate is asked for batches of transactions and no others", arguments: Backend.allCases)
  func gate(_ backend: Backend) async throws {
    try await backend.run { log in
      let gate = TestGate()
      try log.attach(gate)
      let partition = try await log.makeTopic("t")[0]
      var producer = TestTransactor(id: 7)
      try await log.write(try batch("plain"), to: partition)
      try await log.write(
        try producedBatch([TestRecord()], producer: TestProducer(id: 3, epoch: 0, sequence: 0)),
        to: partition)
      #expect(gate.questions.isEmpty)
      let claim = TransactionalClaim(transactionalID: "tx", joins: true)
      let append = PartitionAppend(
        partition: partition, batch: try producer.batch(["a"], for: partition), transaction: claim)
      let question = TestGate.Question(
        producer: producer.claim, claim: claim, partition: partition)
      gate.answer(.concurrentTransactions)
      #expect(
        await log.append([append]) == [.failure(.transactionRefused(.concurrentTransactions))])
      gate.answer(nil)
      #expect(try await log.append([append])[0].get().baseOffset == 2)
      #expect(gate.questions == [question, question])
      // What was written before need not be asked again.
      #expect(try await log.append([append])[0].get().isDuplicate)
      #expect(gate.questions.count == 2)
      // Nor is there a claim where a resident appends.
      try await log.write("b", by: &producer, to: partition)
      #expect(gate.questions.last?.claim == nil)
    }
  }

  @Test("what the gate decides is written with the batch", arguments: Backend.allCases)
  func gateRows(_ backend: Backend) async throws {
    try await backend.run { log in
      let gate = TestGate()
      try log.attach(gate)
      let partition = try await log.makeTopic("t")[0]
      var producer = TestTransactor(id: 7)
      gate.answer(nil, writing: Self.row("tx"))
      try await log.write("a", by: &producer, to: partition)
      let resident = TestResident()
      try log.attach(resident)
      #expect(resident.transactions == [Self.row("tx")])
    }
  }

  @Test("after a rollback nothing is open that was begun in vain")
  func rollback() async throws {
    let place = try Backend.Place(.scripted)
    let log = try place.open()
    let gate = TestGate()
    try log.attach(gate)
    let partition = try await log.makeTopic("t")[0]
    var producer = TestTransactor(id: 7)
    try await log.write("a", by: &producer, to: partition)
    let sent = PartitionAppend(
      partition: partition, batch: try producer.batch(["b"], for: partition))
    place.store.fail(.commit, with: .busy("for a test"))
    let end = TransactionEnd(
      transactionalID: "tx", marker: producer.claim, isCommit: false, partitions: [partition],
      groups: [])
    await #expect(throws: StorageError.self) { try await log.turn { try $0.end(end) } }
    #expect(log.bounds(of: partition)?.lastStableOffset == 0)
    #expect(gate.reasons == [.start, .rollback])
    _ = try await log.append([sent])[0].get()
    try await log.end(producer.claim, isCommit: true, [partition])
    #expect(try await log.committedValues(partition) == ["a", "b"])
    log.close()
  }

  @Test("at the log's tail nobody asks the tables what was aborted")
  func memory() async throws {
    let place = try Backend.Place(.scripted)
    let log = try place.open()
    let partition = try await log.makeTopic("t")[0]
    var producer = TestTransactor(id: 7)
    try await log.write("a", by: &producer, to: partition)
    try await log.end(producer.claim, isCommit: false, [partition])
    let read = PartitionRead(
      partition: partition, offset: 0, maxBytes: 1 << 20, isolation: .readCommitted)
    #expect(try await log.read([read])[0].get().aborted.map(\.firstOffset) == [0])
    #expect(!place.store.calls.contains("read"))
    log.close()
  }

  @Test("of a request that fails by itself the transaction that it began is taken back")
  func alone() async throws {
    let place = try Backend.Place(.scripted)
    let log = try place.open()
    let partitions = try await log.makeTopic("t", partitions: 2)
    var producer = TestTransactor(id: 7)
    let appends = try partitions.map {
      PartitionAppend(partition: $0, batch: try producer.batch(["a"], for: $0))
    }
    // The group fails, then the first batch alone.
    place.store.fail(.range, with: .refused("for a test"), .refused("for a test"))
    let results = await log.append(appends)
    #expect(results.map { (try? $0.get()) != nil } == [false, true])
    #expect(partitions.map { log.bounds(of: $0)?.logEndOffset } == [0, 1])
    try await log.write(try batch("x"), to: partitions[0])
    #expect(partitions.map { log.bounds(of: $0)?.lastStableOffset } == [1, 0])
    log.close()
  }
}
