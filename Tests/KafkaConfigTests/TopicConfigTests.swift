import KafkaConfig
import Testing

@Suite("Topic configuration") struct TopicConfigTests {
  private func topic(
    _ overrides: [String: String] = [:], broker: [String: String] = [:]
  ) throws -> TopicConfig {
    TopicConfig(overrides: overrides, broker: try BrokerConfig(broker))
  }

  private func entry(_ name: String, in config: TopicConfig) throws -> ConfigEntry {
    try #require(config.entries.first { $0.name == name })
  }

  @Test("a topic without settings has Kafka's defaults")
  func defaults() throws {
    let config = try topic()
    #expect(config.retentionMilliseconds == 604_800_000)
    #expect(config.retentionBytes == -1)
    #expect(config.maxMessageBytes == 1_048_588)
    #expect(config.minInsyncReplicas == 1)
    #expect(config.segmentBytes == 1 << 30)
    #expect(config.segmentMilliseconds == 604_800_000)
    #expect(config.minCleanableDirtyRatio == 0.5)
    #expect(!config.usesLogAppendTime)
    #expect(config.timestampBeforeMaxMilliseconds == .max)
    #expect(config.timestampAfterMaxMilliseconds == 3_600_000)
    #expect(config.compressionType == "producer")
    #expect(config.compressionLevel == nil)
    #expect(!config.isCompacted)
    #expect(config.deletesOldRecords)
    #expect(config.minCompactionLagMilliseconds == 0)
    #expect(config.maxCompactionLagMilliseconds == .max)
    #expect(config.entries.count == 37)
    #expect(config.entries.allSatisfy { $0.isDefault && !$0.isReadOnly && !$0.isSensitive })
    #expect(config.entries.map(\.value) == sortedDefaults())
  }

  private func sortedDefaults() -> [String?] {
    ConfigKeys.topic.sorted { $0.name < $1.name }.map { $0.defaultValue?.description }
  }

  @Test(
    "of several units for one setting the finest that is set wins",
    arguments: [
      (["log.retention.hours": "2"], 7_200_000),
      (["log.retention.hours": "2", "log.retention.minutes": "3"], 180_000),
      (["log.retention.minutes": "3", "log.retention.ms": "4"], 4),
      (["log.retention.hours": "-1"], -1),
      (["log.retention.minutes": "-7"], -1),
      (["log.retention.ms": "-7"], -1),
      (["log.retention.hours": "2147483647"], 7_730_941_129_200_000),
    ] as [([String: String], Int64)])
  func units(broker: [String: String], milliseconds: Int64) throws {
    let config = try topic(broker: broker)
    #expect(config.retentionMilliseconds == milliseconds)
    #expect(try entry("retention.ms", in: config).value == String(milliseconds))
  }

