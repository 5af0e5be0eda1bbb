import ActaClient
import ActaModel
import KafkaWire
import Testing

@Suite("Administrator: replicas, features, and what goes") struct AdminReplicasTests {
  private let node: AdministeredNode
  private var admin: Admin { node.admin }
  private let partition = TopicPartition("a", 0)
  private let missing = TopicPartition("nowhere", 0)

  init() throws { node = try AdministeredNode(["node.id": "7"]) }

  @Test("the one replica there is leads, and is not moved")
  func replicas() async throws {
    try await node.create(NewTopic("a"))
    let elected = try await admin.electLeaders(.preferred, of: [partition, missing])
    #expect(elected[partition]?.failure?.code == 84)
    #expect(elected[missing]?.failure?.code == 3)
    #expect(try await admin.electLeaders(.unclean).isEmpty)
    #expect(try await admin.electLeaders(.unclean, of: []).isEmpty)
    #expect(try await admin.listPartitionReassignments().isEmpty)
    #expect(try await admin.listPartitionReassignments([partition]).isEmpty)
    let moved = try await admin.alterPartitionReassignments(
      [partition: [99], missing: nil], allowReplicationFactorChange: false)
    #expect(moved[partition]?.failure?.code == 39)
    #expect(moved[missing]?.failure?.code == 3)
    try await node.close()
  }

  @Test("levels of features that there are may be asked for, others not")
  func features() async throws {
    let level = try #require(
      try await admin.describeFeatures().finalized["transaction.version"]?.upperBound)
    let same = ["transaction.version": FeatureUpdate(level)]
    try await admin.updateFeatures(same)["transaction.version"]?.get()
    try await admin.updateFeatures(same, validateOnly: true)["transaction.version"]?.get()
    let refused = await #expect(throws: KafkaError.self) {
      try await admin.updateFeatures([
        "transaction.version": FeatureUpdate(level + 9, .unsafeDowngrade)
      ])
    }
    #expect(refused?.code == 95)
    try await node.close()
  }

  @Test("a broker that works is not taken off the list, and one that is not there cannot be")
  func unregistering() async throws {
    let working = await #expect(throws: KafkaError.self) { try await admin.unregisterBroker(7) }
    #expect(working?.code == 42)
    let unknown = await #expect(throws: KafkaError.self) { try await admin.unregisterBroker(9) }
    #expect(unknown?.exception == "org.apache.kafka.common.errors.BrokerIdNotRegisteredException")
    try await node.close()
  }

  @Test("the active controller is not taken off the list, and one that is not there cannot be")
  func unregisteringControllers() async throws {
    let active = await #expect(throws: KafkaError.self) { try await admin.unregisterController(7) }
    #expect(active?.code == 42)
    let unknown = await #expect(throws: KafkaError.self) { try await admin.unregisterController(9) }
    #expect(
      unknown?.exception == "org.apache.kafka.common.errors.ControllerIdNotRegisteredException")
    try await node.close()
  }

  @Test("topics are deleted by id")
  func topicsByID() async throws {
    try await node.create(NewTopic("a"))
    let id = try #require(try await admin.describeTopics(["a"])["a"]?.get().topicID)
    let nobody = "AAAAAAAAAAAAAAAAAAAABA"
    let deleted = try await admin.deleteTopics(ids: [id, nobody])
    try deleted[id]?.get()
    #expect(deleted[nobody]?.failure?.code == 100)
    #expect(deleted[nobody]?.failure?.message == "This server does not host this topic ID.")
    #expect(try await admin.listTopics().isEmpty)
    let bad = await #expect(throws: KafkaError.self) { try await admin.deleteTopics(ids: ["x"]) }
    #expect(bad?.exception == "java.lang.IllegalArgumentException")
    try await node.close()
  }

  @Test("topics are described in as many answers as it takes")
  func pages() async throws {
    try await node.create(NewTopic("a", partitions: 5))
    try await node.create(NewTopic("b", partitions: 2))
    let told = try await admin.describeTopics(["a", "b"], partitionsPerResponse: 2)
    #expect(try told["a"]?.get().partitions.map(\.partition) == [0, 1, 2, 3, 4])
    #expect(try told["a"]?.get().partitions.first?.eligibleLeaderReplicas == [])
    #expect(try told["b"]?.get().partitions.count == 2)
    try await node.close()
  }

  @Test("members are put out of a group, one by its name or all")
  func members() async throws {
    try await node.produce(to: "a", timestamps: 0..<3)
    let consumer = try node.broker.consumer {
      $0.groupID = "billing"
      $0.groupInstanceID = "one"
      $0.enableAutoCommit = false
    }
    try await consumer.subscribe(to: ["a"])
    _ = try await consumer.take(1)
    let refused = try await admin.removeMembers(
      [.instanceID("two"), .memberID("three")], from: "billing")
    #expect(refused[.instanceID("two")]?.failure?.code == 25)
    #expect(refused[.memberID("three")]?.failure?.code == 25)
    let removed = try await admin.removeMembers(from: "billing")
    #expect(removed.keys.map(\.self) == [.instanceID("one")])
    try removed[.instanceID("one")]?.get()
    let unknown = await #expect(throws: KafkaError.self) {
      try await admin.removeMembers(from: "nobody")
    }
    #expect(unknown?.message == "Group nobody not found.")
    await consumer.close()
    try await node.close()
  }

  @Test("a transaction is ended whoever has begun it")
  func terminating() async throws {
    let producer = try node.broker.producer { $0.transactionalID = "working" }
    try await producer.initTransactions()
    try await producer.beginTransaction()
    _ = try await producer.send(ProducerRecord(topic: "a", partition: 0, key: nil, value: "x"))
    try await admin.forceTerminateTransaction("working")
    let ended = try await admin.describeTransactions(["working"])["working"]?.get()
    #expect(ended?.state == .empty)
    #expect(ended?.startTime == nil)
    let fenced = await #expect(throws: KafkaError.self) { try await producer.commitTransaction() }
    #expect(fenced?.isFatal == true)
    let bad = await #expect(throws: KafkaError.self) {
      try await admin.forceTerminateTransaction("")
    }
    #expect(bad?.code == 42)
    await producer.close()
    try await node.close()
  }
}
