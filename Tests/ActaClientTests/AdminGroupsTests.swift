import ActaClient
import ActaNode
import Testing

@Suite("Administrator: groups") struct AdminGroupsTests {
  private let node: AdministeredNode
  private var admin: Admin { node.admin }
  private let partitions = [TopicPartition("a", 0), TopicPartition("a", 1)]

  init() throws {
    node = try AdministeredNode(["num.partitions": "2"])
  }

  /// A consumer that has its partitions.
  private func member(
    of group: String, _ change: (inout ConsumerConfiguration) -> Void = { _ in }
  ) async throws -> Consumer<String, String> {
    let consumer = try node.broker.consumer {
      $0.groupID = group
      $0.clientID = "client"
      $0.enableAutoCommit = false
      change(&$0)
    }
    try await consumer.subscribe(to: ["a"])
    _ = try await consumer.take(1)
    return consumer
  }

  @Test("a group whose members share out is described with who has what")
  func classic() async throws {
    try await node.produce(to: "a", timestamps: 0..<3)
    let consumer = try await member(of: "billing") { $0.groupInstanceID = "one" }
    let group = try #require(try await admin.describeGroups(["billing"])["billing"]?.get())
    #expect(group.type == .classic)
    #expect(group.state == .stable)
    #expect(group.protocolType == "consumer")
    #expect(group.partitionAssignor == "range")
    #expect("\(group.coordinator.host):\(group.coordinator.port)" == node.broker.address)
    #expect(group.groupEpoch == nil)
    #expect(group.members.count == 1)
    let one = try #require(group.members.first)
    #expect(one.groupInstanceID == "one")
    #expect(one.clientID == "client")
    #expect(one.host.contains("127.0.0.1"))
    #expect(one.assignment == partitions)
    #expect(one.targetAssignment == nil)
    await consumer.close()
    try await node.close()
  }

  @Test("a group that the coordinator shares out is described with epochs and targets")
  func consumer() async throws {
    try await node.produce(to: "a", timestamps: 0..<3)
    let consumer = try await member(of: "billing") { $0.groupProtocol = .consumer }
    let group = try #require(try await admin.describeGroups(["billing"])["billing"]?.get())
    #expect(group.type == .consumer)
    #expect(group.state == .stable)
    #expect(group.partitionAssignor == "uniform")
    #expect(try #require(group.groupEpoch) > 0)
    #expect(group.targetAssignmentEpoch == group.groupEpoch)
    let one = try #require(group.members.first)
    #expect(one.assignment == partitions)
    #expect(one.targetAssignment == partitions)
    #expect(one.memberEpoch == group.groupEpoch)
    #expect(one.subscribedTopics == ["a"])
    #expect(one.isUpgraded == true)
    await consumer.close()
    try await node.close()
  }

  @Test("groups are listed by state, type and protocol; nobody is none")
  func listing() async throws {
    #expect(try await admin.listGroups().isEmpty)
    #expect(try await admin.describeGroups([]).isEmpty)
    #expect(try await admin.describeGroups(["nobody"])["nobody"]?.failure?.code == 69)
    try await node.produce(to: "a", timestamps: 0..<3)
    let classic = try await member(of: "classic")
    let consumer = try await member(of: "new") { $0.groupProtocol = .consumer }
    for result in try await admin.alterGroupOffsets("simple", [partitions[0]: .init(1)]).values {
      try result.get()
    }
    let listed = try await admin.listGroups()
    #expect(listed.map(\.groupID) == ["classic", "new", "simple"])
    #expect(listed.map(\.type) == [.classic, .consumer, .classic])
    #expect(listed.map(\.state) == [.stable, .stable, .empty])
    #expect(listed.map(\.isSimple) == [false, false, true])
    #expect(try await admin.listGroups(states: [.empty]).map(\.groupID) == ["simple"])
    #expect(try await admin.listGroups(types: [.consumer]).map(\.groupID) == ["new"])
    #expect(try await admin.listGroups(protocolTypes: ["connect"]).isEmpty)
    let both = try await admin.describeGroups(["classic", "new", "nobody"])
    #expect(try both["classic"]?.get().type == .classic)
    #expect(try both["new"]?.get().type == .consumer)
    #expect(both["nobody"]?.failure?.code == 69)
    await classic.close()
    await consumer.close()
    try await node.close()
  }

  @Test("positions are told, set and forgotten")
  func offsets() async throws {
    try await node.produce(to: "a", timestamps: 0..<10)
    #expect(try await admin.listGroupOffsets(["billing"])["billing"]?.get() == [:])
    let set = try await admin.alterGroupOffsets(
      "billing",
      [
        partitions[0]: OffsetAndMetadata(4, leaderEpoch: 0, metadata: "by hand"),
        partitions[1]: OffsetAndMetadata(0), TopicPartition("nowhere", 0): OffsetAndMetadata(1),
      ])
    try set[partitions[0]]?.get()
    try set[partitions[1]]?.get()
    #expect(set[TopicPartition("nowhere", 0)]?.failure?.code == 3)
    let told = try await admin.listGroupOffsets(["billing", "nobody"], requireStable: true)
    #expect(try told["nobody"]?.get() == [:])
    let billing = try #require(try told["billing"]?.get())
    #expect(Set(billing.keys) == Set(partitions))
    #expect(billing[partitions[0]] == OffsetAndMetadata(4, leaderEpoch: 0, metadata: "by hand"))
    let one = try await admin.listGroupOffsets(["billing"], of: [partitions[1]])
    #expect(try one["billing"]?.get() == [partitions[1]: OffsetAndMetadata(0)])
    let consumer = try await member(of: "billing")
    #expect(consumer.position(of: partitions[0]) == 10)
    await consumer.close()
    let forgotten = try await admin.deleteGroupOffsets(
      "billing", of: [partitions[0], TopicPartition("nowhere", 0)])
    try forgotten[partitions[0]]?.get()
    #expect(forgotten[TopicPartition("nowhere", 0)]?.failure?.code == 3)
    let left = try await admin.listGroupOffsets(["billing"])
    #expect(try left["billing"]?.get().keys.map(\.self) == [partitions[1]])
    #expect(try await admin.listGroupOffsets([]).isEmpty)
    try await node.close()
  }

  @Test("of a group that works nothing is set, forgotten or deleted")
  func working() async throws {
    try await node.produce(to: "a", timestamps: 0..<3)
    let consumer = try await member(of: "billing")
    try await consumer.commit()
    let set = try await admin.alterGroupOffsets("billing", [partitions[0]: OffsetAndMetadata(1)])
    #expect(set[partitions[0]]?.failure?.code == 25)
    let forgotten = try await admin.deleteGroupOffsets("billing", of: [partitions[0]])
    #expect(forgotten[partitions[0]]?.failure?.code == 86)
    let deleted = try await admin.deleteGroups(["billing", "nobody"])
    #expect(deleted["billing"]?.failure?.code == 68)
    #expect(deleted["billing"]?.failure?.description.contains("billing") == true)
    #expect(deleted["nobody"]?.failure?.code == 69)
    let unknown = await #expect(throws: KafkaError.self) {
      try await admin.deleteGroupOffsets("nobody", of: partitions)
    }
    #expect(unknown?.code == 69)
    await consumer.close()
    try await admin.deleteGroups(["billing"])["billing"]?.get()
    #expect(try await admin.listGroups().isEmpty)
    #expect(try await admin.deleteGroups([]).isEmpty)
    try await node.close()
  }
}
