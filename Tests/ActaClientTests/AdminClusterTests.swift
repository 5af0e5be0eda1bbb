import ActaClient
import ActaNode
import Testing

@Suite("Administrator: cluster and quotas") struct AdminClusterTests {
  private let node: AdministeredNode
  private var admin: Admin { node.admin }

  init() throws { node = try AdministeredNode(["node.id": "7"]) }

  @Test("the cluster has an id, a controller and brokers")
  func cluster() async throws {
    let cluster = try await admin.describeCluster(includeFencedBrokers: true)
    #expect(cluster.clusterID?.utf8.count == 22)
    #expect(cluster.nodes.map(\.id) == [7])
    #expect(cluster.controller == cluster.nodes.first)
    #expect(cluster.controller.map { "\($0.host):\($0.port)" } == node.broker.address)
    #expect(cluster.controller?.isFenced == false)
    try await node.close()
  }

  @Test("features and versions are a broker's")
  func versions() async throws {
    let features = try await admin.describeFeatures()
    #expect(features.finalized["transaction.version"] == 2...2)
    #expect(features.finalizedEpoch != nil)
    #expect(features.supported["transaction.version"]?.upperBound == 2)
    let versions = try await admin.apiVersions(of: 7)
    #expect(versions.map(\.key) == versions.map(\.key).sorted())
    let produce = try #require(versions.first)
    #expect(produce.name == "Produce")
    #expect(produce.minVersion == 0)
    #expect(produce.usableVersion == produce.maxVersion)
    #expect(versions.allSatisfy { $0.usableVersion != nil })
    let nobody = await #expect(throws: KafkaError.self) { try await admin.apiVersions(of: 9) }
    #expect(nobody?.broker == 9)
    try await node.close()
  }

  @Test("log directories are told with the bytes of each partition")
  func logDirs() async throws {
    try await node.create(NewTopic("a"))
    try await node.produce(to: "a", timestamps: 0..<100)
    let partition = TopicPartition("a", 0)
    let all = try await admin.describeLogDirs()
    #expect(all.keys.map(\.self) == [7])
    let directory = try #require(try all[7]?.get().first)
    #expect(directory.error == nil)
    #expect(!directory.path.isEmpty)
    #expect(try #require(directory.replicas[partition]).size > 100)
    #expect(directory.replicas[partition]?.isFuture == false)
    let some = try await admin.describeLogDirs(
      of: [7, 9], for: [partition, TopicPartition("nowhere", 0)])
    #expect(try some[7]?.get().first?.replicas.keys.map(\.self) == [partition])
    #expect(some[9]?.failure?.broker == 9)
    #expect(try await admin.describeLogDirs(of: []).isEmpty)
    try await node.close()
  }

  @Test("quotas are set, asked for and taken away")
  func quotas() async throws {
    #expect(try await admin.describeClientQuotas().isEmpty)
    let alice = ClientQuotaEntity(.user("alice"))
    let both = ClientQuotaEntity([.user("alice"), .clientID(nil)])
    let altered = try await admin.alterClientQuotas([
      alice: ["producer_byte_rate": .set(1024), "request_percentage": .set(12.5)],
      both: ["request_percentage": .set(50)],
      ClientQuotaEntity(.clientID("x")): ["no_such": .set(1)],
    ])
    try altered[alice]?.get()
    try altered[both]?.get()
    #expect(altered[ClientQuotaEntity(.clientID("x"))]?.failure?.code == 42)
    let all = try await admin.describeClientQuotas()
    #expect(all[alice] == ["producer_byte_rate": 1024, "request_percentage": 12.5])
    #expect(all[both] == ["request_percentage": 50])
    #expect(all.count == 2)
    let strict = try await admin.describeClientQuotas(
      ClientQuotaFilter(["user": .name("alice")], isStrict: true))
    #expect(strict.keys.map(\.self) == [alice])
    let defaults = try await admin.describeClientQuotas(
      ClientQuotaFilter(["client-id": .default, "user": .any]))
    #expect(defaults.keys.map(\.self) == [both])
    let validated = try await admin.alterClientQuotas(
      [alice: ["producer_byte_rate": .remove]], validateOnly: true)
    try validated[alice]?.get()
    let removed = try await admin.alterClientQuotas([alice: ["producer_byte_rate": .remove]])
    try removed[alice]?.get()
    let left = try await admin.describeClientQuotas(ClientQuotaFilter(["user": .name("alice")]))
    #expect(left[alice] == ["request_percentage": 12.5])
    let bad = await #expect(throws: KafkaError.self) {
      try await admin.describeClientQuotas(ClientQuotaFilter(["planet": .any]))
    }
    #expect(bad?.code != nil)
    #expect(try await admin.alterClientQuotas([:]).isEmpty)
    try await node.close()
  }
}
