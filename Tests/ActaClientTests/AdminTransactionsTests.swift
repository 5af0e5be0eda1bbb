import ActaClient
import ActaNode
import Testing

@Suite("Administrator: transactions") struct AdminTransactionsTests {
  private let node: AdministeredNode
  private var admin: Admin { node.admin }
  private let partition = TopicPartition("a", 0)

  init() throws { node = try AdministeredNode() }

  /// A producer with an open transaction, which has one record.
  private func open(_ id: String) async throws -> Producer<String, String> {
    let producer = try node.broker.producer {
      $0.transactionalID = id
      $0.transactionTimeoutMilliseconds = 50_000
    }
    try await producer.initTransactions()
    try await producer.beginTransaction()
    _ = try await producer.send(ProducerRecord(topic: "a", partition: 0, key: nil, value: id))
    return producer
  }

  @Test("transactions are listed by state, producer, time and pattern")
  func listing() async throws {
    #expect(try await admin.listTransactions().isEmpty)
    let working = try await open("working")
    let done = try await open("done")
    try await done.commitTransaction()
    let listed = try await admin.listTransactions()
    let broker = try #require(try await admin.describeCluster().nodes.first?.id)
    #expect(listed.map(\.transactionalID) == ["done", "working"])
    #expect(listed.map(\.state) == [.completeCommit, .ongoing])
    #expect(listed.map(\.coordinator) == [broker, broker])
    func ids(_ listings: [TransactionListing]) -> [String] { listings.map(\.transactionalID) }
    #expect(ids(try await admin.listTransactions(states: [.ongoing])) == ["working"])
    #expect(ids(try await admin.listTransactions(states: [.prepareAbort])) == [])
    #expect(ids(try await admin.listTransactions(producerIDs: [listed[0].producerID])) == ["done"])
    #expect(ids(try await admin.listTransactions(longerThanMilliseconds: 100_000)) == [])
    #expect(ids(try await admin.listTransactions(matching: "w.*")) == ["working"])
    let bad = await #expect(throws: KafkaError.self) {
      try await admin.listTransactions(matching: "(")
    }
    #expect(bad?.code == 128)
    await working.close()
    await done.close()
    try await node.close()
  }

  @Test("a transaction is described by its id, its producer by the partition")
  func describing() async throws {
    let producer = try await open("working")
    let described = try await admin.describeTransactions(["working", "nobody"])
    let transaction = try #require(try described["working"]?.get())
    #expect(transaction.state == .ongoing)
    #expect(transaction.timeoutMilliseconds == 50_000)
    #expect(transaction.startTime != nil)
    #expect(transaction.partitions == [partition])
    #expect(described["nobody"]?.failure?.code == 105)
    let missing = TopicPartition("nowhere", 0)
    let states = try await admin.describeProducers([partition, missing])
    let state = try #require(try states[partition]?.get().first)
    #expect(state.producerID == transaction.producerID)
    #expect(state.lastSequence == 0)
    #expect(state.currentTransactionStartOffset == 0)
    #expect(states[missing]?.failure?.code == 3)
    try await producer.commitTransaction()
    let broker = transaction.coordinator
    let after = try await admin.describeProducers([partition], on: broker)
    #expect(try after[partition]?.get().first?.currentTransactionStartOffset == nil)
    #expect(try await admin.describeTransactions(["working"])["working"]?.get().startTime == nil)
    let nobody = try await admin.describeProducers([partition], on: broker + 1)
    #expect(nobody[partition]?.failure?.broker == broker + 1)
    #expect(try await admin.describeTransactions([]).isEmpty)
    #expect(try await admin.describeProducers([]).isEmpty)
    await producer.close()
    try await node.close()
  }

  @Test("what a producer has open in a partition is aborted, with its own epoch only")
  func aborting() async throws {
    let producer = try await open("working")
    let state = try #require(
      try await admin.describeProducers([partition])[partition]?.get().first)
    var spec = AbortTransactionSpec(
      partition, producerID: state.producerID, producerEpoch: Int16(state.producerEpoch) - 1,
      coordinatorEpoch: 0)
    if state.producerEpoch == 0 { spec.producerID += 1_000 }
    let other = spec
    await #expect(throws: KafkaError.self) { try await admin.abortTransaction(other) }
    spec.producerID = state.producerID
    spec.producerEpoch = Int16(state.producerEpoch)
    try await admin.abortTransaction(spec)
    let after = try await admin.describeProducers([partition])[partition]?.get().first
    #expect(after?.currentTransactionStartOffset == nil)
    let stable = try await admin.listOffsets([partition: .latest], isolationLevel: .readCommitted)
    #expect(try stable[partition]?.get()?.offset == 2)
    spec.partition = TopicPartition("nowhere", 0)
    let nowhere = spec
    let missing = await #expect(throws: KafkaError.self) {
      try await admin.abortTransaction(nowhere)
    }
    #expect(missing?.code == 3)
    await producer.close()
    try await node.close()
  }

  @Test("a producer whose id was fenced is of no further use, and what it had open is aborted")
  func fencing() async throws {
    let producer = try await open("working")
    try await admin.fenceProducers(["working"])["working"]?.get()
    let states = try await admin.describeProducers([partition])[partition]?.get()
    #expect(states?.allSatisfy { $0.currentTransactionStartOffset == nil } == true)
    let fenced = await #expect(throws: KafkaError.self) { try await producer.commitTransaction() }
    #expect(fenced?.isFatal == true)
    #expect(try await admin.fenceProducers([""])[""]?.failure?.code == 42)
    #expect(try await admin.fenceProducers([]).isEmpty)
    await producer.close()
    try await node.close()
  }
}
