import ActaClient
import ActaNode
import Testing

@Suite("Administrator: configurations") struct AdminConfigsTests {
  private let node: AdministeredNode
  private var admin: Admin { node.admin }

  init() throws { node = try AdministeredNode(["node.id": "7", "log.retention.ms": "7777777"]) }

  private func entry(
    _ name: String, of resource: ConfigResource, synonyms: Bool = false, documentation: Bool = false
  ) async throws -> ConfigEntry? {
    let described = try await admin.describeConfigs(
      [resource], includeSynonyms: synonyms, includeDocumentation: documentation)
    return try described[resource]?.get().first { $0.name == name }
  }

  @Test("a setting is told with its source, its synonyms and what it is for")
  func describing() async throws {
    try await node.create(NewTopic("a", configs: ["retention.ms": "1000"]))
    let plain = try await entry("retention.ms", of: .topic("a"))
    #expect(plain?.value == "1000")
    #expect(plain?.source == .dynamicTopic)
    #expect(plain?.type == .long)
    #expect(plain?.isReadOnly == false)
    #expect(plain?.synonyms == [])
    #expect(plain?.documentation == nil)
    let full = try await entry(
      "retention.ms", of: .topic("a"), synonyms: true, documentation: true)
    #expect(full?.synonyms.map(\.source) == [.dynamicTopic, .staticBroker, .default])
    #expect(full?.synonyms.map(\.value) == ["1000", "7777777", "168"])
    #expect(full?.synonyms.last?.name == "log.retention.hours")
    #expect(full?.documentation?.isEmpty == false)
    let inherited = try await entry("cleanup.policy", of: .topic("a"))
    #expect(inherited?.isDefault == true)
    let id = try await entry("node.id", of: .broker(7))
    #expect(id?.value == "7")
    #expect(id?.isReadOnly == true)
    try await node.close()
  }

  @Test("what there is no configuration of is told by itself")
  func missing() async throws {
    try await node.create(NewTopic("a"))
    let described = try await admin.describeConfigs([
      .topic("a"), .topic("nowhere"), .broker(99), .broker(7), .brokerDefaults,
    ])
    #expect(described.count == 5)
    #expect(try described[.topic("a")]?.get().isEmpty == false)
    #expect(described[.topic("nowhere")]?.failure?.code == 3)
    #expect(described[.broker(99)]?.failure?.broker == 99)
    #expect(described[.broker(99)]?.failure?.isRetriable == false)
    #expect(try described[.broker(7)]?.get().isEmpty == false)
    #expect(try described[.brokerDefaults]?.get() == [])
    #expect(try await admin.describeConfigs([]).isEmpty)
    try await node.close()
  }

  @Test("settings are set, added to, taken from and put back")
  func altering() async throws {
    try await node.create(NewTopic("a"))
    let topic = ConfigResource.topic("a")
    func alter(_ changes: [String: ConfigChange]) async throws {
      try await admin.incrementalAlterConfigs([topic: changes])[topic]?.get()
    }
    try await alter(["retention.ms": .set("5000"), "cleanup.policy": .append("compact")])
    #expect(try await entry("retention.ms", of: topic)?.value == "5000")
    #expect(try await entry("cleanup.policy", of: topic)?.value == "delete,compact")
    try await alter(["retention.ms": .delete, "cleanup.policy": .subtract("delete")])
    #expect(try await entry("retention.ms", of: topic)?.value == "7777777")
    #expect(try await entry("cleanup.policy", of: topic)?.value == "compact")
    try await node.close()
  }

  @Test("a resource is changed as a whole or not at all, whatever becomes of the others")
  func refusals() async throws {
    try await node.create(NewTopic("a"))
    let altered = try await admin.incrementalAlterConfigs([
      .topic("a"): ["retention.ms": .set("5000"), "no.such": .set("1")],
      .topic("nowhere"): ["retention.ms": .set("5000")],
      .broker(7): ["node.id": .set("8")],
      .brokerDefaults: ["log.retention.ms": .set("9999999")],
      .broker(99): ["log.retention.ms": .set("1")],
    ])
    #expect(altered[.topic("a")]?.failure?.code == 40)
    #expect(altered[.topic("nowhere")]?.failure?.code == 3)
    #expect(altered[.broker(7)]?.failure?.code == 42)
    try altered[.brokerDefaults]?.get()
    #expect(altered[.broker(99)]?.failure?.broker == 99)
    #expect(try await entry("retention.ms", of: .topic("a"))?.value == "9999999")
    let validated = try await admin.incrementalAlterConfigs(
      [.topic("a"): ["retention.ms": .set("1")]], validateOnly: true)
    try validated[.topic("a")]?.get()
    #expect(try await entry("retention.ms", of: .topic("a"))?.value == "9999999")
    #expect(try await admin.incrementalAlterConfigs([:]).isEmpty)
    try await node.close()
  }

  @Test("groups and loggers have configurations, and resources are listed")
  func resources() async throws {
    try await node.create(NewTopic("a"))
    #expect(try await admin.listConfigResources([.group]).isEmpty)
    let group = ConfigResource.group("billing")
    let altered = try await admin.incrementalAlterConfigs([
      group: ["consumer.session.timeout.ms": .set("50000")]
    ])
    try altered[group]?.get()
    #expect(try await entry("consumer.session.timeout.ms", of: group)?.source == .dynamicGroup)
    let loggers = try await admin.describeConfigs([.brokerLogger(7)])[.brokerLogger(7)]?.get()
    // A node in a program of somebody else's has no levels of its own.
    #expect(loggers == [])
    let listed = try await admin.listConfigResources([.topic, .group, .broker])
    #expect(Set(listed) == [.topic("a"), group, .broker(7)])
    #expect(try await admin.listConfigResources([]).isEmpty)
    try await node.close()
  }
}
