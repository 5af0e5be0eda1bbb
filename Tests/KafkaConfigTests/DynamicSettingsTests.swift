import Testing

@testable import KafkaConfig

@Suite("Settings of a broker that runs") struct DynamicSettingsTests {
  @Test("the broker's own beats those of all, which beat what it was started with")
  func precedence() throws {
    let fixed = try BrokerConfig(["message.max.bytes": "1", "num.partitions": "4"])
    let defaults = DynamicSettings(defaults: ["message.max.bytes": "2"])
    #expect(try fixed.with(defaults).messageMaxBytes == 2)
    var both = defaults
    both.broker = ["message.max.bytes": "3"]
    let config = try fixed.with(both)
    #expect(config.messageMaxBytes == 3)
    #expect(config.numPartitions == 4)
    #expect(try config.with(DynamicSettings()).messageMaxBytes == 1)
    let entry = try #require(config.entries.first { $0.name == "message.max.bytes" })
    #expect(entry.source == .dynamicBroker)
    #expect(entry.synonyms.map(\.value) == ["3", "2", "1", "1048588"])
    #expect(
      entry.synonyms.map(\.source) == [
        .dynamicBroker, .dynamicDefaultBroker, .staticBroker, .default,
      ])
    #expect(config.dynamicDefaults.map(\.name) == ["message.max.bytes"])
    #expect(config.dynamicDefaults.map(\.value) == ["2"])
  }

  @Test("a setting in milliseconds beats hours from the file, at whichever level it stands")
  func units() throws {
    let fixed = try BrokerConfig(["log.retention.hours": "1"])
    let config = try fixed.with(DynamicSettings(defaults: ["log.retention.ms": "5"]))
    #expect(config.topicDefaults["retention.ms"] == 5)
    #expect(fixed.topicDefaults["retention.ms"] == 3_600_000)
  }

  @Test(
    "what cannot change is refused, in Kafka's words",
    arguments: [
      (["node.id": "2"], "Cannot update these configs dynamically: [node.id]"),
      (
        ["num.partitions": "2", "broker.rack": "a"],
        "Cannot update these configs dynamically: [broker.rack, num.partitions]"
      ),
      (["listeners": "PLAINTEXT://:1"], "Cannot update these configs dynamically: [listeners]"),
      (
        ["message.max.bytes": "many"],
        "Invalid value many for configuration message.max.bytes: Not a number of type INT"
      ),
      (
        ["log.retention.ms": "0"],
        "log.retention.ms must be unlimited (-1) or, greater than or equal to 1"
      ),
      (
        ["mesage.max.bytes": "1"],
        "Unknown configuration mesage.max.bytes (set at run time); did you mean message.max.bytes?"
      ),
    ])
  func refusals(settings: [String: String], sentence: String) throws {
    let error = #expect(throws: ConfigError.self) {
      try BrokerConfig().with(DynamicSettings(broker: settings))
    }
    #expect(error?.description == sentence)
  }

  @Test("what belongs to one broker cannot be set on all")
  func ofOneBroker() throws {
    let error = #expect(throws: ConfigError.self) {
      try BrokerConfig().with(DynamicSettings(defaults: ["listeners": "PLAINTEXT://:1"]))
    }
    #expect(
      error?.description
        == "Cannot update these configs at default cluster level, broker id must be specified:"
        + " [listeners]")
  }

  @Test("of stored settings as much is in force as can be")
  func legal() throws {
    let stored = DynamicSettings(
      broker: ["node.id": "7", "message.max.bytes": "5"],
      defaults: [
        "log.retention.ms": "0", "log.retention.bytes": "9", "remote.log.reader.threads": "3",
      ])
    let (config, refusals) = try BrokerConfig().withLegal(stored)
    #expect(config.messageMaxBytes == 5)
    #expect(config.topicDefaults["retention.bytes"] == 9)
    #expect(refusals.map(\.name) == ["log.retention.ms", "node.id"])
  }

  @Test(
    "every key that Kafka changes for all brokers can change, and keeps its default when set to it")
  func everyKey() throws {
    for key in ConfigKeys.broker where key.update == .clusterWide {
      guard let value = key.defaultValue else { continue }
      let settings = DynamicSettings(broker: [key.name: value.description])
      #expect(throws: Never.self, "\(key.name)") { try BrokerConfig().with(settings) }
    }
  }

  @Test("numbers are written as Java writes them")
  func doubles() {
    #expect(ConfigValue.double(.greatestFiniteMagnitude).description == "1.7976931348623157E308")
    #expect(ConfigValue.double(0.5).description == "0.5")
    #expect(ConfigValue.double(1e20).description == "1.0E20")
  }
}
