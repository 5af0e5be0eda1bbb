import ActaModel
import KafkaWire
import Testing

@testable import Broker

@Suite("ConsumerGroupHeartbeat and ConsumerGroupDescribe") struct ConsumerGroupTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try .withoutDelay(["group.consumer.assignment.interval.ms": "0"]) }

  @Test("two members share the partitions, one after the other gives up and takes over")
  func convergence() async throws {
    let topic = try await fixture.createTopic("orders", partitions: 4)
    let first = try await fixture.consumerJoin("a", topics: ["orders"])
    #expect(first.errorCode == .none)
    #expect(first.memberID == "a")
    #expect(first.heartbeatIntervalMilliseconds == 5_000)
    #expect(first.partitions == [0, 1, 2, 3])
    let second = try await fixture.consumerJoin("b", topics: ["orders"])
    #expect(second.partitions == [])
    // The first is told to give two up, and keeps its epoch until it has.
    let told = try await fixture.consumerHeartbeat("a", first.memberEpoch)
    #expect(told.memberEpoch == first.memberEpoch)
    let kept = try #require(told.partitions)
    #expect(kept.count == 2)
    let waiting = try await fixture.consumerHeartbeat("b", second.memberEpoch)
    #expect(waiting.partitions == nil)
    let done = try await fixture.consumerHeartbeat("a", first.memberEpoch, owned: (topic, kept))
    #expect(done.memberEpoch == second.memberEpoch)
    let taken = try await fixture.consumerHeartbeat("b", second.memberEpoch)
    #expect(taken.memberEpoch == second.memberEpoch)
    #expect(Set(try #require(taken.partitions)) == Set(0..<4).subtracting(kept))
    let group = try await describe("g")
    #expect(group.groupState == "Stable")
    #expect(group.groupEpoch == second.memberEpoch)
    #expect(group.assignmentEpoch == second.memberEpoch)
  }

  @Test("v0 gives a member without an id one, v1 wants it to bring its own")
  func memberID() async throws {
    try await fixture.createTopic("orders")
    let given = try await fixture.consumerJoin("", topics: ["orders"], version: 0)
    #expect(given.errorCode == .none)
    #expect(given.memberID == "id-1")
    #expect(given.partitions == [0])
    let refused = try await fixture.consumerJoin("", topics: ["orders"], version: 1)
    #expect(refused.errorCode == .invalidRequest)
    #expect(refused.errorMessage != nil)
    let later = try await fixture.consumerJoin("", topics: ["orders"], version: 0) {
      $0.memberEpoch = 1
    }
    #expect(later.errorCode == .invalidRequest)
  }

  @Test("a member leaves, and its epoch is said back to it")
  func leave() async throws {
    try await fixture.createTopic("orders")
    let joined = try await fixture.consumerJoin("a", topics: ["orders"])
    let left = try await fixture.consumerHeartbeat("a", -1)
    #expect(left.errorCode == .none)
    #expect(left.memberEpoch == -1)
    let late = try await fixture.consumerHeartbeat("a", joined.memberEpoch)
    #expect(late.errorCode == .unknownMemberID)
  }

  @Test("a member that is silent for the broker's session timeout is removed")
  func sessionExpiry() async throws {
    try await fixture.createTopic("orders")
    let joined = try await fixture.consumerJoin("a", topics: ["orders"])
    try await fixture.pass(milliseconds: 44_999)
    #expect(try await fixture.consumerHeartbeat("a", joined.memberEpoch).errorCode == .none)
    try await fixture.pass(milliseconds: 45_001)
    let late = try await fixture.consumerHeartbeat("a", joined.memberEpoch)
    #expect(late.errorCode == .unknownMemberID)
    #expect(try await describe("g").groupState == "Empty")
  }

  @Test("a pattern takes up topics as they are created")
  func pattern() async throws {
    try await fixture.createTopic("orders-1")
    let joined = try await fixture.consumerJoin("a", topics: []) {
      $0.subscribedTopicNames = nil
      $0.subscribedTopicRegex = "orders-.*"
    }
    #expect(joined.partitions == [0])
    try await fixture.createTopic("orders-2")
    try await fixture.createTopic("bills-1")
    let news = try await fixture.consumerHeartbeat("a", joined.memberEpoch)
    #expect(news.memberEpoch > joined.memberEpoch)
    #expect(news.assignment?.topicPartitions.count == 2)
    let invalid = try await fixture.consumerJoin("b", topics: []) {
      $0.subscribedTopicNames = nil
      $0.subscribedTopicRegex = "orders-("
    }
    #expect(invalid.errorCode == .invalidRegularExpression)
  }

  @Test("epochs that are not the member's own, groups and members that are not there")
  func refusals() async throws {
    try await fixture.createTopic("orders")
    let missing = try await fixture.consumerHeartbeat("a", 1)
    #expect(missing.errorCode == .groupIDNotFound)
    let joined = try await fixture.consumerJoin("a", topics: ["orders"])
    #expect(
      try await fixture.consumerHeartbeat("a", joined.memberEpoch + 1).errorCode
        == .fencedMemberEpoch)
    #expect(try await fixture.consumerHeartbeat("b", 1).errorCode == .unknownMemberID)
    #expect(
      try await fixture.consumerJoin("b", topics: ["orders"]) { $0.serverAssignor = "sticky" }
        .errorCode == .unsupportedAssignor)
    #expect(
      try await fixture.consumerJoin("b", group: "", topics: ["orders"]).errorCode
        == .invalidRequest)
  }

  @Test("members commit with their epoch, from v9 on")
  func commits() async throws {
    let topic = try await fixture.createTopic("orders")
    let joined = try await fixture.consumerJoin("a", topics: ["orders"])
    let member = TestMember(id: "a", generation: joined.memberEpoch)
    #expect(try await fixture.commit([(0, 5)], of: topic, as: member, version: 9) == [.none])
    #expect(
      try await fixture.commit([(0, 6)], of: topic, as: member, version: 8) == [
        .unsupportedVersion
      ])
    #expect(
      try await fixture.commit([(0, 6)], of: topic, as: member.in(joined.memberEpoch + 1))
        == [.staleMemberEpoch])
    #expect(try await fixture.committed(of: topic) == [5])
  }

  // MARK: ConsumerGroupDescribe

  private func describe(
    _ group: String, version: Int16? = nil
  ) async throws -> ConsumerGroupDescribeResponse.Group {
    let request = ConsumerGroupDescribeRequest.with { $0.groupIDs = [group] }
    return try #require(try await fixture.send(request, version: version).groups.first)
  }

  @Test("members are described", arguments: versions(of: .consumerGroupDescribe))
  func description(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders", partitions: 2)
    _ = try await fixture.consumerJoin("a", topics: ["orders"]) {
      $0.instanceID = "i"
      $0.rackID = "r"
    }
    let group = try await describe("g", version: version)
    #expect(group.errorCode == .none)
    #expect(group.groupState == "Stable")
    #expect(group.assignorName == "uniform")
    #expect(group.authorizedOperations == .min)
    let member = try #require(group.members.first)
    #expect(member.memberID == "a")
    #expect(member.instanceID == "i")
    #expect(member.rackID == "r")
    #expect(member.clientID == "test")
    #expect(member.clientHost == "/127.0.0.1")
    #expect(member.subscribedTopicNames == ["orders"])
    #expect(member.subscribedTopicRegex == "")
    #expect(member.memberType == (version < 1 ? -1 : 1))
    for assignment in [member.assignment, member.targetAssignment] {
      #expect(assignment.topicPartitions.map(\.topicID) == [topic.id])
      #expect(assignment.topicPartitions.map(\.topicName) == ["orders"])
      #expect(assignment.topicPartitions.map(\.partitions) == [[0, 1]])
    }
  }

  @Test("groups of the other kind and none at all are not found, in either direction")
  func otherKind() async throws {
    try await fixture.createTopic("orders")
    _ = try await fixture.soleMember(of: "classic")
    _ = try await fixture.consumerJoin("a", group: "consumer", topics: ["orders"])
    let request = ConsumerGroupDescribeRequest.with {
      $0.groupIDs = ["classic", "consumer", "nothing"]
      $0.includeAuthorizedOperations = true
    }
    let groups = try await fixture.send(request).groups
    #expect(groups.map(\.errorCode) == [.groupIDNotFound, .none, .groupIDNotFound])
    #expect(groups.map(\.authorizedOperations) == [.min, 3400, .min])
    #expect(
      groups.map(\.errorMessage)
        == ["Group classic is not a consumer group.", nil, "Group nothing not found."])
    let classic = try await fixture.send(
      DescribeGroupsRequest.with { $0.groups = ["classic", "consumer", "nothing"] })
    #expect(classic.groups.map(\.errorCode) == [.none, .groupIDNotFound, .groupIDNotFound])
    #expect(classic.groups.map(\.groupState) == ["Stable", "Dead", "Dead"])
  }
}
