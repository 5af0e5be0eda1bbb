import ActaModel
import KafkaWire
import LogEngine
import LogStorage
import Testing

@testable import Broker

@Suite("CreatePartitions") struct CreatePartitionsTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  private func growing(
    _ topics: (name: String, count: Int32)..., assigned: [[Int32]]? = nil,
    validateOnly: Bool = false
  ) -> CreatePartitionsRequest {
    .with {
      $0.validateOnly = validateOnly
      $0.topics = topics.map { name, count in
        .with {
          $0.name = name
          $0.count = count
          $0.assignments = assigned?.map { brokers in .with { $0.brokerIDs = brokers } }
        }
      }
    }
  }

  private func codes(
    _ request: CreatePartitionsRequest, version: Int16? = nil
  ) async throws -> [ErrorCode] {
    let results = try await fixture.send(request, version: version).results
    for result in results {
      #expect((result.errorMessage?.isEmpty == false) == (result.errorCode != .none))
    }
    return results.map(\.errorCode)
  }

  private var count: Int? { fixture.storage.catalog()["orders"]?.partitions.count }

  @Test("new partitions can be used at the answer", arguments: versions(of: .createPartitions))
  func versionsGrow(version: Int16) async throws {
    let old = try await fixture.createTopic("orders")
    try await fixture.produce(Batch.of("a"), to: old)
    #expect(try await codes(growing(("orders", 3)), version: version) == [.none])
    let topic = try #require(fixture.storage.catalog()["orders"])
    #expect(topic.partitions.count == 3)
    #expect(topic.id == old.id)
    let produced = try await fixture.produce(Batch.of("b"), to: topic, partition: 2)
    #expect(produced.errorCode == .none)
    #expect(try await fixture.fetch(topic).values() == ["a"])
  }

  @Test("the new total must be larger")
  func notLarger() async throws {
    try await fixture.createTopic("orders", partitions: 2)
    for count: Int32 in [2, 1, 0, -1] {
      #expect(try await codes(growing(("orders", count))) == [.invalidPartitions])
    }
    #expect(count == 2)
  }

  @Test("unknown topics, and topics named twice, are refused")
  func refusals() async throws {
    try await fixture.createTopic("orders")
    try await fixture.createTopic("twice")
    let request = growing(("twice", 2), ("nothing", 2), ("orders", 2), ("twice", 3))
    #expect(try await codes(request) == [.invalidRequest, .unknownTopicOrPartition, .none])
    #expect(try await codes(growing()) == [])
  }

  @Test("assignments name this broker once for each new partition")
  func assignments() async throws {
    try await fixture.createTopic("orders")
    for assigned: [[Int32]] in [[[1]], [[1], [1], [1]], [[1], [2]], [[1], [1, 1]], [[1], []]] {
      #expect(
        try await codes(growing(("orders", 3), assigned: assigned)) == [.invalidReplicaAssignment])
    }
    #expect(try await codes(growing(("orders", 3), assigned: [[1], [1]])) == [.none])
    #expect(count == 3)
  }

  @Test("validateOnly checks and grows nothing")
  func validateOnly() async throws {
    try await fixture.createTopic("orders")
    #expect(try await codes(growing(("orders", 3), validateOnly: true)) == [.none])
    #expect(try await codes(growing(("orders", 1), validateOnly: true)) == [.invalidPartitions])
    #expect(count == 1)
  }

  @Test(
    "more partitions than the broker holds are refused, asked or done", arguments: [true, false])
  func tooMany(validateOnly: Bool) async throws {
    try await fixture.createTopic("orders")
    for count: Int32 in [20_001, 99_999, .max] {
      #expect(
        try await codes(growing(("orders", count), validateOnly: validateOnly))
          == [.policyViolation])
    }
    #expect(count == 1)
  }
}
