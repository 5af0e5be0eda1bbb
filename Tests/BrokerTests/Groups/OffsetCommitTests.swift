import ActaModel
import KafkaWire
import LogStorage
import Testing

@testable import Broker

@Suite("OffsetCommit") struct OffsetCommitTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try .withoutDelay() }

  @Test("what a simple consumer commits is found again", arguments: versions(of: .offsetCommit))
  func simpleConsumer(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders", partitions: 2)
    let codes = try await fixture.commit([(0, 5), (1, 7)], of: topic, version: version)
    #expect(codes == [.none, .none])
    #expect(try await fixture.committed([0, 1], of: topic) == [5, 7])
    #expect(try await fixture.commit([(1, 3)], of: topic, version: version) == [.none])
    #expect(try await fixture.committed([0, 1], of: topic) == [5, 3])
  }

  @Test("answers name topics as the version does", arguments: versions(of: .offsetCommit))
  func names(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders")
    let answer = try await fixture.send(
      OffsetCommitRequest.committing([(0, 5)], of: topic), version: version)
    #expect(answer.topics.map(\.name) == [version < 10 ? "orders" : ""])
    #expect(answer.topics.map(\.topicID) == [version < 10 ? .zero : topic.id])
  }

  @Test("metadata and leader epoch are kept with the position")
  func metadata() async throws {
    let topic = try await fixture.createTopic("orders")
    _ = try await fixture.commit([(0, 5)], of: topic) {
      $0.topics[0].partitions[0].committedMetadata = "half way"
      $0.topics[0].partitions[0].committedLeaderEpoch = 3
    }
    let group = try #require(
      try await fixture.send(OffsetFetchRequest.asking("g", for: [(topic, [0])])).groups.first)
    let partition = try #require(group.topics.first?.partitions.first)
    #expect(partition.metadata == "half way")
    #expect(partition.committedLeaderEpoch == 3)
  }

  @Test("a member commits with its generation; strangers and the past do not")
  func members() async throws {
    let topic = try await fixture.createTopic("orders")
    let member = try await fixture.soleMember()
    #expect(try await fixture.commit([(0, 5)], of: topic, as: member) == [.none])
    let refused: [(TestMember, ErrorCode)] = [
      (member.in(member.generation - 1), .illegalGeneration),
      (member.in(member.generation + 1), .illegalGeneration),
      (TestMember(id: "stranger", generation: 1), .unknownMemberID),
      (TestMember(), .unknownMemberID),
    ]
    for (committer, code) in refused {
      #expect(try await fixture.commit([(0, 9)], of: topic, as: committer) == [code])
    }
    #expect(try await fixture.committed(of: topic) == [5])
  }

  @Test("a group that is not there: offsets alone make it, a generation does not")
  func missingGroup() async throws {
    let topic = try await fixture.createTopic("orders")
    let ghost = TestMember(id: "a", generation: 1)
    #expect(
      try await fixture.commit([(0, 5)], of: topic, as: ghost, version: 8) == [.illegalGeneration])
    #expect(
      try await fixture.commit([(0, 5)], of: topic, as: ghost, version: 9) == [.groupIDNotFound])
    #expect(try await fixture.send(ListGroupsRequest()).groups == [])
  }

  @Test("during a round: accepted while members join, not while they wait for assignments")
  func rebalance() async throws {
    let topic = try await fixture.createTopic("orders")
    let first = try await fixture.soleMember()
    let join = try fixture.beginJoin(try await fixture.newMember())
    #expect(try await fixture.commit([(0, 5)], of: topic, as: first) == [.none])
    let again = first.in(try await fixture.join(first).generationID)
    _ = try await join.response()
    #expect(try await fixture.commit([(0, 6)], of: topic, as: again) == [.rebalanceInProgress])
    #expect(try await fixture.committed(of: topic) == [5])
  }

  @Test("each partition has its own error, and the others are kept")
  func mixed() async throws {
    let topic = try await fixture.createTopic("orders", partitions: 3)
    let codes = try await fixture.commit(
      [(0, 5), (7, 1), (1, 6), (-1, 1), (2, 7)], of: topic
    ) { $0.topics[0].partitions[2].committedMetadata = String(repeating: "x", count: 4097) }
    #expect(
      codes == [
        .none, .unknownTopicOrPartition, .offsetMetadataTooLarge, .unknownTopicOrPartition, .none,
      ])
    #expect(try await fixture.committed([0, 1, 2], of: topic) == [5, -1, 7])
  }

  @Test("metadata may be as long as configured")
  func longMetadata() async throws {
    let topic = try await fixture.createTopic("orders")
    for (count, code) in [(4096, ErrorCode.none), (4097, .offsetMetadataTooLarge)] {
      let codes = try await fixture.commit([(0, 5)], of: topic) {
        $0.topics[0].partitions[0].committedMetadata = String(repeating: "x", count: count)
      }
      #expect(codes == [code])
    }
  }

  @Test(
    "an unknown topic: by name up to v9, by id from v10", arguments: versions(of: .offsetCommit))
  func unknownTopic(version: Int16) async throws {
    let codes = try await fixture.commit([(0, 5)], of: .unknown, version: version)
    #expect(codes == [version < 10 ? .unknownTopicOrPartition : .unknownTopicID])
    #expect(try await fixture.send(ListGroupsRequest()).groups == [])
  }

  @Test("nothing to commit is answered with nothing")
  func empty() async throws {
    #expect(try await fixture.send(OffsetCommitRequest()).topics == [])
    let request = OffsetCommitRequest.committing([], of: try await fixture.createTopic("orders"))
    #expect(try await fixture.send(request).topics == [])
  }

  @Test("positions of a deleted topic are gone, also when it is made again")
  func deletedTopic() async throws {
    let topic = try await fixture.createTopic("orders")
    _ = try await fixture.commit([(0, 5)], of: topic)
    try await fixture.deleteTopic(topic)
    #expect(try await fixture.committed(of: try await fixture.createTopic("orders")) == [-1])
  }

  @Test("a commit prolongs its member's session")
  func prolongs() async throws {
    let topic = try await fixture.createTopic("orders")
    let member = try await fixture.soleMember()
    for offset in 1...3 as ClosedRange<Int64> {
      try await fixture.pass(milliseconds: 9_000)
      #expect(try await fixture.commit([(0, offset)], of: topic, as: member) == [.none])
    }
    #expect(try await fixture.heartbeat(member) == .none)
  }
}
