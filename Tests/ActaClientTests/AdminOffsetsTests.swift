import ActaClient
import ActaNode
import Testing

@Suite("Administrator: offsets and records") struct AdminOffsetsTests {
  private let node: AdministeredNode
  private var admin: Admin { node.admin }
  private let partition = TopicPartition("a", 0)

  init() throws { node = try AdministeredNode() }

  private func offset(
    _ spec: OffsetSpec, _ isolation: ConsumerConfiguration.IsolationLevel = .readUncommitted
  ) async throws -> ListedOffset? {
    let listed = try await admin.listOffsets([partition: spec], isolationLevel: isolation)
    return try #require(listed[partition]).get()
  }

  @Test("offsets are found by end and by time")
  func listing() async throws {
    try await node.create(NewTopic("a"))
    #expect(try await offset(.earliest)?.offset == 0)
    #expect(try await offset(.latest)?.offset == 0)
    #expect(try await offset(.maxTimestamp) == nil)
    try await node.produce(to: "a", timestamps: [1_000, 4_000, 2_000, 3_000])
    #expect(try await offset(.earliest)?.offset == 0)
    #expect(try await offset(.latest)?.offset == 4)
    #expect(try await offset(.latest)?.timestamp == nil)
    #expect(try await offset(.latest)?.leaderEpoch != nil)
    #expect(try await offset(.maxTimestamp)?.offset == 1)
    #expect(try await offset(.maxTimestamp)?.timestamp == 4_000)
    #expect(try await offset(.timestamp(1_500))?.offset == 1)
    #expect(try await offset(.timestamp(1_500))?.timestamp == 4_000)
    #expect(try await offset(.timestamp(4_001)) == nil)
    #expect(try await offset(.earliestLocal)?.offset == 0)
    #expect(try await offset(.latestTiered) == nil)
    #expect(try await offset(.earliestPendingUpload) == nil)
    try await node.close()
  }

  @Test("a partition that is not there is told at once, beside those that are")
  func missing() async throws {
    try await node.create(NewTopic("a"))
    let listed = try await admin.listOffsets([
      partition: .latest, TopicPartition("a", 9): .latest, TopicPartition("nowhere", 0): .latest,
    ])
    #expect(try listed[partition]?.get()?.offset == 0)
    #expect(listed[TopicPartition("a", 9)]?.failure?.code == 3)
    #expect(listed[TopicPartition("a", 9)]?.failure?.partition == 9)
    #expect(listed[TopicPartition("nowhere", 0)]?.failure?.code == 3)
    #expect(try await admin.listOffsets([:]).isEmpty)
    try await node.close()
  }

  @Test("with committed records only, the end is before an open transaction")
  func isolation() async throws {
    try await node.create(NewTopic("a"))
    try await node.produce(to: "a", timestamps: [1, 2, 3])
    let producer = try node.broker.producer { $0.transactionalID = "tx" }
    try await producer.initTransactions()
    try await producer.beginTransaction()
    _ = try await producer.send(
      ProducerRecord(topic: "a", partition: 0, key: nil, value: "open"))
    #expect(try await offset(.latest)?.offset == 4)
    #expect(try await offset(.latest, .readCommitted)?.offset == 3)
    await producer.close()
    try await node.close()
  }

  @Test("records are deleted up to an offset, up to the end, and not beyond")
  func deleting() async throws {
    try await node.create(NewTopic("a"))
    try await node.create(NewTopic("compacted", configs: ["cleanup.policy": "compact"]))
    try await node.produce(to: "a", timestamps: 0..<10)
    func delete(_ records: RecordsToDelete) async throws -> Result<Int64, KafkaError>? {
      try await admin.deleteRecords([partition: records])[partition]
    }
    #expect(try await delete(.before(4))?.get() == 4)
    #expect(try await offset(.earliest)?.offset == 4)
    #expect(try await delete(.before(2))?.get() == 4)
    #expect(try await delete(.before(11))?.failure?.code == 1)
    #expect(try await delete(.before(-1))?.failure?.code == 1)
    #expect(try await delete(.all)?.get() == 10)
    #expect(try await offset(.earliest)?.offset == 10)
    let others = try await admin.deleteRecords([
      TopicPartition("compacted", 0): .all, TopicPartition("nowhere", 0): .all,
    ])
    #expect(others[TopicPartition("compacted", 0)]?.failure?.code == 44)
    #expect(others[TopicPartition("nowhere", 0)]?.failure?.code == 3)
    #expect(try await admin.deleteRecords([:]).isEmpty)
    try await node.close()
  }
}
