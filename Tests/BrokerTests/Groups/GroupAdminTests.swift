import ActaModel
import KafkaWire
import LogEngine
import LogStorage
import Testing

@testable import Broker

@Suite("Describing, listing and deleting groups") struct GroupAdminTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try .withoutDelay() }

  // MARK: DescribeGroups

  @Test("a stable group and its members", arguments: versions(of: .describeGroups))
  func describe(version: Int16) async throws {
    let member = try await fixture.soleMember()
    let request = DescribeGroupsRequest.with {
      $0.groups = ["g"]
      $0.includeAuthorizedOperations = true
    }
    let group = try #require(try await fixture.send(request, version: version).groups.first)
    #expect(group.errorCode == .none)
    #expect(group.groupID == "g")
    #expect(group.groupState == "Stable")
    #expect(group.protocolType == "consumer")
    #expect(group.protocolData == "range")
    #expect(group.authorizedOperations == (version < 3 ? .min : 3400))
    #expect(group.members.map(\.memberID) == [member.id])
    #expect(group.members.map(\.clientID) == ["test"])
    #expect(group.members.map(\.clientHost) == ["/127.0.0.1"])
    #expect(group.members.map(\.memberMetadata) == [[1, 2, 3]])
    #expect(group.members.map(\.memberAssignment) == [Array(member.id.utf8)])
    #expect(group.members.map(\.groupInstanceID) == [nil])
  }

  @Test("instance ids are told from v4 on", arguments: versions(of: .describeGroups))
  func instanceID(version: Int16) async throws {
    _ = try await fixture.join(TestMember(instanceID: "i"))
    let request = DescribeGroupsRequest.with { $0.groups = ["g"] }
    let group = try #require(try await fixture.send(request, version: version).groups.first)
    #expect(group.groupState == "CompletingRebalance")
    #expect(group.authorizedOperations == .min)
    #expect(group.members.map(\.groupInstanceID) == [version < 4 ? nil : "i"])
    #expect(group.members.map(\.memberMetadata) == [[]])
    #expect(group.members.map(\.memberAssignment) == [[]])
  }

  @Test(
    "a group that is not there is dead, and from v6 on not found",
    arguments: versions(of: .describeGroups))
  func missing(version: Int16) async throws {
    let request = DescribeGroupsRequest.with { $0.groups = ["nothing"] }
    let group = try #require(try await fixture.send(request, version: version).groups.first)
    #expect(group.groupID == "nothing")
    #expect(group.groupState == "Dead")
    #expect(group.members == [])
    #expect(group.errorCode == (version < 6 ? .none : .groupIDNotFound))
    #expect(group.errorMessage == (version < 6 ? nil : "Group nothing not found."))
  }

  // MARK: ListGroups

  private func makeOneOfEach() async throws {
    let topic = try await fixture.createTopic("orders")
    _ = try await fixture.commit([(0, 1)], of: topic, as: TestMember(group: "simple"))
    _ = try await fixture.soleMember(of: "classic")
    _ = try await fixture.consumerJoin("m", group: "consumer", topics: ["orders"])
  }

  @Test("every group by its id", arguments: versions(of: .listGroups))
  func list(version: Int16) async throws {
    try await makeOneOfEach()
    let groups = try await fixture.send(ListGroupsRequest(), version: version).groups
    #expect(groups.map(\.groupID) == ["classic", "consumer", "simple"])
    #expect(groups.map(\.protocolType) == ["consumer", "consumer", ""])
    #expect(
      groups.map(\.groupState) == (version < 4 ? ["", "", ""] : ["Stable", "Stable", "Empty"]))
    #expect(
      groups.map(\.groupType) == (version < 5 ? ["", "", ""] : ["classic", "consumer", "classic"]))
  }

  @Test("filters by state and type, in any case")
  func filters() async throws {
    try await makeOneOfEach()
    let cases: [(states: [String], types: [String], expected: [String])] = [
      ([], [], ["classic", "consumer", "simple"]),
      (["stable"], [], ["classic", "consumer"]),
      (["EMPTY", "Stable"], [], ["classic", "consumer", "simple"]),
      ([], ["Classic"], ["classic", "simple"]),
      (["Stable"], ["CONSUMER"], ["consumer"]),
      (["Dead"], [], []),
      (["nonsense"], [], []),
      ([], ["share"], []),
    ]
    for (states, types, expected) in cases {
      let request = ListGroupsRequest.with {
        $0.statesFilter = states
        $0.typesFilter = types
      }
      #expect(try await fixture.send(request).groups.map(\.groupID) == expected)
    }
  }

  // MARK: DeleteGroups

  @Test("groups without members go with their positions", arguments: versions(of: .deleteGroups))
  func delete(version: Int16) async throws {
    try await makeOneOfEach()
    let request = DeleteGroupsRequest.with {
      $0.groupsNames = ["simple", "classic", "consumer", "nothing", "simple"]
    }
    let results = try await fixture.send(request, version: version).results
    #expect(results.map(\.groupID) == ["simple", "classic", "consumer", "nothing"])
    #expect(
      results.map(\.errorCode) == [.none, .nonEmptyGroup, .nonEmptyGroup, .groupIDNotFound])
    #expect(
      results.map { $0.errorMessage == nil }
        == (version < 3 ? [true, true, true, true] : [true, false, false, false]))
    let topic = try #require(fixture.storage.catalog()["orders"])
    #expect(try await fixture.committed(of: topic, by: "simple") == [-1])
    let left = try await fixture.send(ListGroupsRequest()).groups.map(\.groupID)
    #expect(left == ["classic", "consumer"])
  }

  @Test("a group whose members have left can be deleted")
  func deleteEmptied() async throws {
    let member = try await fixture.soleMember()
    _ = try await fixture.leave([member])
    let request = DeleteGroupsRequest.with { $0.groupsNames = ["g"] }
    #expect(try await fixture.send(request).results.map(\.errorCode) == [.none])
    #expect(try await fixture.send(request).results.map(\.errorCode) == [.groupIDNotFound])
  }

  // MARK: OffsetDelete

  private func deleteOffsets(
    _ partitions: [Int32], of topic: String = "orders", group: String = "g"
  ) async throws -> OffsetDeleteResponse {
    let request = OffsetDeleteRequest.with {
      $0.groupID = group
      $0.topics = [
        .with {
          $0.name = topic
          $0.partitions = partitions.map { number in .with { $0.partitionIndex = number } }
        }
      ]
    }
    return try await fixture.send(request)
  }

  @Test("positions are forgotten, each partition with its own answer")
  func offsetDelete() async throws {
    let topic = try await fixture.createTopic("orders", partitions: 3)
    _ = try await fixture.commit([(0, 5), (1, 6)], of: topic)
    let answer = try await deleteOffsets([0, 2, 9])
    #expect(answer.errorCode == .none)
    #expect(answer.topics.map(\.name) == ["orders"])
    #expect(answer.topics[0].partitions.map(\.partitionIndex) == [0, 2, 9])
    #expect(
      answer.topics[0].partitions.map(\.errorCode) == [.none, .none, .unknownTopicOrPartition])
    #expect(try await fixture.committed([0, 1], of: topic) == [-1, 6])
    let unknown = try await deleteOffsets([0], of: "unknown")
    #expect(unknown.topics[0].partitions.map(\.errorCode) == [.unknownTopicOrPartition])
  }

  @Test("not of a group that is not there, nor of topics that members read")
  func offsetDeleteRefusals() async throws {
    let topic = try await fixture.createTopic("orders")
    let bills = try await fixture.createTopic("bills")
    let missing = try await deleteOffsets([0])
    #expect(missing.errorCode == .groupIDNotFound)
    #expect(missing.topics == [])
    let joined = try await fixture.consumerJoin("m", topics: ["orders"])
    let member = TestMember(id: "m", generation: joined.memberEpoch)
    _ = try await fixture.commit([(0, 5)], of: topic, as: member)
    _ = try await fixture.commit([(0, 6)], of: bills, as: member)
    let subscribed = try await deleteOffsets([0]).topics[0].partitions
    #expect(subscribed.map(\.errorCode) == [.groupSubscribedToTopic])
    let other = try await deleteOffsets([0], of: "bills").topics[0].partitions
    #expect(other.map(\.errorCode) == [.none])
    #expect(try await fixture.committed(of: topic) == [5])
    #expect(try await fixture.committed(of: bills) == [-1])
  }

  @Test("members of another type keep all their positions")
  func offsetDeleteOtherType() async throws {
    try await fixture.createTopic("orders")
    _ = try await fixture.join(TestMember(), version: 3) { $0.protocolType = "connect" }
    #expect(try await deleteOffsets([0]).errorCode == .nonEmptyGroup)
  }
}
