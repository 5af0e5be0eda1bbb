import KafkaConfig
import Testing

@Suite("Broker configuration") struct BrokerConfigTests {
  private func entry(_ name: String, in config: BrokerConfig) throws -> ConfigEntry {
    try #require(config.entries.first { $0.name == name })
  }

  private func refusal(_ settings: [String: String]) -> String? {
    #expect(throws: ConfigError.self) { try BrokerConfig(settings) }?.description
  }

  @Test("a stock server.properties of Kafka 4.3 starts")
  func stockFile() throws {
    let layers = try ConfigLayers(file: JavaProperties.parse(Fixtures.text("server.properties")))
    let config = try BrokerConfig(layers, hostName: "this-host")
    #expect(
      layers.notices == [
        "ignored: controller.quorum.bootstrap.servers, share.coordinator.state.topic.min.isr,"
          + " share.coordinator.state.topic.replication.factor"
      ])
    #expect(config.nodeID == 1)
    #expect(
      config.listeners == [
        Listener(
          name: "PLAINTEXT", host: "", port: 9092, advertisedHost: "localhost", advertisedPort: 9092
        )
      ])
    #expect(config.logDirectory == "/var/lib/kraft-combined-logs")
    #expect(config.warnings.count == 1)
  }

  @Test("without settings the defaults hold")
  func defaults() throws {
    let config = try BrokerConfig()
    #expect(config.nodeID == 1)
    #expect(config.numPartitions == 1)
    #expect(config.defaultReplicationFactor == 1)
    #expect(config.autoCreateTopics)
    #expect(config.deleteTopicEnable)
    #expect(config.messageMaxBytes == 1_048_588)
    #expect(config.fetchMaxBytes == 57_671_680)
    #expect(config.retentionCheckIntervalMilliseconds == 300_000)
    #expect(config.logDirectory == nil)
    #expect(config.connections.maxRequestBytes == 104_857_600)
    #expect(config.connections.maxConnections == nil)
    #expect(config.connections.maxConnectionsPerAddress == nil)
    #expect(config.groups.sessionTimeoutMilliseconds == 6000...1_800_000)
    #expect(config.groups.offsetsRetentionMilliseconds == 604_800_000)
    #expect(config.transactions.producerIDExpirationMilliseconds == 86_400_000)
    #expect(config.tailCache == .percent(25))
    #expect(config.queueMaxBytes == 32 << 20)
    #expect(config.maxDecompressedBytes == 64 << 20)
    #expect(config.readerThreads == 2)
  }

  @Test("settings are in force")
  func settings() throws {
    let config = try BrokerConfig([
      "num.partitions": "12", "auto.create.topics.enable": "false", "max.connections": "100",
      "log.dir": "/a", "log.dirs": " /b , /c", "group.consumer.migration.policy": "Upgrade",
    ])
    #expect(config.numPartitions == 12)
    #expect(!config.autoCreateTopics)
    #expect(config.connections.maxConnections == 100)
    #expect(config.logDirectory == "/b")
    #expect(config.groups.consumerMigrationPolicy == "upgrade")
    #expect(try BrokerConfig(["log.dir": "/a"]).logDirectory == "/a")
  }

  @Test("the node's number goes by either name")
  func nodeID() throws {
    #expect(try BrokerConfig(["broker.id": "7"]).nodeID == 7)
    #expect(try BrokerConfig(["node.id": "7", "broker.id": "7"]).nodeID == 7)
    #expect(try BrokerConfig(["node.id": "7", "broker.id": "-1"]).nodeID == 7)
    #expect(
      refusal(["node.id": "1", "broker.id": "2"])
        == "You must set `node.id` to the same value as `broker.id`.")
    #expect(
      refusal(["broker.id": "-5"])
        == "Invalid value -5 for configuration node.id: Value must be at least 0")
  }

  @Test("settings that contradict each other are refused")
  func contradictions() {
    #expect(
      refusal(["log.retention.ms": "0"])
        == "log.retention.ms must be unlimited (-1) or, greater than or equal to 1")
    #expect(refusal(["log.retention.hours": "0"])?.hasPrefix("log.retention.ms must be") == true)
    #expect(
      refusal(["group.consumer.session.timeout.ms": "1000"])
        == "group.consumer.session.timeout.ms must be greater than or equal to"
        + " group.consumer.min.session.timeout.ms")
    #expect(
      refusal(["group.min.session.timeout.ms": "2000000"])
        == "group.max.session.timeout.ms must be greater than or equal to"
        + " group.min.session.timeout.ms")
    #expect(
      refusal([
        "log.cleaner.min.compaction.lag.ms": "2", "log.cleaner.max.compaction.lag.ms": "1",
      ]) == "conflict topic config setting min.compaction.lag.ms (2) > max.compaction.lag.ms (1)")
  }

  @Test("access control that does not exist is not pretended")
  func authorizer() throws {
    #expect(
      refusal(["authorizer.class.name": "org.example.Authorizer"])?
        .hasPrefix("authorizer.class.name asks for access control") == true)
    #expect(try BrokerConfig(["authorizer.class.name": " "]).warnings == [])
  }

  @Test("an open listener and a controller-only role are worth a warning")
  func warnings() throws {
    let local = ["listeners": "PLAINTEXT://127.0.0.1:9092"]
    #expect(try BrokerConfig(local).warnings == [])
    #expect(
      try BrokerConfig(local.merging(["process.roles": "controller"]) { $1 }).warnings
        == ["process.roles names only the controller; this process serves clients nevertheless"])
  }

  @Test("an entry says where its value comes from")
  func entries() throws {
    let config = try BrokerConfig(["num.partitions": " 3"])
    let set = try entry("num.partitions", in: config)
    #expect(set.value == "3")
    #expect(set.source == .staticBroker)
    #expect(!set.isDefault)
    #expect(set.isReadOnly)
    #expect(set.type == .int)
    #expect(
      set.synonyms == [
        .init(name: "num.partitions", value: "3", source: .staticBroker),
        .init(name: "num.partitions", value: "1", source: .default),
      ])
    let untouched = try entry("max.connections", in: config)
    #expect(untouched.value == "2147483647")
    #expect(untouched.isDefault)
    #expect(!untouched.isReadOnly)
    let missing = try entry("advertised.listeners", in: config)
    #expect(missing.value == nil)
    #expect(missing.synonyms == [])
    #expect(missing.isDefault)
  }

  @Test("every key has one entry, in order of names")
  func allEntries() throws {
    let names = try BrokerConfig().entries.map(\.name)
    #expect(names == ConfigKeys.broker.map(\.name).sorted())
    #expect(try entry("node.id", in: BrokerConfig()).value == "1")
  }

  @Test("keys for one setting in several units form one chain, begun at the asked name")
  func families() throws {
    let config = try BrokerConfig(["log.retention.ms": "5", "log.retention.hours": "24"])
    #expect(
      try entry("log.retention.ms", in: config).synonyms == [
        .init(name: "log.retention.ms", value: "5", source: .staticBroker),
        .init(name: "log.retention.hours", value: "24", source: .staticBroker),
        .init(name: "log.retention.hours", value: "168", source: .default),
      ])
    #expect(try entry("log.retention.minutes", in: config).synonyms == [])
    #expect(try entry("log.retention.hours", in: config).synonyms.count == 2)
  }
}
