import ActaModel
import KafkaConfig
import KafkaWire
import LogEngine
import LogStorage
import LogTestSupport
import Testing

@testable import Broker

@Suite("Configurations that are altered") struct AlterConfigsTests {
  private typealias Resource = IncrementalAlterConfigsRequest.Resource
  private typealias Config = IncrementalAlterConfigsRequest.Config

  private static let (set, delete, append, subtract): (Int8, Int8, Int8, Int8) = (0, 1, 2, 3)

  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture(["log.retention.ms": "5000"]) }

  private func resource(
    _ type: Int8, _ name: String, _ configs: [(Int8, String, String?)]
  ) -> Resource {
    .with {
      $0.resourceType = type
      $0.resourceName = name
      $0.configs = configs.map { operation, name, value in
        .with {
          $0.name = name
          $0.configOperation = operation
          $0.value = value
        }
      }
    }
  }

  private func alter(
    _ resources: Resource..., validateOnly: Bool = false, version: Int16? = nil
  ) async throws -> [IncrementalAlterConfigsResponse.Resource] {
    let request = IncrementalAlterConfigsRequest.with {
      $0.resources = resources
      $0.validateOnly = validateOnly
    }
    return try await fixture.send(request, version: version).responses
  }

  private func one(
    _ type: Int8, _ name: String, _ configs: (Int8, String, String?)...
  ) async throws -> IncrementalAlterConfigsResponse.Resource {
    try #require(try await alter(resource(type, name, configs)).first)
  }

  private func described(_ type: Int8, _ name: String, _ key: String) async throws -> [String] {
    let request = DescribeConfigsRequest.with {
      $0.includeSynonyms = true
      $0.resources = [
        .with {
          $0.resourceType = type
          $0.resourceName = name
          $0.configurationKeys = [key]
        }
      ]
    }
    let configs = try #require(try await fixture.send(request).results.first).configs
    return configs.flatMap { config in
      ["\(config.value ?? "nil") from \(config.configSource)"]
        + config.synonyms.map { "\($0.name)=\($0.value ?? "nil") from \($0.source)" }
    }
  }

  // MARK: Topics

  @Test("a topic's key is set, and deleted", arguments: versions(of: .incrementalAlterConfigs))
  func setAndDelete(version: Int16) async throws {
    try await fixture.createTopic("orders")
    let answers = try await alter(
      resource(2, "orders", [(Self.set, "retention.ms", "1000")]), version: version)
    #expect(answers.map(\.errorCode) == [.none])
    #expect(answers.map(\.errorMessage) == [nil])
    #expect(
      try await described(2, "orders", "retention.ms") == [
        "1000 from 1", "retention.ms=1000 from 1", "log.retention.ms=5000 from 4",
        "log.retention.hours=168 from 5",
      ])
    #expect(try await one(2, "orders", (Self.delete, "retention.ms", nil)).errorCode == .none)
    #expect(try await described(2, "orders", "retention.ms").first == "5000 from 4")
    #expect(fixture.storage.catalog()["orders"]?.configs == [:])
  }

  @Test("a list is appended to and taken from, each element once")
  func lists() async throws {
    try await fixture.createTopic("orders")
    let steps: [(Int8, String, String)] = [
      (Self.append, "compact", "delete,compact"), (Self.append, "compact", "delete,compact"),
      (Self.subtract, "delete", "compact"), (Self.subtract, "delete", "compact"),
      (Self.subtract, "compact", ""), (Self.append, "delete", "delete"),
    ]
    for (operation, value, expected) in steps {
      let answer = try await one(2, "orders", (operation, "cleanup.policy", value))
      #expect(answer.errorCode == .none)
      #expect(fixture.storage.catalog()["orders"]?.configs["cleanup.policy"] == expected)
    }
  }

  @Test("what was only asked for changes nothing, and is checked")
  func validateOnly() async throws {
    try await fixture.createTopic("orders")
    let answers = try await alter(
      resource(2, "orders", [(Self.set, "retention.ms", "1")]),
      resource(2, "none", [(Self.set, "retention.ms", "1")]),
      resource(4, "1", [(Self.set, "message.max.bytes", "x")]), validateOnly: true)
    #expect(answers.map(\.errorCode) == [.none, .unknownTopicOrPartition, .invalidRequest])
    #expect(fixture.storage.catalog()["orders"]?.configs == [:])
  }

  @Test("a resource is all or nothing, its neighbours are unharmed")
  func independence() async throws {
    try await fixture.createTopic("a")
    try await fixture.createTopic("b")
    let answers = try await alter(
      resource(2, "a", [(Self.set, "segment.ms", "7"), (Self.set, "retention.ms", "soon")]),
      resource(2, "b", [(Self.set, "segment.ms", "7")]))
    #expect(answers.map(\.errorCode) == [.invalidConfig, .none])
    #expect(fixture.storage.catalog()["a"]?.configs == [:])
    #expect(fixture.storage.catalog()["b"]?.configs == ["segment.ms": "7"])
  }

  @Test(
    "what is refused is refused in Kafka's words",
    arguments: [
      (2, "orders", 0, "no.such", "1", .invalidConfig, "Unknown topic config name: no.such"),
      (
        2, "orders", 0, "retention.ms", "-2", .invalidConfig,
        "Invalid value -2 for configuration retention.ms: Value must be at least -1"
      ),
      (
        2, "orders", 2, "retention.ms", "1", .invalidConfig,
        "Can't APPEND to key retention.ms because its type is not LIST."
      ),
      (
        2, "orders", 0, "retention.ms", nil, .invalidRequest,
        "Null value not supported for : retention.ms"
      ),
      (
        2, "orders", 9, "retention.ms", "1", .invalidRequest, "Unknown operations type 9"
      ),
      (
        2, "none", 0, "retention.ms", "1", .unknownTopicOrPartition,
        "The topic 'none' does not exist."
      ),
      (2, "", 0, "retention.ms", "1", .invalidRequest, "Default topic resources are not allowed."),
      (
        4, "1", 0, "node.id", "7", .invalidRequest,
        "Cannot update these configs dynamically: [node.id]"
      ),
      (
        4, "", 0, "listeners", "PLAINTEXT://:1", .invalidRequest,
        "Cannot update these configs at default cluster level, broker id must be specified:"
          + " [listeners]"
      ),
      (
        4, "1", 0, "listeners", "PLAINTEXT://:1", .invalidRequest,
        "Cannot update these configs dynamically: [listeners]"
      ),
      (
        4, "7", 0, "message.max.bytes", "7", .invalidRequest,
        "Unexpected broker id, expected 1, but received 7"
      ),
      (
        4, "one", 0, "message.max.bytes", "7", .invalidRequest,
        "Node id must be an integer, but it is: one"
      ),
      (
        4, "1", 0, "log.retention.ms", "0", .invalidRequest,
        "requirement failed: log.retention.ms must be unlimited (-1) or, greater than or equal to 1"
      ),
      (
        4, "1", 2, "message.max.bytes", "7", .invalidConfig,
        "Config value append is not allowed for config key: message.max.bytes"
      ),
      (32, "", 0, "a", "7", .invalidRequest, "Default group resources are not allowed."),
      (
        32, "g", 0, "consumer.session.timeout.ms", "7", .invalidConfig,
        "consumer.session.timeout.ms must be in the range 45000 to 60000 inclusive."
      ),
      (16, "", 0, "a", "7", .invalidRequest, "Subscription name can't be empty"),
      (
        16, "m", 0, "interval.ms", "7", .invalidRequest,
        "Invalid value 7 for interval.ms, interval must be between 100 and 3600000 (1 hour)"
      ),
      (99, "m", 0, "a", "7", .invalidRequest, "Unknown resource type 99"),
    ] as [(Int8, String, Int8, String, String?, ErrorCode, String)])
  func refusals(
    type: Int8, name: String, operation: Int8, key: String, value: String?, code: ErrorCode,
    message: String
  ) async throws {
    try await fixture.createTopic("orders")
    let answer = try await one(type, name, (operation, key, value))
    #expect(answer.errorCode == code)
    #expect(answer.errorMessage == message)
    #expect(fixture.storage.catalog()["orders"]?.configs == [:])
    #expect(fixture.storage.configOverrides().entities(of: .broker) == [])
  }

  @Test("a resource that is named twice is refused in both places, a key that is is as well")
  func twice() async throws {
    try await fixture.createTopic("a")
    let resource = resource(2, "a", [(Self.set, "segment.ms", "7")])
    let answers = try await alter(resource, resource)
    #expect(answers.map(\.errorCode) == [.invalidRequest, .invalidRequest])
    #expect(answers[0].errorMessage == "Each resource must appear at most once.")
    let keys = try await one(2, "a", (Self.set, "segment.ms", "7"), (Self.set, "segment.ms", "7"))
    #expect(keys.errorMessage == "Error due to duplicate config keys")
    #expect(fixture.storage.catalog()["a"]?.configs == [:])
  }

  @Test("more changes than Kafka takes in one request are refused as a whole")
  func tooMany() async throws {
    try await fixture.createTopic("a")
    let many = (0...10_000).map { (Self.set, "key.\($0)", "1" as String?) }
    let answer = try #require(try await alter(resource(2, "a", many)).first)
    #expect(answer.errorCode == .policyViolation)
  }

  @Test("a value that grows too long by appending is refused")
  func tooLong() async throws {
    let name = String(repeating: "x", count: 32_000)
    #expect(try await one(16, "m", (Self.set, "metrics", name)).errorCode == .none)
    let longer = try await one(
      16, "m", (Self.append, "metrics", String(repeating: "y", count: 1_000)))
    #expect(longer.errorCode == .invalidConfig)
    #expect(longer.errorMessage?.contains("maximum value size of 32767 bytes") == true)
  }

  @Test("who changed what is kept")
  func history() async throws {
    let store = ScriptedStore()
    let fixture = try BrokerFixture(on: store)
    try await fixture.createTopic("a", configs: ["segment.ms": "1"])
    let request = IncrementalAlterConfigsRequest.with {
      $0.resources = [resource(2, "a", [(Self.set, "segment.ms", "2")])]
    }
    _ = try await fixture.send(request, clientID: "admin")
    try await fixture.deleteTopic(try #require(fixture.storage.catalog()["a"]))
    let history = store.tables.configHistory
    #expect(history.map(\.change.after) == ["1", "2", nil])
    #expect(
      history.map(\.author.source) == [.createTopics, .incrementalAlterConfigs, .topicDeletion])
    #expect(history[1].author.clientID == "admin")
    #expect(history[1].author.clientHost == "/127.0.0.1")
    #expect(history[1].author.attribution.principal == "User:ANONYMOUS")
  }

  // MARK: The broker

  @Test("the broker's own beats the defaults of all, which beat what it was started with")
  func precedence() async throws {
    let key = "log.retention.ms"
    let fixed = ["5000 from 4", "log.retention.ms=5000 from 4", "log.retention.hours=168 from 5"]
    #expect(try await described(4, "1", key) == fixed)
    #expect(try await one(4, "", (Self.set, key, "6000")).errorCode == .none)
    #expect(
      try await described(4, "1", key).prefix(2) == ["6000 from 3", "log.retention.ms=6000 from 3"])
    #expect(try await described(4, "", key) == ["6000 from 3", "log.retention.ms=6000 from 3"])
    #expect(try await one(4, "1", (Self.set, key, "7000")).errorCode == .none)
    #expect(
      try await described(4, "1", key) == [
        "7000 from 2", "log.retention.ms=7000 from 2", "log.retention.ms=6000 from 3",
      ] + fixed.dropFirst())
    try await fixture.createTopic("orders")
    #expect(try await described(2, "orders", "retention.ms").first == "7000 from 2")
    for name in ["", "1"] {
      #expect(try await one(4, name, (Self.delete, key, nil)).errorCode == .none)
    }
    #expect(try await described(4, "1", key) == fixed)
  }

  @Test("the next produce goes by what was set on the broker, and on the topic")
  func nextProduce() async throws {
    let topic = try await fixture.createTopic("orders")
    let batch = Batch.of(String(repeating: "x", count: 1_000))
    _ = try await one(4, "1", (Self.set, "message.max.bytes", "500"))
    #expect(try await fixture.produce(batch, to: topic).errorCode == .messageTooLarge)
    _ = try await one(2, "orders", (Self.set, "max.message.bytes", "5000"))
    #expect(try await fixture.produce(batch, to: topic).errorCode == .none)
    _ = try await one(2, "orders", (Self.set, "max.message.bytes", "100"))
    #expect(try await fixture.produce(batch, to: topic).errorCode == .messageTooLarge)
  }

  @Test("a restart goes by what was set")
  func restart() async throws {
    let store = ScriptedStore()
    let before = try BrokerFixture(on: store)
    let request = IncrementalAlterConfigsRequest.with {
      $0.resources = [resource(4, "", [(Self.set, "message.max.bytes", "777")])]
    }
    _ = try await before.send(request)
    before.storage.close()
    let after = try BrokerFixture(on: store)
    #expect(after.config.current.messageMaxBytes == 777)
  }

  @Test("stored rows that would be refused are not in force, each is told once, and the rest holds")
  func illegalRows() async throws {
    let store = ScriptedStore()
    store.tables.configs = [
      .brokerDefaults: ["message.max.bytes": "many", "log.retention.ms": "9000", "node.id": "9"],
      .group("g"): ["consumer.session.timeout.ms": "1", "consumer.heartbeat.interval.ms": "6000"],
    ]
    let fixture = try BrokerFixture(on: store)
    #expect(fixture.config.current.messageMaxBytes == 1_048_588)
    #expect(fixture.config.current.nodeID == 1)
    let told = fixture.warnings.withLock { $0 }
    #expect(told.count == 3)
    #expect(
      told.first
        == "config_overrides: 'message.max.bytes' of broker '<default>' is not in force: Invalid"
        + " value many for configuration message.max.bytes: Not a number of type INT")
    let request = IncrementalAlterConfigsRequest.with {
      $0.resources = [resource(4, "1", [(Self.set, "log.retention.ms", "8000")])]
    }
    #expect(try await fixture.send(request).responses.map(\.errorCode) == [.none])
    #expect(fixture.warnings.withLock { $0.count } == 3)
  }

  // MARK: Groups

  @Test("members of a group go by its own settings, those of others by the broker's")
  func groups() async throws {
    try await fixture.createTopic("orders")
    let joined = try await fixture.consumerJoin("m", topics: ["orders"])
    #expect(joined.heartbeatIntervalMilliseconds == 5_000)
    let answer = try await one(32, "g", (Self.set, "consumer.heartbeat.interval.ms", "7000"))
    #expect(answer.errorCode == .none)
    let next = try await fixture.consumerHeartbeat("m", joined.memberEpoch)
    #expect(next.heartbeatIntervalMilliseconds == 7_000)
    #expect(
      try await described(32, "g", "consumer.heartbeat.interval.ms") == [
        "7000 from 8", "consumer.heartbeat.interval.ms=7000 from 8",
        "group.consumer.heartbeat.interval.ms=5000 from 5",
      ])
    _ = try await one(32, "g", (Self.delete, "consumer.heartbeat.interval.ms", nil))
    let last = try await fixture.consumerHeartbeat("m", joined.memberEpoch)
    #expect(last.heartbeatIntervalMilliseconds == 5_000)
  }

  // MARK: AlterConfigs, ListConfigResources, loggers

  @Test(
    "AlterConfigs puts the whole in the place of what is set",
    arguments: versions(of: .alterConfigs))
  func replaced(version: Int16) async throws {
    try await fixture.createTopic("orders", configs: ["segment.ms": "1", "retention.ms": "2"])
    let request = AlterConfigsRequest.with {
      $0.resources = [
        .with {
          $0.resourceType = 2
          $0.resourceName = "orders"
          $0.configs = [
            .with {
              $0.name = "retention.ms"
              $0.value = "3"
            }
          ]
        },
        .with {
          $0.resourceType = 8
          $0.resourceName = "1"
        },
      ]
    }
    let answers = try await fixture.send(request, version: version).responses
    #expect(answers.map(\.errorCode) == [.none, .invalidRequest])
    #expect(answers[1].errorMessage == "Unknown resource type 8")
    #expect(fixture.storage.catalog()["orders"]?.configs == ["retention.ms": "3"])
  }

  @Test("what has a configuration is listed by kind")
  func listed() async throws {
    try await fixture.createTopic("orders")
    _ = try await alter(
      resource(32, "g", [(Self.set, "consumer.session.timeout.ms", "50000")]),
      resource(16, "m", [(Self.set, "metrics", "a")]))
    func list(_ types: [Int8], version: Int16 = 1) async throws -> [String] {
      let request = ListConfigResourcesRequest.with { $0.resourceTypes = types }
      return try await fixture.send(request, version: version).configResources.map {
        "\($0.resourceType) \($0.resourceName)"
      }
    }
    #expect(try await list([]) == ["2 orders", "4 1", "8 1", "16 m", "32 g"])
    #expect(try await list([32, 2]) == ["2 orders", "32 g"])
    #expect(try await list([], version: 0) == ["16 m"])
    let unknown = ListConfigResourcesRequest.with { $0.resourceTypes = [99] }
    #expect(try await fixture.send(unknown).errorCode == .unsupportedVersion)
  }

  @Test("levels of loggers are set, shown and taken back")
  func loggers() async throws {
    let levels = SharedValue<[String: String]>(["root": "INFO", "acta": "INFO"])
    let control = LogLevelControl(
      levels: { levels.withLock { $0 } },
      set: { name, level in levels.withLock { $0[name] = level ?? $0["root"] } })
    let fixture = try BrokerFixture(logLevels: control)
    func alter(_ name: String, _ configs: [(Int8, String, String?)], dry: Bool = false)
      async throws -> [String]
    {
      let request = IncrementalAlterConfigsRequest.with {
        $0.resources = [resource(8, name, configs)]
        $0.validateOnly = dry
      }
      return try await fixture.send(request).responses.map {
        "\($0.errorCode.rawValue) \($0.errorMessage ?? "")"
      }
    }
    #expect(try await alter("1", [(Self.set, "acta", "DEBUG")], dry: true) == ["0 "])
    #expect(levels.withLock { $0["acta"] } == "INFO")
    #expect(try await alter("1", [(Self.set, "acta", "DEBUG")]) == ["0 "])
    #expect(levels.withLock { $0["acta"] } == "DEBUG")
    #expect(try await alter("1", [(Self.delete, "acta", nil)]) == ["0 "])
    #expect(levels.withLock { $0["acta"] } == "INFO")
    #expect(
      try await alter("1", [(Self.set, "no.such", "INFO")]) == ["40 Logger no.such does not exist!"]
    )
    #expect(
      try await alter("1", [(Self.set, "root", "LOUD")]) == [
        "40 Cannot set the log level of root to LOUD as it is not a supported log level. Valid log"
          + " levels are DEBUG, ERROR, FATAL, INFO, TRACE, WARN"
      ])
    #expect(
      try await alter("1", [(Self.delete, "root", nil)]) == [
        "42 Removing the log level of the root logger is not allowed"
      ])
    #expect(
      try await alter("1", [(Self.append, "root", "INFO")]) == [
        "42 APPEND operation is not allowed for the BROKER_LOGGER resource"
      ])
    #expect(
      try await alter("7", [(Self.set, "root", "INFO")]) == [
        "42 Unexpected node id. Expected 1, but received 7"
      ])
  }
}
