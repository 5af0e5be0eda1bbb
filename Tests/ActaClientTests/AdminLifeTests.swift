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

  @Test("a call under way ends when the administrator is closed")
  func closing() async throws {
    let admin = try Admin(AdminConfiguration(bootstrapServers: ["127.0.0.1:1"]))
    try admin.start()
    let call = Task { try await admin.listTopics() }
    await admin.close()
    await #expect(throws: KafkaError.self) { try await call.value }
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
