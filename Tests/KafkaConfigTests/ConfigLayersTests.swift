import KafkaConfig
import Testing

@Suite("Configuration layers") struct ConfigLayersTests {
  private func layers(
    file: String = "", environment: [String: String] = [:],
    overrides: KeyValuePairs<String, String> = [:]
  ) throws -> ConfigLayers {
    try ConfigLayers(
      file: JavaProperties.parse(file), environment: environment,
      commandLine: overrides.map {
        ConfigLayers.Setting($0.key, $0.value, from: .commandLine(flag: "--override"))
      })
  }

  @Test(
    "a variable is a key: one underscore a dot, two an underscore, three a dash",
    arguments: [
      ("KAFKA_LOG_RETENTION_MS", "log.retention.ms"),
      ("KAFKA_NODE_ID", "node.id"),
      ("KAFKA_A__B", "a_b"),
      ("KAFKA_A___B", "a-b"),
      ("KAFKA_A____B", "a-.b"),
      ("KAFKA_KAFKA_X", "kafka.x"),
    ])
  func mapping(variable: String, key: String) {
    #expect(EnvironmentSettings.key(for: variable) == key)
  }

  @Test(
    "variables of the image's scripts, and others, are no keys",
    arguments: [
      "KAFKA_VERSION", "KAFKA_HEAP_OPTS", "KAFKA_LOG4J_OPTS", "KAFKA_OPTS", "KAFKA_JMX_OPTS",
      "KAFKA_JVM_PERFORMANCE_OPTS", "KAFKA_GC_LOG_OPTS", "KAFKA_LOG4J_ROOT_LOGLEVEL",
      "KAFKA_LOG4J_LOGGERS", "KAFKA_TOOLS_LOG4J_LOGLEVEL", "KAFKA_JMX_HOSTNAME", "KAFKA_", "PATH",
      "CLUSTER_ID", "kafka_node_id",
    ])
  func excluded(variable: String) {
    #expect(EnvironmentSettings.key(for: variable) == nil)
  }

  @Test("the command line beats the environment, which beats the file")
  func order() throws {
    let file = "num.partitions=2\nnode.id=2\nlog.retention.bytes=2\nnum.partitions=3"
    let environment = ["KAFKA_NODE_ID": "4", "KAFKA_LOG_RETENTION_BYTES": "4"]
    let all = try layers(
      file: file, environment: environment,
      overrides: ["log.retention.bytes": "5", "log.retention.bytes": "6"])
    #expect(all.settings["num.partitions"]?.value == "3")
    #expect(all.settings["num.partitions"]?.origin == .file(line: 4))
    #expect(all.settings["node.id"]?.value == "4")
    #expect(all.settings["node.id"]?.origin == .environment(variable: "KAFKA_NODE_ID"))
    #expect(all.settings["log.retention.bytes"]?.value == "6")
    #expect(all.settings.count == 3)
    #expect(all.notices == [])
  }

  @Test(
    "an unknown key is an error that names the nearest",
    arguments: [
      ("num.partition", "; did you mean num.partitions?"),
      ("log.retention.hour", "; did you mean log.retention.hours?"),
      ("retention.ms", "; did you mean log.retention.ms?"),
      ("group.consumer.assignor", "; did you mean group.consumer.assignors?"),
      ("nothing.like.any.key", "."),
    ])
  func unknown(name: String, hint: String) {
    let error = #expect(throws: ConfigError.self) { try layers(file: "node.id=1\n\(name)=1") }
    #expect(
      error?.description == "Unknown configuration \(name) (configuration file, line 2)\(hint)")
    let override = #expect(throws: ConfigError.self) {
      try ConfigLayers(
        commandLine: [.init(name, "1", from: .commandLine(flag: "--override"))])
    }
    #expect(
      override?.description == "Unknown configuration \(name) (command line, --override)\(hint)")
  }

  @Test("keys of Kafka that mean nothing here are accepted and named in one notice")
  func tolerated() throws {
    let all = try layers(
      file: """
        zookeeper.connect=localhost:2181
        ssl.keystore.password=secret
        broker.rack=a
        replica.fetch.max.bytes=1
        """, environment: ["KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093"],
      overrides: ["sasl.mechanism.inter.broker.protocol": "PLAIN"])
    #expect(all.settings.isEmpty)
    #expect(
      all.notices == [
        "ignored: broker.rack, controller.quorum.voters, replica.fetch.max.bytes,"
          + " sasl.mechanism.inter.broker.protocol, ssl.keystore.password, zookeeper.connect"
      ])
  }

  @Test("an unknown key from the environment is a notice, for the image maps anything")
  func unknownVariable() throws {
    let all = try layers(environment: ["KAFKA_SERVICE_HOST": "10.0.0.1", "KAFKA_NODE_ID": "3"])
    #expect(all.settings.keys.sorted() == ["node.id"])
    #expect(
      all.notices == [
        "ignored: service.host, which environment variable KAFKA_SERVICE_HOST sets, is not a known"
          + " configuration"
      ])
  }

  @Test("a value of the wrong type is an error wherever it comes from")
  func wrongType() throws {
    let all = try layers(environment: ["KAFKA_NUM_PARTITIONS": "abc"])
    let error = #expect(throws: ConfigError.self) { try BrokerConfig(all, hostName: "h") }
    #expect(
      error?.description
        == "Invalid value abc for configuration num.partitions: Not a number of type INT")
  }

  @Test("advertised addresses without listeners mean the same ports on every interface")
  func impliedListeners() throws {
    let environment = [
      "KAFKA_LISTENERS": "", "KAFKA_ADVERTISED_LISTENERS": "PLAINTEXT://a:9092, X://[::1]:9093",
    ]
    let all = try layers(environment: environment)
    #expect(all.settings["listeners"]?.value == "PLAINTEXT://0.0.0.0:9092,X://0.0.0.0:9093")
    let withFile = try layers(file: "listeners=PLAINTEXT://:1", environment: environment)
    #expect(withFile.settings["listeners"]?.value == "PLAINTEXT://:1")
  }
}
