import ActaModel
import KafkaConfig
import KafkaWire
import LogEngine
import LogStorage
import Testing

@testable import Broker

@Suite("DescribeConfigs") struct DescribeConfigsTests {
  private typealias Config = DescribeConfigsResponse.Config

  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture(["message.max.bytes": "500000"]) }

  private func request(
    type: Int8 = 2, _ name: String, keys: [String]? = nil
  ) -> DescribeConfigsRequest {
    .with {
      $0.resources = [
        .with {
          $0.resourceType = type
          $0.resourceName = name
          $0.configurationKeys = keys
        }
      ]
    }
  }

  private func describe(
    _ request: DescribeConfigsRequest, version: Int16? = nil
  ) async throws -> DescribeConfigsResponse.Resource {
    try #require(try await fixture.send(request, version: version).results.first)
  }

  @Test(
    "a topic has every key, each with value, source and type",
    arguments: versions(of: .describeConfigs))
  func topic(version: Int16) async throws {
    try await fixture.createTopic("orders", configs: ["retention.ms": "1000"])
    let answer = try await describe(request("orders"), version: version)
    #expect(answer.errorCode == .none)
    #expect(answer.resourceType == 2)
    #expect(answer.resourceName == "orders")
    #expect(Set(answer.configs.map(\.name)) == Set(ConfigKeys.topic.map(\.name)))
    let expected: [(name: String, value: String, source: Int8, type: Int8)] = [
      ("retention.ms", "1000", 1, 5), ("max.message.bytes", "500000", 4, 3),
      ("cleanup.policy", "delete", 5, 7), ("preallocate", "false", 5, 1),
      ("min.cleanable.dirty.ratio", "0.5", 5, 6), ("compression.type", "producer", 5, 2),
    ]
    for (name, value, source, type) in expected {
      let config = try #require(answer.configs.first { $0.name == name })
      #expect(config.value == value)
      #expect(config.configSource == source)
      #expect(config.configType == (version >= 3 ? type : 0))
      #expect(!config.readOnly)
      #expect(config.synonyms == [])
      #expect(config.documentation == nil)
    }
  }

  @Test("only the keys asked for come, and unknown ones are left out")
  func keys() async throws {
    try await fixture.createTopic("orders")
    let some = try await describe(request("orders", keys: ["retention.ms", "no.such.key"]))
    #expect(some.configs.map(\.name) == ["retention.ms"])
    let all = try await describe(request("orders", keys: []))
    #expect(all.configs.count == ConfigKeys.topic.count)
  }

  @Test("synonyms lead from the value in force down to the default")
  func synonyms() async throws {
    try await fixture.createTopic("orders", configs: ["max.message.bytes": "2000"])
    var request = request("orders", keys: ["max.message.bytes"])
    request.includeSynonyms = true
    let config = try #require(try await describe(request).configs.first)
    #expect(
      config.synonyms.map(\.name) == [
        "max.message.bytes", "message.max.bytes", "message.max.bytes",
      ])
    #expect(config.synonyms.map(\.value) == ["2000", "500000", "1048588"])
    #expect(config.synonyms.map(\.source) == [1, 4, 5])
  }

  @Test(
    "documentation comes on request from version 3 on", arguments: versions(of: .describeConfigs))
  func documentation(version: Int16) async throws {
    try await fixture.createTopic("orders")
    var request = request("orders", keys: ["retention.ms"])
    request.includeDocumentation = true
    let config = try #require(try await describe(request, version: version).configs.first)
    #expect((config.documentation?.isEmpty == false) == (version >= 3))
  }

  @Test("the broker is described under its id", arguments: versions(of: .describeConfigs))
  func broker(version: Int16) async throws {
    let answer = try await describe(request(type: 4, "1"), version: version)
    #expect(answer.errorCode == .none)
    #expect(Set(answer.configs.map(\.name)) == Set(ConfigKeys.broker.map(\.name)))
    let node = try #require(answer.configs.first { $0.name == "node.id" })
    #expect(node.value == "1")
    #expect(node.readOnly)
    let size = try #require(answer.configs.first { $0.name == "message.max.bytes" })
    #expect(size.value == "500000")
    #expect(size.configSource == 4)
    #expect(!size.readOnly)
  }

  @Test("the broker says what it is, whatever was set")
  func facts() async throws {
    let settings = ["process.roles": "broker", "transaction.state.log.replication.factor": "3"]
    let listeners = ["listeners": "PLAINTEXT://:9092,EXTERNAL://:19092"]
    let protocols = [
      "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,EXTERNAL:PLAINTEXT"
    ]
    let folder = try TemporaryFolder()
    let fixture = try BrokerFixture(
      settings.merging(listeners) { $1 }.merging(protocols) { $1 }, at: folder.database)
    var request = request(type: 4, "1")
    request.includeSynonyms = true
    let configs = try #require(try await fixture.send(request).results.first).configs
    let location = fixture.storage.identity.location
    let expected = [
      "node.id": "1", "broker.id": "1", "process.roles": "broker,controller",
      "listeners": listeners["listeners"] ?? "",
      "advertised.listeners":
        "PLAINTEXT://broker.example:9092,EXTERNAL://outside.example:19092",
      "log.dirs": location.split(separator: "/").dropLast().map { "/\($0)" }.joined(),
      "transaction.state.log.replication.factor": "1", "transaction.state.log.min.isr": "1",
      "offsets.topic.replication.factor": "1",
    ]
    for (name, value) in expected {
      let config = try #require(configs.first { $0.name == name })
      #expect(config.value == value, "\(name)")
    }
    let factor = configs.first { $0.name == "transaction.state.log.replication.factor" }
    #expect(factor?.synonyms.map(\.value) == ["1", "3"])
    #expect(factor?.synonyms.map(\.source) == [4, 5])
  }

  @Test("the cluster-wide dynamic defaults are none")
  func dynamicDefaults() async throws {
    let answer = try await describe(request(type: 4, ""))
    #expect(answer.errorCode == .none)
    #expect(answer.configs == [])
  }

  @Test("other brokers, other resource types and unknown topics are refused")
  func refusals() async throws {
    let expected: [(type: Int8, name: String, code: ErrorCode)] = [
      (4, "2", .invalidRequest), (4, "one", .invalidRequest), (8, "2", .invalidRequest),
      (8, "", .invalidRequest), (16, "", .invalidRequest), (32, "", .invalidRequest),
      (0, "a", .invalidRequest),
      (2, "nothing", .unknownTopicOrPartition), (2, "no spaces", .invalidTopicException),
      (2, "", .invalidTopicException),
    ]
    for (type, name, code) in expected {
      let answer = try await describe(request(type: type, name))
      #expect(answer.errorCode == code)
      #expect(answer.errorMessage?.isEmpty == false)
      #expect(answer.resourceName == name)
      #expect(answer.configs == [])
    }
  }
}
