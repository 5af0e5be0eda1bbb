import ActaModel
import KafkaWire
import LogEngine
import LogStorage
import Testing

@testable import Broker

@Suite("DeleteTopics") struct DeleteTopicsTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  private func asking(
    _ topics: (name: String?, id: TopicID)...
  ) -> DeleteTopicsRequest {
    .with {
      $0.topicNames = topics.map { $0.name ?? "" }
      $0.topics = topics.map { name, id in
        .with {
          $0.name = name
          $0.topicID = id
        }
      }
    }
  }

  @Test("by name a topic is gone at the answer", arguments: versions(of: .deleteTopics))
  func byName(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders")
    try await fixture.createTopic("kept")
    let answers = try await fixture.send(
      asking(("orders", .zero), ("nothing", .zero)), version: version
    ).responses
    #expect(answers.map(\.name) == ["orders", "nothing"])
    #expect(answers.map(\.errorCode) == [.none, .unknownTopicOrPartition])
    #expect(answers.map(\.topicID) == [version >= 6 ? topic.id : .zero, .zero])
    #expect((answers[1].errorMessage != nil) == (version >= 5))
    #expect(fixture.storage.catalog().topics.map(\.name) == ["kept"])
  }

  @Test("by id")
  func byID() async throws {
    let topic = try await fixture.createTopic("orders")
    let unknown = StoredTopic.unknown.id
    let answers = try await fixture.send(asking((nil, topic.id), (nil, unknown))).responses
    #expect(answers.map(\.name) == ["orders", nil])
    #expect(answers.map(\.topicID) == [topic.id, unknown])
    #expect(answers.map(\.errorCode) == [.none, .unknownTopicID])
    #expect(fixture.storage.catalog().topics == [])
  }

  @Test("both a name and an id, or neither, are refused")
  func bothOrNeither() async throws {
    let topic = try await fixture.createTopic("orders")
    let answers = try await fixture.send(asking(("orders", topic.id), (nil, .zero))).responses
    #expect(answers.map(\.errorCode) == [.invalidRequest, .invalidRequest])
    #expect(fixture.storage.catalog().topics.count == 1)
  }

  @Test("a topic named twice is not deleted", arguments: versions(of: .deleteTopics))
  func twiceByName(version: Int16) async throws {
    try await fixture.createTopic("orders")
    try await fixture.createTopic("other")
    let answers = try await fixture.send(
      asking(("orders", .zero), ("other", .zero), ("orders", .zero), ("orders", .zero)),
      version: version
    ).responses
    #expect(answers.map(\.name) == ["orders", "other"])
    #expect(answers.map(\.errorCode) == [.invalidRequest, .none])
    #expect(answers.map(\.errorMessage) == [version >= 5 ? "Duplicate topic name." : nil, nil])
    #expect(fixture.storage.catalog().topics.map(\.name) == ["orders"])
  }

  @Test("nor one whose id is named twice, nor one that is named by name and by id")
  func twiceByID() async throws {
    let topic = try await fixture.createTopic("orders")
    let ids = try await fixture.send(asking((nil, topic.id), (nil, topic.id))).responses
    #expect(ids.map(\.errorMessage) == ["Duplicate topic id."])
    let both = try await fixture.send(asking((nil, topic.id), ("orders", .zero))).responses
    #expect(both.map(\.name) == ["orders"])
    #expect(both.map(\.topicID) == [topic.id])
    #expect(both.map(\.errorCode) == [.invalidRequest])
    let all = try await fixture.send(
      asking(("orders", .zero), (nil, topic.id), (nil, topic.id))
    ).responses
    #expect(all.map(\.errorCode) == [.invalidRequest, .invalidRequest])
    #expect(fixture.storage.catalog().topics.map(\.name) == ["orders"])
  }

  @Test("where deletion is disabled every topic is refused", arguments: versions(of: .deleteTopics))
  func disabled(version: Int16) async throws {
    let fixture = try BrokerFixture(["delete.topic.enable": "false"])
    try await fixture.createTopic("orders")
    let answers = try await fixture.send(asking(("orders", .zero)), version: version).responses
    #expect(answers.map(\.errorCode) == [version < 3 ? .invalidRequest : .topicDeletionDisabled])
    #expect(fixture.storage.catalog().topics.count == 1)
  }

  @Test("a topic created again has a new id and an empty log")
  func createdAgain() async throws {
    let first = try await fixture.createTopic("orders")
    try await fixture.produce(Batch.of("a"), to: first)
    try await fixture.deleteTopic(first)
    let second = try await fixture.createTopic("orders")
    #expect(second.id != first.id)
    #expect(try await fixture.fetch(second).highWatermark == 0)
    #expect(try await fixture.fetch(first).errorCode == .unknownTopicID)
  }

  @Test("a request for nothing has an empty answer", arguments: versions(of: .deleteTopics))
  func nothing(version: Int16) async throws {
    #expect(try await fixture.send(asking(), version: version).responses == [])
  }
}
