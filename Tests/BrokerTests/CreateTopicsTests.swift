import ActaModel
import KafkaConfig
import KafkaWire
import LogEngine
import LogStorage
import Testing

@testable import Broker

@Suite("CreateTopics") struct CreateTopicsTests {
  private typealias Asked = CreateTopicsRequest.Topic

  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture(["num.partitions": "2"]) }

  private func topic(
    _ name: String, partitions: Int32 = 1, replicas: Int16 = 1, assigned: [Int32: [Int32]] = [:],
    configs: [String: String?] = [:]
  ) -> Asked {
    .with {
      $0.name = name
      $0.numPartitions = partitions
      $0.replicationFactor = replicas
      $0.assignments = assigned.sorted { $0.key < $1.key }.map { partition, brokers in
        .with {
          $0.partitionIndex = partition
          $0.brokerIDs = brokers
        }
      }
      $0.configs = configs.map { name, value in
        .with {
          $0.name = name
          $0.value = value
        }
      }
    }
  }

  private func create(
    _ topics: Asked..., validateOnly: Bool = false, version: Int16? = nil
  ) async throws -> [CreateTopicsResponse.Topic] {
    let request = CreateTopicsRequest.with {
      $0.topics = topics
      $0.validateOnly = validateOnly
    }
    return try await fixture.send(request, version: version).topics
  }

  private func code(_ topic: Asked, validateOnly: Bool = true) async throws -> ErrorCode {
    let answer = try #require(try await create(topic, validateOnly: validateOnly).first)
    #expect((answer.errorMessage?.isEmpty == false) == (answer.errorCode != .none))
    return answer.errorCode
  }

  @Test("a topic can be used when the answer comes", arguments: versions(of: .createTopics))
  func versionsCreate(version: Int16) async throws {
    let answer = try #require(
      try await create(topic("orders", partitions: 3), version: version).first)
    #expect(answer.name == "orders")
    #expect(answer.errorCode == .none)
    #expect(answer.errorMessage == nil)
    let created = try #require(fixture.storage.catalog()["orders"])
    #expect(answer.topicID == (version >= 7 ? created.id : .zero))
    #expect(answer.numPartitions == (version >= 5 ? 3 : -1))
    #expect(answer.replicationFactor == (version >= 5 ? 1 : -1))
    #expect(answer.configs?.count == (version >= 5 ? ConfigKeys.topic.count : 0))
    let produced = try await fixture.produce(Batch.of("a"), to: created, partition: 2)
    #expect(produced.errorCode == .none)
  }

  @Test("the effective configuration is told with its sources")
  func configs() async throws {
    let answer = try #require(
      try await create(topic("orders", configs: ["retention.ms": "1000"])).first)
    let configs = try #require(answer.configs)
    let retention = try #require(configs.first { $0.name == "retention.ms" })
    #expect(retention.value == "1000")
    #expect(retention.configSource == ConfigSource.topic.rawValue)
    #expect(!retention.readOnly)
    #expect(!retention.isSensitive)
    let policy = try #require(configs.first { $0.name == "cleanup.policy" })
    #expect(policy.value == "delete")
    #expect(policy.configSource == ConfigSource.default.rawValue)
    #expect(fixture.storage.catalog()["orders"]?.configs == ["retention.ms": "1000"])
  }

  @Test("-1 is the default number of partitions and replicas")
  func defaults() async throws {
    let answer = try await create(topic("orders", partitions: -1, replicas: -1))
    #expect(answer.map(\.numPartitions) == [2])
    #expect(answer.map(\.replicationFactor) == [1])
  }

  @Test("validateOnly checks everything and creates nothing")
  func validateOnly() async throws {
    let answer = try #require(
      try await create(topic("orders", partitions: 3), validateOnly: true).first)
    #expect(answer.errorCode == .none)
    #expect(answer.topicID == .zero)
    #expect(answer.numPartitions == 3)
    #expect(answer.configs?.count == ConfigKeys.topic.count)
    #expect(try await code(topic("no spaces")) == .invalidTopicException)
    #expect(fixture.storage.catalog().topics == [])
  }

  @Test("configurations that were only validated do not colour those of another topic")
  func validatedConfigs() async throws {
    for retention in ["1000", "2000"] {
      let answer = try #require(
        try await create(
          topic("orders", configs: ["retention.ms": retention]), validateOnly: true
        ).first)
      #expect(answer.configs?.first { $0.name == "retention.ms" }?.value == retention)
    }
  }

  @Test("names must be legal, new, and not collide")
  func names() async throws {
    _ = try await create(topic("a.b"))
    for isChecked in [true, false] {
      #expect(try await code(topic("a.b"), validateOnly: isChecked) == .topicAlreadyExists)
      #expect(try await code(topic("a_b"), validateOnly: isChecked) == .invalidTopicException)
      #expect(try await code(topic(""), validateOnly: isChecked) == .invalidTopicException)
      #expect(try await code(topic(".."), validateOnly: isChecked) == .invalidTopicException)
      #expect(
        try await code(topic("__cluster_metadata"), validateOnly: isChecked) == .invalidRequest)
    }
    let long = String(repeating: "n", count: 249)
    #expect(try await code(topic(long)) == .none)
    #expect(try await code(topic(long + "n")) == .invalidTopicException)
  }

  @Test(
    "a topic named twice is refused by one answer; others are created", arguments: [false, true])
  func duplicates(validateOnly: Bool) async throws {
    let answers = try await create(
      topic("a"), topic("b"), topic("a"), topic("a"), validateOnly: validateOnly)
    #expect(answers.map(\.name) == ["a", "b"])
    #expect(answers.map(\.errorCode) == [.invalidRequest, .none])
    #expect(answers.first?.errorMessage == "Duplicate topic name.")
    #expect(fixture.storage.catalog().topics.map(\.name) == (validateOnly ? [] : ["b"]))
  }

  @Test("of two names in one request that collide the first is created", arguments: [false, true])
  func collisionInRequest(validateOnly: Bool) async throws {
    let answers = try await create(
      topic("a.b"), topic("no spaces"), topic("a_b"), validateOnly: validateOnly)
    #expect(
      answers.map(\.errorCode) == [.none, .invalidTopicException, .invalidTopicException])
    #expect(fixture.storage.catalog().topics.map(\.name) == (validateOnly ? [] : ["a.b"]))
  }

  @Test("numbers of partitions and replicas are checked")
  func numbers() async throws {
    #expect(try await code(topic("orders", partitions: 0)) == .invalidPartitions)
    #expect(try await code(topic("orders", partitions: -2)) == .invalidPartitions)
    #expect(try await code(topic("orders", replicas: 0)) == .invalidReplicationFactor)
    #expect(try await code(topic("orders", replicas: -2)) == .invalidReplicationFactor)
    #expect(try await code(topic("orders", replicas: 2)) == .invalidReplicationFactor)
  }

  @Test(
    "more partitions than the broker holds are refused, asked or done", arguments: [true, false])
  func tooManyPartitions(validateOnly: Bool) async throws {
    _ = try await create(topic("present", partitions: 4))
    for count: Int32 in [20_001, 99_999, .max] {
      let answer = try await create(
        topic("orders", partitions: count), validateOnly: validateOnly)
      #expect(answer.map(\.errorCode) == [.policyViolation])
      #expect(
        answer.map(\.errorMessage) == [
          "This broker holds no more partitions than 20000: there are 4, and \(count) more were"
            + " asked for."
        ])
    }
    #expect(fixture.storage.catalog().topics.count == 1)
  }

  @Test("what a request asks for is counted together")
  func tooManyTogether() async throws {
    let answers = try await create(
      topic("a", partitions: 15_000), topic("b", partitions: 15_000), topic("c", partitions: 9),
      validateOnly: true)
    #expect(answers.map(\.errorCode) == [.none, .policyViolation, .none])
  }

  @Test("manual assignments name this broker for partitions 0, 1, 2, …")
  func assignments() async throws {
    func assigned(_ assignment: [Int32: [Int32]], partitions: Int32 = -1) -> Asked {
      topic("orders", partitions: partitions, replicas: -1, assigned: assignment)
    }
    #expect(try await code(assigned([0: [1]], partitions: 1)) == .invalidRequest)
    #expect(try await code(assigned([0: [1], 2: [1]])) == .invalidReplicaAssignment)
    #expect(try await code(assigned([1: [1]])) == .invalidReplicaAssignment)
    #expect(try await code(assigned([0: [2]])) == .invalidReplicaAssignment)
    #expect(try await code(assigned([0: [1, 1]])) == .invalidReplicaAssignment)
    #expect(try await code(assigned([0: []])) == .invalidReplicaAssignment)
    let answer = try await create(assigned([0: [1], 1: [1], 2: [1]]))
    #expect(answer.map(\.errorCode) == [.none])
    #expect(answer.map(\.numPartitions) == [3])
  }

  @Test("unknown keys, bad values and null values are refused")
  func badConfigs() async throws {
    for configs: [String: String?] in [
      ["no.such.key": "1"], ["retention.ms": "soon"], ["retention.ms": "-2"],
      ["retention.ms": nil], ["cleanup.policy": "delete,delete"],
      ["min.compaction.lag.ms": "2", "max.compaction.lag.ms": "1"],
    ] {
      let answer = try #require(try await create(topic("orders", configs: configs)).first)
      #expect(answer.errorCode == .invalidConfig)
      #expect(answer.errorMessage?.isEmpty == false)
      #expect(answer.configs == [])
    }
    #expect(fixture.storage.catalog().topics == [])
  }
}
