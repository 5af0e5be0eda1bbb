import ActaClient
import ActaNode
import Testing

@Suite("Administrator: its life") struct AdminLifeTests {
  @Test("used before its start or behind its end it says so at once")
  func outside() async throws {
    let broker = try ListeningNode()
    let admin = try Admin(AdminConfiguration(bootstrapServers: [broker.address]))
    let early = await #expect(throws: KafkaError.self) { try await admin.listTopics() }
    #expect(early?.description.contains("start()") == true)
    let running = Task { try await admin.run() }
    while (try? await admin.listTopics()) == nil { await Task.yield() }
    running.cancel()
    try await running.value
    let late = await #expect(throws: KafkaError.self) { try await admin.listTopics() }
    #expect(late?.isFatal == true)
    #expect(throws: KafkaError.self) { try admin.start() }
    // Also where there is nothing to ask.
    await #expect(throws: KafkaError.self) { try await admin.createTopics([]) }
    try await broker.node.shutdown()
  }

  @Test("lent for a while, it is closed whatever comes of it")
  func lent() async throws {
    struct Stop: Error {}
    let broker = try ListeningNode()
    let configuration = AdminConfiguration(bootstrapServers: [broker.address])
    #expect(try await Admin.with(configuration) { try await $0.listTopics().count } == 0)
    await #expect(throws: Stop.self) { try await Admin.with(configuration) { _ in throw Stop() } }
    try await broker.node.shutdown()
  }

  @Test("where nobody is, that is said in time, with the address")
  func unreachable() async throws {
    var configuration = AdminConfiguration(bootstrapServers: ["127.0.0.1:1"])
    configuration.defaultAPITimeoutMilliseconds = 200
    try await Admin.with(configuration) { admin in
      let one = await #expect(throws: KafkaError.self) { try await admin.listTopics() }
      #expect(one?.description.contains("127.0.0.1:1") == true)
      #expect(one?.isRetriable == true)
      let many = await #expect(throws: KafkaError.self) {
        try await admin.describeGroups(["a", "b"])
      }
      #expect(many?.description.contains("127.0.0.1:1") == true)
    }
  }

  @Test("where nobody is, a time-out says what Java's does")
  func timeouts() async throws {
    var configuration = AdminConfiguration(bootstrapServers: ["127.0.0.1:1"])
    configuration.defaultAPITimeoutMilliseconds = 20
    let partition = TopicPartition("a", 0)
    let calls: [(String, (Admin) async throws -> Void)] = [
      ("listTopics", { _ = try await $0.listTopics() }),
      ("createTopics", { _ = try await $0.createTopics([NewTopic("a")]) }),
      ("describeTopicsWithIds", { _ = try await $0.describeTopics(ids: [Self.topicID]) }),
      ("deleteTopics", { _ = try await $0.deleteTopics(ids: [Self.topicID]) }),
      ("listNodes", { _ = try await $0.describeCluster() }),
      ("findAllBrokers", { _ = try await $0.listGroups() }),
      (
        "describeConsumerGroups(api=FIND_COORDINATOR)",
        { _ = try await $0.describeGroups(["a", "b"]) }
      ),
      (
        "leaveGroup(api=FIND_COORDINATOR)",
        { _ = try await $0.removeMembers([.memberID("a")], from: "a") }
      ),
      ("listOffsets(api=METADATA)", { _ = try await $0.listOffsets([partition: .latest]) }),
      ("describeProducers(api=METADATA)", { _ = try await $0.describeProducers([partition]) }),
      (
        "describeProducers(api=DESCRIBE_PRODUCERS)",
        { _ = try await $0.describeProducers([partition], on: 1) }
      ),
      ("fenceProducer(api=FIND_COORDINATOR)", { try await $0.forceTerminateTransaction("a") }),
      ("electLeaders", { _ = try await $0.electLeaders(.preferred) }),
      ("describeAcls", { _ = try await $0.describeACLs() }),
      ("describeLogDirs", { _ = try await $0.describeLogDirs(of: [1]) }),
      ("describeConfigs", { _ = try await $0.describeConfigs([.broker(1)]) }),
    ]
    try await Admin.with(configuration) { admin in
      for (name, call) in calls {
        let error = await #expect(throws: KafkaError.self) { try await call(admin) }
        #expect(error?.exception == "org.apache.kafka.common.errors.TimeoutException", "\(name)")
        #expect(error?.message == "Timed out waiting for a node assignment. Call: \(name)")
        #expect(error?.description.contains("127.0.0.1:1") == true, "\(name)")
      }
    }
  }

  private static let topicID = "AAAAAAAAAAAAAAAAAAAABA"

  @Test("a call under way ends when the administrator is closed")
  func closing() async throws {
    let admin = try Admin(AdminConfiguration(bootstrapServers: ["127.0.0.1:1"]))
    try admin.start()
    let call = Task { try await admin.listTopics() }
    await admin.close()
    await #expect(throws: KafkaError.self) { try await call.value }
  }

  @Test("addresses are read as Kafka's clients read them, and each counts once")
  func addresses() throws {
    #expect(
      try BootstrapAddresses.hosts(of: [
        "a:1", "PLAINTEXT://b.example:2", "[::1]:3", "SASL_SSL://[fe80::1]:4", "a:1",
      ]) == ["a", "b.example", "::1", "fe80::1"])
    for (text, message) in [
      ("localhost", "Invalid url in bootstrap.servers: localhost"),
      ("a:1 b:2", "Invalid url in bootstrap.servers: a:1 b:2"),
      ("a:x", "Invalid url in bootstrap.servers: a:x"),
      ("a/b://c:1", "Invalid url in bootstrap.servers: a/b://c:1"),
      ("a:99999", "Invalid port in bootstrap.servers: a:99999"),
    ] {
      let error = #expect(throws: KafkaError.self) { try BootstrapAddresses.hosts(of: [text]) }
      #expect(error?.message == message)
      #expect(error.map { BootstrapAddresses.isRefusal($0) } == true)
    }
    #expect(
      try AdminConfiguration(properties: ["bootstrap.servers": "a:1,a:1"]).bootstrapServers
        == ["a:1"])
    #expect(throws: KafkaError.self) {
      try AdminConfiguration(properties: ["bootstrap.servers": "a:1,,b:2"])
    }
  }

  @Test("a configuration that cannot be meant is refused with the setting's name")
  func configuration() throws {
    func refusal(_ change: (inout AdminConfiguration) -> Void) -> String? {
      var configuration = AdminConfiguration()
      change(&configuration)
      let error = #expect(throws: KafkaError.self) { try Admin(configuration) }
      return error?.description
    }
    #expect(refusal { $0.bootstrapServers = [] }?.contains("bootstrap.servers") == true)
    #expect(refusal { $0.requestTimeoutMilliseconds = 0 }?.contains("request.timeout.ms") == true)
    #expect(
      refusal { $0.defaultAPITimeoutMilliseconds = -1 }?.contains("default.api.timeout.ms") == true)
  }
}