  @Test("the broker's value holds for topics without their own, and the topic's wins")
  func layers() throws {
    let broker = ["log.cleanup.policy": "compact", "message.max.bytes": "5"]
    let inherited = try topic(broker: broker)
    #expect(inherited.isCompactedOnly)
    #expect(inherited.maxMessageBytes == 5)
    let own = try topic(
      ["cleanup.policy": "delete,compact", "max.message.bytes": "6"], broker: broker)
    #expect(own.isCompacted)
    #expect(!own.isCompactedOnly)
    #expect(own.maxMessageBytes == 6)
    #expect(
      try entry("cleanup.policy", in: own).synonyms == [
        .init(name: "cleanup.policy", value: "delete,compact", source: .topic),
        .init(name: "log.cleanup.policy", value: "compact", source: .staticBroker),
        .init(name: "log.cleanup.policy", value: "delete", source: .default),
      ])
    #expect(try entry("cleanup.policy", in: own).source == .topic)
    #expect(try entry("cleanup.policy", in: inherited).source == .staticBroker)
    #expect(try entry("flush.messages", in: inherited).source == .default)
  }

  @Test("an empty cleanup policy keeps records for ever")
  func emptyPolicy() throws {
    let config = try topic(["cleanup.policy": ""])
    #expect(!config.isCompacted)
    #expect(!config.deletesOldRecords)
  }

  @Test("a retention that only hours give counts as a default, as with Kafka")
  func quirk() throws {
    let hours = try topic(broker: ["log.retention.hours": "2"])
    let entry = try entry("retention.ms", in: hours)
    #expect(entry.value == "7200000")
    #expect(entry.synonyms == [])
    #expect(entry.isDefault)
    let milliseconds = try topic(broker: ["log.retention.ms": "5", "log.retention.hours": "2"])
    #expect(try self.entry("retention.ms", in: milliseconds).source == .staticBroker)
  }

  @Test(
    "the level is that of the codec in force",
    arguments: [
      ("gzip", nil), ("lz4", 9), ("zstd", 3), ("snappy", nil), ("producer", nil),
    ] as [(String, Int?)])
  func levels(codec: String, level: Int?) throws {
    #expect(try topic(["compression.type": codec]).compressionLevel == level)
  }

  @Test("a level that was set is used")
  func ownLevel() throws {
    let config = try topic(["compression.type": "gzip", "compression.gzip.level": "7"])
    #expect(config.compressionLevel == 7)
  }

  @Test("an override that would be refused is not in force and is reported")
  func staleOverrides() throws {
    let config = try topic(["retention.ms": "soon", "gone.key": "1", "segment.bytes": "2097152"])
    #expect(config.retentionMilliseconds == 604_800_000)
    #expect(config.segmentBytes == 2_097_152)
    #expect(
      config.objections.map(\.reason) == [
        "Unknown topic config name: gone.key",
        "Invalid value soon for configuration retention.ms: Not a number of type LONG",
      ])
  }

  @Test("while it is not known how long records are to be kept, none are deleted")
  func retentionInDoubt() throws {
    for key in ["retention.ms", "retention.bytes", "cleanup.policy"] {
      #expect(try !topic([key: "?"]).deletesOldRecords)
    }
    #expect(try topic(["segment.ms": "?"]).deletesOldRecords)
  }

  @Test(
    "what a topic may not be given is said in Kafka's words",
    arguments: [
      (["foo": "1"], "Unknown topic config name: foo"),
      (
        ["retention.ms": "abc"],
        "Invalid value abc for configuration retention.ms: Not a number of type LONG"
      ),
      (
        ["retention.ms": "-5"],
        "Invalid value -5 for configuration retention.ms: Value must be at least -1"
      ),
      (
        ["retention.ms": nil, "flush.ms": nil, "foo": "1"],
        "Null value not supported for topic configs: flush.ms,retention.ms"
      ),
      (
        ["min.compaction.lag.ms": "11"],
        "conflict topic config setting min.compaction.lag.ms (11) > max.compaction.lag.ms (10)"
      ),
      (
        ["remote.storage.enable": "true"],
        "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with"
          + " remote log storage."
      ),
      (
        ["leader.replication.throttled.replicas": String(repeating: "1", count: 32_768)],
        "The configuration value cannot be added because it exceeds the maximum value size of 32767"
          + " bytes."
      ),
    ] as [([String: String?], String)])
  func objections(overrides: [String: String?], sentence: String) throws {
    let broker = try BrokerConfig(["log.cleaner.max.compaction.lag.ms": "10"])
    #expect(TopicConfig.objection(to: overrides, broker: broker) == sentence)
  }

  @Test("what a topic may be given raises no objection")
  func noObjection() throws {
    let overrides = [
      "retention.ms": "-1", "cleanup.policy": "compact, delete", "preallocate": "TRUE",
    ]
    #expect(TopicConfig.objection(to: overrides, broker: try BrokerConfig()) == nil)
    #expect(TopicConfig.objection(to: [:], broker: try BrokerConfig()) == nil)
  }
}
