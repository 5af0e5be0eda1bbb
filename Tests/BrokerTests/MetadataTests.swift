import ActaModel
import KafkaWire
import LogEngine
import LogStorage
import Testing

@testable import Broker

@Suite("Metadata") struct MetadataTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  private func asking(_ names: String...) -> MetadataRequest {
    .with { $0.topics = names.map { name in .with { $0.name = name } } }
  }

  @Test("tells the broker and the topic", arguments: versions(of: .metadata))
  func brokerAndTopic(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders", partitions: 2)
    let response = try await fixture.send(asking("orders"), version: version)
    #expect(response.errorCode == .none)
    let node = try #require(response.brokers.first)
    #expect(response.brokers.count == 1)
    #expect(node.nodeID == 1)
    #expect(node.host == "broker.example")
    #expect(node.port == 9092)
    #expect(response.clusterID == (version >= 2 ? fixture.storage.identity.clusterID : nil))
    #expect(response.controllerID == (version >= 1 ? 1 : -1))
    let answer = try #require(response.topics.first)
    #expect(answer.errorCode == .none)
    #expect(answer.name == "orders")
    #expect(answer.topicID == (version >= 10 ? topic.id : .zero))
    #expect(answer.partitions.map(\.partitionIndex) == [0, 1])
    #expect(answer.partitions.map(\.leaderID) == [1, 1])
    #expect(answer.partitions.map(\.replicaNodes) == [[1], [1]])
    #expect(answer.partitions.map(\.isrNodes) == [[1], [1]])
    #expect(answer.partitions.map(\.offlineReplicas) == [[], []])
  }

  @Test(
    "an empty list is all topics in version 0 and none later", arguments: versions(of: .metadata))
  func emptyList(version: Int16) async throws {
    try await fixture.createTopic("a")
    try await fixture.createTopic("b")
    let response = try await fixture.send(asking(), version: version)
    #expect(response.topics.map(\.name) == (version == 0 ? ["a", "b"] : []))
    #expect(response.brokers.count == 1)
  }

  @Test("null is all topics, by name", arguments: versions(of: .metadata, since: 1))
  func null(version: Int16) async throws {
    for name in ["b", "a", "__consumer_offsets"] { try await fixture.createTopic(name) }
    let request = MetadataRequest.with { $0.topics = nil }
    let topics = try await fixture.send(request, version: version).topics
    #expect(topics.map(\.name) == ["__consumer_offsets", "a", "b"])
    #expect(topics.map(\.isInternal) == [true, false, false])
  }

  @Test("clients are told the address of the listener that they came in on")
  func listeners() async throws {
    let outside = fixture.connection(2, listener: "EXTERNAL")
    let response = try await fixture.send(MetadataRequest(), on: outside)
    #expect(response.brokers.map(\.host) == ["outside.example"])
    #expect(response.brokers.map(\.port) == [19092])
  }

  @Test("a named topic is created before the answer", arguments: versions(of: .metadata))
  func creation(version: Int16) async throws {
    let fixture = try BrokerFixture(["num.partitions": "3"])
    let response = try await fixture.send(asking("new", "new"), version: version)
    #expect(response.topics.map(\.errorCode) == [.none])
    #expect(response.topics.map(\.partitions.count) == [3])
    #expect(fixture.storage.catalog()["new"]?.partitions.count == 3)
  }

  @Test("it is not created when the request forbids it, which it can from version 4 on")
  func forbidden() async throws {
    var request = asking("new")
    request.allowAutoTopicCreation = false
    let refused = try await fixture.send(request, version: 4)
    #expect(refused.topics.map(\.errorCode) == [.unknownTopicOrPartition])
    #expect(refused.topics.map(\.name) == ["new"])
    #expect(fixture.storage.catalog().topics == [])
    let created = try await fixture.send(request, version: 3)
    #expect(created.topics.map(\.errorCode) == [.none])
  }

  @Test("it is not created when the configuration forbids it, or cannot be met")
  func configuration() async throws {
    let expected: [(settings: [String: String], code: ErrorCode)] = [
      (["auto.create.topics.enable": "false"], .unknownTopicOrPartition),
      (["default.replication.factor": "3"], .invalidReplicationFactor),
    ]
    for (settings, code) in expected {
      let fixture = try BrokerFixture(settings)
      let response = try await fixture.send(asking("new"))
      #expect(response.topics.map(\.errorCode) == [code])
      #expect(fixture.storage.catalog().topics == [])
    }
  }

  @Test("Kafka's own topics are not created in passing", arguments: versions(of: .metadata))
  func reserved(version: Int16) async throws {
    let request = asking(
      "__consumer_offsets", "__transaction_state", "__share_group_state", "__cluster_metadata")
    let topics = try await fixture.send(request, version: version).topics
    #expect(topics.map(\.errorCode) == Array(repeating: .unknownTopicOrPartition, count: 4))
    #expect(topics.map(\.isInternal) == [version >= 1, version >= 1, version >= 1, false])
    #expect(fixture.storage.catalog().topics == [])
  }

  @Test("an illegal name is refused, created or not, and others are not touched by it")
  func illegalName() async throws {
    for mayCreate in [true, false] {
      try await fixture.createTopic("present-\(mayCreate)")
      var request = asking("no spaces", "present-\(mayCreate)", "")
      request.allowAutoTopicCreation = mayCreate
      let topics = try await fixture.send(request).topics
      #expect(
        topics.map(\.errorCode) == [.invalidTopicException, .none, .invalidTopicException])
      #expect(topics.map(\.name) == ["no spaces", "present-\(mayCreate)", ""])
    }
  }

  @Test("a name that collides with a present one is refused")
  func collision() async throws {
    try await fixture.createTopic("a.b")
    let topics = try await fixture.send(asking("a_b")).topics
    #expect(topics.map(\.errorCode) == [.invalidTopicException])
  }

  @Test(
    "topics are asked for by id from version 12 on", arguments: versions(of: .metadata, since: 12))
  func byID(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders")
    let request = MetadataRequest.with {
      $0.topics = [topic.id, Topic.unknown.id].map { id in
        .with {
          $0.topicID = id
          $0.name = nil
        }
      }
    }
    let topics = try await fixture.send(request, version: version).topics
    #expect(topics.map(\.errorCode) == [.none, .unknownTopicID])
    #expect(topics.map(\.name) == ["orders", nil])
    #expect(topics.map(\.topicID) == [topic.id, Topic.unknown.id])
  }

  @Test("a request with ids is refused before version 12", arguments: [10, 11] as [Int16])
  func idsBefore12(version: Int16) async throws {
    try await fixture.createTopic("orders")
    let request = MetadataRequest.with {
      $0.topics = [
        .with {
          $0.topicID = Topic.unknown.id
          $0.name = "orders"
        },
        .with { $0.name = nil },
      ]
    }
    let response = try await fixture.send(request, version: version)
    #expect(response.topics.map(\.errorCode) == [.invalidRequest, .invalidRequest])
    #expect(response.topics.map(\.name) == ["orders", ""])
    #expect(response.topics.map(\.topicID) == [Topic.unknown.id, .zero])
    #expect(response.brokers == [])
    #expect(response.controllerID == -1)
  }

  @Test("authorized operations are told on request", arguments: versions(of: .metadata, since: 8))
  func authorizedOperations(version: Int16) async throws {
    try await fixture.createTopic("orders")
    let plain = try await fixture.send(asking("orders"), version: version)
    #expect(plain.clusterAuthorizedOperations == .min)
    #expect(plain.topics.map(\.topicAuthorizedOperations) == [.min])
    var request = asking("orders")
    request.includeClusterAuthorizedOperations = true
    request.includeTopicAuthorizedOperations = true
    let full = try await fixture.send(request, version: version)
    #expect(full.clusterAuthorizedOperations == (version <= 10 ? 8096 : .min))
    #expect(full.topics.map(\.topicAuthorizedOperations) == [3576])
  }
}
