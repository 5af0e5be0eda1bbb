import ActaClient
import Foundation
import Testing

@Suite("Configuration from Kafka's properties") struct ConfigurationTests {
  // MARK: The tables

  /// What Java's client knows: name, type, default.
  private static func java(_ client: String) throws -> [(name: String, type: String, value: String)]
  {
    let url = try #require(
      Bundle.module.url(forResource: "properties", withExtension: "txt", subdirectory: "Fixtures"))
    return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").compactMap { line in
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      return fields[0] == client ? (fields[1], fields[2], fields[3]) : nil
    }
  }

  private static func compare(
    _ properties: [ConfigurationProperty], with client: String, ours: [String: String]
  ) throws {
    let byName = Dictionary(
      properties.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    #expect(byName.count == properties.count)
    for (name, type, value) in try java(client) {
      let property = try #require(byName[name], "\(name) is not known")
      guard property.role == .effective else { continue }
      #expect(property.type == type, "\(name)")
      #expect((property.defaultValue ?? "") == ours[name] ?? value, "\(name)")
    }
    for property in properties { #expect(property.summary.hasSuffix("."), "\(property.name)") }
  }

  @Test("every property of Java's producer is known, with its type and default")
  func producerTable() throws {
    // Java has no default for the first.
    try Self.compare(
      ProducerConfiguration.properties, with: "producer",
      ours: ["bootstrap.servers": "localhost:9092"])
  }

  @Test("every property of Java's consumer is known, with its type and default")
  func consumerTable() throws {
    try Self.compare(
      ConsumerConfiguration.properties, with: "consumer",
      ours: [
        "bootstrap.servers": "localhost:9092",
        "partition.assignment.strategy": "range,cooperative-sticky",
      ])
  }

  @Test("every property of Java's administrator is known, with its type and default")
  func adminTable() throws {
    try Self.compare(
      AdminConfiguration.properties, with: "admin",
      ours: ["bootstrap.servers": "localhost:9092"])
  }

  @Test("what is written out of the table reads back as the defaults")
  func defaults() throws {
    var properties: [String: String] = [:]
    for property in ProducerConfiguration.properties where property.role != .withoutEffect {
      if property.name == "enable.idempotence" { continue }
      properties[property.name] = property.defaultValue
    }
    let read = try ProducerConfiguration(properties: properties) { Issue.record("\($0)") }
    #expect("\(read)" == "\(ProducerConfiguration())")
  }

  // MARK: Values

  @Test("a producer's settings")
  func producer() throws {
    let configuration = try ProducerConfiguration(properties: [
      "bootstrap.servers": "a:1, [::1]:2", "client.id": "me", "acks": "-1", "batch.size": "1",
      "linger.ms": "0", "compression.type": "zstd", "compression.zstd.level": "-5",
      "compression.gzip.level": "9", "retries": "3", "enable.idempotence": "TRUE",
      "partitioner.class": "org.apache.kafka.clients.producer.RoundRobinPartitioner",
      "transactional.id": "tx", "buffer.memory": "  1000000  ",
    ])
    #expect(configuration.bootstrapServers == ["a:1", "[::1]:2"])
    #expect(configuration.clientID == "me")
    #expect(configuration.compression == .zstd)
    #expect(configuration.compressionLevel == -5)
    #expect(configuration.retries == 3)
    #expect(configuration.bufferMemory == 1_000_000)
    #expect(configuration.transactionalID == "tx")
    guard case .roundRobin = configuration.partitioner else {
      Issue.record("not round robin")
      return
    }
  }

  @Test("a consumer's settings")
  func consumer() throws {
    let configuration = try ConsumerConfiguration(properties: [
      "group.id": "g", "group.protocol": "Classic", "auto.offset.reset": "by_duration:P1DT2H3M4.5S",
      "isolation.level": "read_committed",
      "partition.assignment.strategy":
        "sticky,org.apache.kafka.clients.consumer.RoundRobinAssignor",
      "enable.auto.commit": "false",
    ])
    #expect(configuration.groupID == "g")
    #expect(configuration.autoOffsetReset == .byDuration(milliseconds: 93_784_500))
    #expect(configuration.isolationLevel == .readCommitted)
    #expect(configuration.partitionAssignmentStrategy == [.sticky, .roundRobin])
    #expect(!configuration.enableAutoCommit)
  }

  @Test("an administrator's settings")
  func admin() throws {
    let configuration = try AdminConfiguration(properties: [
      "bootstrap.servers": "a:1", "default.api.timeout.ms": "5000", "retries": "2",
      "request.timeout.ms": "1000",
    ])
    #expect(configuration.bootstrapServers == ["a:1"])
    #expect(configuration.defaultAPITimeoutMilliseconds == 5_000)
    #expect(configuration.retries == 2)
    #expect(configuration.requestTimeoutMilliseconds == 1_000)
    let unknown = #expect(throws: KafkaError.self) {
      try AdminConfiguration(properties: ["retrys": "2"])
    }
    #expect(unknown?.description == "Unknown configuration retrys; did you mean retries?")
  }

  @Test("names that are not known may be passed over: a file is for more than one kind of client")
  func unknownNames() throws {
    let shared = ["acks": "all", "client.id": "tool", "my.own": "1"]
    #expect(throws: KafkaError.self) { try AdminConfiguration(properties: shared) }
    var notes: [String] = []
    let configuration = try AdminConfiguration(properties: shared, unknown: .ignored) {
      notes.append($0)
    }
    #expect(configuration.clientID == "tool")
    #expect(
      notes == ["acks has no effect: it is not known.", "my.own has no effect: it is not known."])
    #expect(try ConsumerConfiguration(properties: shared, unknown: .ignored).clientID == "tool")
    #expect(try ProducerConfiguration(properties: shared, unknown: .ignored).acks == .all)
    #expect(throws: KafkaError.self) {
      try ProducerConfiguration(properties: ["acks": "9"], unknown: .ignored)
    }
  }

  @Test(
    "durations as ISO 8601 writes them, and what is none",
    arguments: [
      ("PT0.001S", 1), ("PT1.5S", 1_500), ("P2D", 172_800_000), ("PT2H", 7_200_000),
      ("pt5m", 300_000),
      ("PT1H30M", 5_400_000), ("PT0.0009S", 0),
      ("P", nil), ("PT", nil), ("5", nil), ("PT5", nil), ("PT-5S", nil), ("-PT5S", nil),
      ("PT1S2M", nil),
      ("P1H", nil), ("PT1.5M", nil), ("P1DT", nil), ("PTT1S", nil), ("P999999999999D", nil),
      ("", nil),
    ] as [(String, Int64?)])
  func durations(_ text: String, _ milliseconds: Int64?) throws {
    let read = try? ConsumerConfiguration(properties: ["auto.offset.reset": "by_duration:\(text)"])
    #expect(read?.autoOffsetReset == milliseconds.map { .byDuration(milliseconds: $0) })
  }

  // MARK: Refusals

  /// Properties, and what the refusal says.
  static let producerRefusals: [([String: String], String)] = [
    (["lingr.ms": "5"], "Unknown configuration lingr.ms; did you mean linger.ms?"),
    (["linger_ms": "5"], "did you mean linger.ms?"),
    (["message.timeout.ms": "5"], "Unknown configuration message.timeout.ms"),
    (["auto.offset.reset": "latest"], "Unknown configuration auto.offset.reset."),
    (["linger.ms": "-1"], "Invalid value -1 for configuration linger.ms: Value must be at least 0"),
    (
      ["linger.ms": "5ms"],
      "Invalid value 5ms for configuration linger.ms: Not a number of type LONG"
    ),
    (["batch.size": "4294967296"], "Not a number of type INT"),
    (["enable.idempotence": "yes"], "Expected value to be either true or false"),
    (["acks": "2"], "String must be one of: all, -1, 0, 1"),
    (["compression.type": "LZ4"], "String must be one of: none, gzip, snappy, lz4, zstd"),
    (["compression.gzip.level": "0"], "Value must be between 1 and 9 or equal to -1"),
    (["acks": "1", "enable.idempotence": "true"], "Must set acks to all"),
    (["retries": "0", "enable.idempotence": "true"], "Must set retries to non-zero"),
    (["max.in.flight.requests.per.connection": "6"], "at most 5"),
    (["delivery.timeout.ms": "30000"], "delivery.timeout.ms should be equal to or larger than"),
    (["transactional.id": ""], "String must be non-empty"),
    (
      ["transactional.id": "t", "acks": "1"],
      "Cannot set a transactional.id without also enabling idempotence"
    ),
    (["security.protocol": "SASL_SSL"], "GSSAPI is not there"),
    (["partitioner.class": "com.example.Mine"], "could not be found"),
    (["bootstrap.servers": "nowhere"], "not of the form host:port"),
    (["bootstrap.servers": ""], "must not be empty. Valid values include: any non-empty value"),
  ]

  @Test("a producer's refusals are Kafka's", arguments: producerRefusals)
  func refusedProducer(_ properties: [String: String], _ said: String) {
    let error = #expect(throws: KafkaError.self) {
      try ProducerConfiguration(properties: properties)
    }
    #expect(error?.description.contains(said) == true, "\(error?.description ?? "")")
    #expect(error?.isRetriable == false)
  }

  static let consumerRefusals: [([String: String], String)] = [
    (["group": "g"], "Unknown configuration group"),
    (["fetch.min.byte": "1"], "did you mean fetch.min.bytes?"),
    (["auto.offset.reset": "smallest"], "by_duration:<PnDTnHnMn.nS.>"),
    (["group.id": ""], "String must be non-empty"),
    (["group.id": "g", "group.protocol": "new"], "CONSUMER, CLASSIC"),
    (
      ["group.id": "g", "group.protocol": "consumer", "session.timeout.ms": "6000"],
      "session.timeout.ms cannot be set when group.protocol=CONSUMER"
    ),
    (
      ["group.id": "g", "group.remote.assignor": "range"],
      "group.remote.assignor cannot be set when group.protocol=CLASSIC"
    ),
    (["enable.auto.commit": "true"], "when default group id (null) is used"),
    (["partition.assignment.strategy": "fair", "group.id": "g"], "none of range"),
    (["heartbeat.interval.ms": "60000"], "heartbeat.interval.ms must be"),
    (["exclude.internal.topics": "false"], "Only true is possible"),
  ]

  @Test("a consumer's refusals are Kafka's", arguments: consumerRefusals)
  func refusedConsumer(_ properties: [String: String], _ said: String) {
    let error = #expect(throws: KafkaError.self) {
      try ConsumerConfiguration(properties: properties)
    }
    #expect(error?.description.contains(said) == true, "\(error?.description ?? "")")
  }

  @Test("what has no effect is said, and so is what follows from other settings")
  func notes() throws {
    var notes: [String] = []
    let configuration = try ProducerConfiguration(properties: [
      "key.serializer": "org.apache.kafka.common.serialization.StringSerializer", "acks": "1",
      "linger.ms": "200000",
    ]) { notes.append($0) }
    #expect(!configuration.enableIdempotence)
    #expect(configuration.deliveryTimeoutMilliseconds == 230_000)
    #expect(
      notes == [
        "key.serializer has no effect: serializers are given in the source.",
        "Idempotence is off because acks is not all.",
        "delivery.timeout.ms is 230000: linger.ms + request.timeout.ms.",
      ])
  }

  // MARK: Files

  private static func file(_ text: String) throws -> String {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(
      "client-\(UInt64.random(in: 0 ... .max)).properties"
    ).path
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  @Test("a property file is read as Java reads it")
  func propertyFile() throws {
    let path = try Self.file(
      """
      # of the shop
      bootstrap.servers = a:1,\\
          b:2
      client.id:caf\\u00e9
      linger.ms 7
      linger.ms=9
      """)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let configuration = try ProducerConfiguration(propertyFile: path)
    #expect(configuration.bootstrapServers == ["a:1", "b:2"])
    #expect(configuration.clientID == "café")
    #expect(configuration.lingerMilliseconds == 9)
    let consumer = #expect(throws: KafkaError.self) {
      try ConsumerConfiguration(propertyFile: path)
    }
    #expect(consumer?.description.contains("linger.ms") == true)
  }

  @Test("a file that is not there, or no property file, is said with its path")
  func badFiles() throws {
    let missing = #expect(throws: KafkaError.self) {
      try ProducerConfiguration(propertyFile: "/nowhere/client.properties")
    }
    #expect(missing?.description.contains("/nowhere/client.properties") == true)
    #expect(missing?.description.contains("No such file") == true)
    let path = try Self.file("a=b\nc=\\u12")
    defer { try? FileManager.default.removeItem(atPath: path) }
    let malformed = #expect(throws: KafkaError.self) {
      try ProducerConfiguration(propertyFile: path)
    }
    #expect(malformed?.description.contains("line 2") == true)
  }
}
