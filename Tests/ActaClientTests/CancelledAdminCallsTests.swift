import ActaClient
import Synchronization
import Testing

/// Every call of an administrator at brokers that say nothing, in a task that is cancelled: it ends in bounded time,
/// and so does the administrator.
@Suite("Administrators' calls of tasks that are cancelled", .timeLimit(.minutes(2)))
struct CancelledAdminCallsTests {
  private static let partition = TopicPartition("t", 0)
  private static let rule = ACLBinding(
    ACLResource(.topic, "t"), principal: "User:alice", .read)

  static let calls: [CancelledCall<Admin>] = [
    CancelledCall("describeCluster") { _ = try await $0.describeCluster() },
    CancelledCall("describeFeatures") { _ = try await $0.describeFeatures() },
    CancelledCall("apiVersions") { _ = try await $0.apiVersions() },
    CancelledCall("describeLogDirs") { _ = try await $0.describeLogDirs() },
    CancelledCall("describeConfigs") {
      _ = try await $0.describeConfigs([ConfigResource(.topic, "t")])
    },
    CancelledCall("incrementalAlterConfigs") {
      _ = try await $0.incrementalAlterConfigs([ConfigResource(.topic, "t"): ["a": .delete]])
    },
    CancelledCall("listConfigResources") { _ = try await $0.listConfigResources([.topic]) },
    CancelledCall("describeTopics") { _ = try await $0.describeTopics(["t"]) },
    CancelledCall("describeTopics by id") {
      _ = try await $0.describeTopics(ids: ["AAAAAAAAAAAAAAAAAAAAAQ"])
    },
    CancelledCall("listGroupOffsets") { _ = try await $0.listGroupOffsets(["g"]) },
    CancelledCall("alterGroupOffsets") {
      _ = try await $0.alterGroupOffsets("g", [partition: OffsetAndMetadata(1)])
    },
    CancelledCall("deleteGroupOffsets") {
      _ = try await $0.deleteGroupOffsets("g", of: [partition])
    },
    CancelledCall("listGroups") { _ = try await $0.listGroups() },
    CancelledCall("describeGroups") { _ = try await $0.describeGroups(["g"]) },
    CancelledCall("deleteGroups") { _ = try await $0.deleteGroups(["g"]) },
    CancelledCall("listOffsets") { _ = try await $0.listOffsets([partition: .latest]) },
    CancelledCall("describeClientQuotas") { _ = try await $0.describeClientQuotas() },
    CancelledCall("alterClientQuotas") {
      _ = try await $0.alterClientQuotas([ClientQuotaEntity(.user("a")): ["k": .remove]])
    },
    CancelledCall("deleteRecords") { _ = try await $0.deleteRecords([partition: .before(1)]) },
    CancelledCall("createTopics") { _ = try await $0.createTopics([NewTopic("n")]) },
    CancelledCall("deleteTopics") { _ = try await $0.deleteTopics(["t"]) },
    CancelledCall("createPartitions") {
      _ = try await $0.createPartitions(["t": NewPartitions(totalCount: 2)])
    },
    CancelledCall("deleteTopics by id") {
      _ = try await $0.deleteTopics(ids: ["AAAAAAAAAAAAAAAAAAAAAQ"])
    },
    CancelledCall("listTopics") { _ = try await $0.listTopics() },
    CancelledCall("listTransactions") { _ = try await $0.listTransactions() },
    CancelledCall("describeTransactions") { _ = try await $0.describeTransactions(["x"]) },
    CancelledCall("fenceProducers") { _ = try await $0.fenceProducers(["x"]) },
    CancelledCall("describeProducers") { _ = try await $0.describeProducers([partition]) },
    CancelledCall("abortTransaction") {
      try await $0.abortTransaction(
        AbortTransactionSpec(
          partition, producerID: 1, producerEpoch: 0, coordinatorEpoch: 0))
    },
    CancelledCall("forceTerminateTransaction") { try await $0.forceTerminateTransaction("x") },
    CancelledCall("removeMembers") { _ = try await $0.removeMembers(from: "g") },
    CancelledCall("removeMembers by name") {
      _ = try await $0.removeMembers([.memberID("m")], from: "g")
    },
    CancelledCall("updateFeatures") {
      _ = try await $0.updateFeatures(["transaction.version": FeatureUpdate(1)])
    },
    CancelledCall("unregisterBroker") { try await $0.unregisterBroker(1) },
    CancelledCall("unregisterController") { try await $0.unregisterController(1) },
    CancelledCall("electLeaders") { _ = try await $0.electLeaders(.preferred) },
    CancelledCall("alterPartitionReassignments") {
      _ = try await $0.alterPartitionReassignments([partition: [1]])
    },
    CancelledCall("listPartitionReassignments") { _ = try await $0.listPartitionReassignments() },
    CancelledCall("describeACLs") { _ = try await $0.describeACLs() },
    CancelledCall("createACLs") { _ = try await $0.createACLs([rule]) },
    CancelledCall("deleteACLs") { _ = try await $0.deleteACLs([ACLBindingFilter(rule)]) },
    CancelledCall("describeUserScramCredentials") {
      _ = try await $0.describeUserScramCredentials()
    },
    CancelledCall("alterUserScramCredentials") {
      _ = try await $0.alterUserScramCredentials(["alice": [.delete(.sha256)]])
    },
    CancelledCall("run") { try await $0.run() },
    CancelledCall("close") { await $0.close() },
  ]

  @Test("an administrator's", arguments: calls, Silence.allCases)
  func administrators(_ call: CancelledCall<Admin>, _ silence: Silence) async throws {
    let broker = try ScriptedBroker(silence.answer)
    var configuration = AdminConfiguration(bootstrapServers: [broker.address])
    configuration.requestTimeoutMilliseconds = 100
    // Cancelled, it makes no further attempt, long before.
    configuration.defaultAPITimeoutMilliseconds = 60_000
    let admin = try Admin(configuration)
    try admin.start()
    try await call.cancel(of: admin, at: broker)
    await expectEnd { await admin.close() }
    broker.stop()
  }

  @Test("an administrator that is lent is closed, and its call ends", arguments: Silence.allCases)
  func lent(_ silence: Silence) async throws {
    let broker = try ScriptedBroker(silence.answer)
    var configuration = AdminConfiguration(bootstrapServers: [broker.address])
    configuration.requestTimeoutMilliseconds = 100
    configuration.defaultAPITimeoutMilliseconds = 60_000
    let settings = configuration
    let lent = Mutex<Admin?>(nil)
    let scope = CancelledCall<Void>("with") { _ in
      try await Admin.with(settings) { admin in
        lent.withLock { $0 = admin }
        _ = try await admin.listTopics()
      }
    }
    try await scope.cancel(of: (), at: broker)
    let admin = try #require(lent.withLock { $0 })
    let closed = await #expect(throws: KafkaError.self) { try await admin.listTopics() }
    #expect(closed?.isFatal == true)
    broker.stop()
  }
}
