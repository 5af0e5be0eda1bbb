import ActaClient
import ActaNode
import Testing

@Suite("Administrator: topics") struct AdminTopicsTests {
  private let node: AdministeredNode
  private var admin: Admin { node.admin }

  init() throws {
    // Pages of two partitions.
    node = try AdministeredNode(["num.partitions": "2", "max.request.partition.size.limit": "2"])
  }

  @Test("a topic is created with what it was given, and each refusal is told by itself")
  func creating() async throws {
    let created = try await admin.createTopics([
      NewTopic("a", partitions: 3, replicationFactor: 1, configs: ["retention.ms": "1000"]),
      NewTopic("b"), NewTopic("not a name"), NewTopic("c", partitions: 0),
      NewTopic("d", replicationFactor: 3), NewTopic("e", configs: ["no.such": "1"]),
    ])
    let a = try #require(try created["a"]?.get())
    #expect(a.partitionCount == 3)
    #expect(a.replicationFactor == 1)
    #expect(a.topicID?.utf8.count == 22)
    let retention = a.configs?.first { $0.name == "retention.ms" }
    #expect(retention?.value == "1000")
    #expect(retention?.source == .dynamicTopic)
    #expect(try created["b"]?.get().partitionCount == 2)
    #expect(created["not a name"]?.failure?.code == 17)
    #expect(created["not a name"]?.failure?.topic == "not a name")
    #expect(created["c"]?.failure?.code == 37)
    #expect(created["d"]?.failure?.code == 38)
    #expect(created["e"]?.failure?.code == 40)
    #expect(created["e"]?.failure?.message == "Unknown topic config name: no.such")
    let again = try await admin.createTopics([NewTopic("a")])["a"]?.failure
    #expect(again?.code == 36)
    #expect(again?.message == "Topic 'a' already exists.")
    #expect(again?.isRetriable == false)
    #expect(try await admin.createTopics([]).isEmpty)
    try await node.close()
  }

  @Test("what is only validated is not there, assignments are taken")
  func validating() async throws {
    let only = try await admin.createTopics([NewTopic("a", partitions: 4)], validateOnly: true)
    #expect(try only["a"]?.get().partitionCount == 4)
    #expect(try only["a"]?.get().topicID == nil)
    #expect(try await admin.listTopics().isEmpty)
    let id = try #require(try await admin.describeCluster().nodes.first?.id)
    try await node.create(NewTopic("m", assignments: [[id], [id], [id]]))
    #expect(try await admin.describeTopics(["m"])["m"]?.get().partitions.count == 3)
    let nobody = try await admin.createTopics([NewTopic("n", assignments: [[id + 1]])])
    #expect(nobody["n"]?.failure?.code == 39)
    try await node.close()
  }

  @Test("topics are listed by name and described page by page")
  func describing() async throws {
    #expect(try await admin.listTopics().isEmpty)
    for (name, count) in [("wide", 5), ("odd", 3), ("a", 1)] {
      try await node.create(NewTopic(name, partitions: Int32(count)))
    }
    let listed = try await admin.listTopics()
    #expect(listed.map(\.name) == ["a", "odd", "wide"])
    #expect(listed.allSatisfy { !$0.isInternal })
    #expect(try await admin.listTopics(includeInternal: true).count >= 3)
    let described = try await admin.describeTopics(["wide", "nowhere", "odd", "a", "wide"])
    #expect(described.count == 4)
    #expect(described["nowhere"]?.failure?.code == 3)
    let wide = try #require(try described["wide"]?.get())
    let broker = try #require(try await admin.describeCluster().nodes.first?.id)
    #expect(wide.partitions.map(\.partition) == [0, 1, 2, 3, 4])
    #expect(wide.partitions.allSatisfy { $0.leader == broker })
    #expect(wide.partitions.allSatisfy { $0.replicas == [broker] && $0.inSyncReplicas == [broker] })
    #expect(wide.partitions.allSatisfy { $0.leaderEpoch != nil && $0.offlineReplicas.isEmpty })
    #expect(wide.topicID == listed.last?.topicID)
    #expect(try described["odd"]?.get().partitions.map(\.partition) == [0, 1, 2])
    #expect(try await admin.describeTopics([]).isEmpty)
    try await node.close()
  }

  @Test("topics are described by id")
  func describingByID() async throws {
    try await node.create(NewTopic("a", partitions: 3))
    let id = try #require(try await admin.listTopics().first?.topicID)
    let unknown = "AAAAAAAAAAAAAAAAAAAABA"
    let described = try await admin.describeTopics(ids: [id, unknown])
    #expect(try described[id]?.get().name == "a")
    #expect(try described[id]?.get().topicID == id)
    #expect(described[unknown]?.failure?.code == 100)
    let none = await #expect(throws: KafkaError.self) {
      try await admin.describeTopics(ids: ["orders"])
    }
    #expect(none?.description.contains("'orders'") == true)
    try await node.close()
  }

  @Test("a topic that was deleted is gone, one that is not there is an error at once")
  func deleting() async throws {
    try await node.create(NewTopic("a"))
    let deleted = try await admin.deleteTopics(["a", "nowhere"])
    try deleted["a"]?.get()
    #expect(deleted["nowhere"]?.failure?.code == 3)
    #expect(try await admin.listTopics().isEmpty)
    #expect(try await admin.deleteTopics([]).isEmpty)
    try await node.close()
  }

  @Test("partitions are added, never taken")
  func addingPartitions() async throws {
    for name in ["a", "b"] { try await node.create(NewTopic(name, partitions: 3)) }
    let added = try await admin.createPartitions([
      "a": NewPartitions(totalCount: 5), "b": NewPartitions(totalCount: 3),
      "nowhere": NewPartitions(totalCount: 5),
    ])
    try added["a"]?.get()
    #expect(added["b"]?.failure?.code == 37)
    #expect(added["b"]?.failure?.message == "Topic already has 3 partition(s).")
    #expect(added["nowhere"]?.failure?.code == 3)
    let validated = try await admin.createPartitions(
      ["b": NewPartitions(totalCount: 9)], validateOnly: true)
    try validated["b"]?.get()
    let described = try await admin.describeTopics(["a", "b"])
    #expect(try described["a"]?.get().partitions.count == 5)
    #expect(try described["b"]?.get().partitions.count == 3)
    #expect(try await admin.createPartitions([:]).isEmpty)
    try await node.close()
  }
}
