import KafkaConfig
import Testing

@Suite("Configuration values") struct ConfigValueTests {
  private func refusal(_ name: String, _ text: String) throws -> String {
    let key = try #require(ConfigKeys.topicByName[name] ?? ConfigKeys.brokerByName[name])
    do {
      let value = try key.value(text)
      Issue.record("\(name) accepted \(value)")
      return ""
    } catch {
      return error.description
    }
  }

  @Test(
    "a refusal is Kafka's sentence",
    arguments: [
      ("retention.ms", "abc", "Not a number of type LONG"),
      ("retention.ms", "1e3", "Not a number of type LONG"),
      ("retention.ms", "9223372036854775808", "Not a number of type LONG"),
      ("retention.ms", "-2", "Value must be at least -1"),
      ("num.partitions", "abc", "Not a number of type INT"),
      ("max.message.bytes", "2147483648", "Not a number of type INT"),
      ("offsets.topic.replication.factor", "32768", "Not a number of type SHORT"),
      ("min.cleanable.dirty.ratio", "half", "Not a number of type DOUBLE"),
      ("min.cleanable.dirty.ratio", "nan", "Not a number of type DOUBLE"),
      ("min.cleanable.dirty.ratio", "1.5", "Value must be no more than 1"),
      ("min.cleanable.dirty.ratio", "-0.5", "Value must be at least 0"),
      ("preallocate", "yes", "Expected value to be either true or false"),
      ("segment.bytes", "1048575", "Value must be at least 1048576"),
      ("compression.lz4.level", "18", "Value must be no more than 17"),
      ("compression.gzip.level", "0", "Value must be between 1 and 9 or equal to -1"),
      (
        "compression.type", "brotli",
        "String must be one of: uncompressed, zstd, lz4, snappy, gzip, producer"
      ),
      ("cleanup.policy", "shred", "String must be one of: compact, delete"),
      (
        "group.consumer.migration.policy", "never",
        "String must be one of (case insensitive): DISABLED, DOWNGRADE, UPGRADE, BIDIRECTIONAL"
      ),
    ])
  func sentences(name: String, text: String, reason: String) throws {
    #expect(
      try refusal(name, text) == "Invalid value \(text) for configuration \(name): \(reason)")
  }

  @Test("a list has no duplicates, no empty elements, and is empty only where that means something")
  func lists() throws {
    #expect(
      try refusal("cleanup.policy", "delete,delete")
        == "Configuration 'cleanup.policy' values must not be duplicated.")
    #expect(
      try refusal("cleanup.policy", "delete,,compact")
        == "Configuration 'cleanup.policy' values must not be empty.")
    #expect(try ConfigKeys.topicByName["cleanup.policy"]?.value("") == .list([]))
    #expect(try refusal("group.consumer.assignors", "").contains("must not be empty"))
  }

  @Test("throttled replicas are a star or pairs of numbers")
  func throttledReplicas() throws {
    let name = "leader.replication.throttled.replicas"
    let key = try #require(ConfigKeys.topicByName[name])
    #expect(try key.value("*") == ["*"])
    #expect(try key.value("0:1, 1:1") == ["0:1", "1:1"])
    #expect(try refusal(name, "0:1,x").hasPrefix("Invalid value [0:1, x] for configuration"))
  }

  @Test(
    "values are trimmed, numbers may have a sign, booleans ignore case",
    arguments: [
      (ConfigType.long, " +42\t", ConfigValue.integer(42)),
      (.int, "-1", -1),
      (.short, "007", 7),
      (.boolean, "TRUE", true),
      (.boolean, " False ", false),
      (.double, "5e-1", 0.5),
      (.list, " a , b,c ", .list(["a", "b", "c"])),
      (.list, "  ", .list([])),
      (.string, "  a b ", "a b"),
      (.password, " secret ", "secret"),
    ])
  func parsing(type: ConfigType, text: String, value: ConfigValue) throws {
    #expect(try type.parse(text, for: "key") == value)
  }

  @Test("values are shown as Kafka shows them")
  func formatting() {
    #expect(ConfigValue.double(0.5).description == "0.5")
    #expect(ConfigValue.double(1).description == "1.0")
    #expect(ConfigValue.list(["a", "b"]).description == "a,b")
    #expect(ConfigValue.boolean(true).description == "true")
  }

  @Test("types have the numbers of the protocol")
  func wireNumbers() {
    #expect(ConfigType.allCases.map(\.rawValue) == Array(1...9))
  }
}

@Suite("An amount of memory") struct MemoryAmountTests {
  @Test("is bytes, or a part of what there is")
  func parsed() {
    #expect(MemoryAmount("67108864") == .bytes(64 << 20))
    #expect(MemoryAmount("0") == .bytes(0))
    #expect(MemoryAmount("25%") == .percent(25))
    #expect(MemoryAmount("100%")?.bytes(of: 8_000) == 8_000)
    for text in ["", "%", "101%", "-1", "+1", "2%5", "1 %", "64MiB", "99999999999999999999"] {
      #expect(MemoryAmount(text) == nil, "\(text)")
    }
  }

  @Test("that is none is refused with a sentence")
  func refused() {
    #expect(
      throws: ConfigError.invalidValue(
        "64MiB", name: "acta.tail.cache.bytes",
        reason: "Expected bytes, or a part of the memory such as 25%")
    ) {
      try BrokerConfig(["acta.tail.cache.bytes": "64MiB"])
    }
  }
}
