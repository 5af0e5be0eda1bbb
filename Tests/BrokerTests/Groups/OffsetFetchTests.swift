import ActaModel
import KafkaWire
import LogStorage
import Testing

@testable import Broker

@Suite("OffsetFetch") struct OffsetFetchTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try .withoutDelay() }

  @Test("up to v7 one group", arguments: versions(of: .offsetFetch).filter { $0 < 8 })
  func oneGroup(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders", partitions: 3)
    _ = try await fixture.commit([(2, 5)], of: topic)
    let answer = try await fixture.send(
      OffsetFetchRequest.asking("g", for: [(topic, [2, 0, 9]), (.unknown, [0])]), version: version)
    #expect(answer.errorCode == .none)
    #expect(answer.topics.map(\.name) == ["orders", "unknown"])
    #expect(answer.topics[0].partitions.map(\.partitionIndex) == [2, 0, 9])
    #expect(answer.topics[0].partitions.map(\.committedOffset) == [5, -1, -1])
    let all = answer.topics.flatMap(\.partitions)
    #expect(all.map(\.metadata) == ["", "", "", ""])
    #expect(all.map(\.errorCode) == [.none, .none, .none, .none])
    #expect(all.map(\.committedLeaderEpoch) == [-1, -1, -1, -1])
  }

  @Test("from v8 on many groups", arguments: versions(of: .offsetFetch, since: 8))
  func manyGroups(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders", partitions: 2)
    _ = try await fixture.commit([(0, 5)], of: topic, as: TestMember(group: "a"))
    _ = try await fixture.commit([(1, 6)], of: topic, as: TestMember(group: "b"))
    let request = OffsetFetchRequest.with {
      $0.groups = ["b", "nobody", "a"].map { .asking($0, for: [(topic, [0, 1])]) }
    }
    let groups = try await fixture.send(request, version: version).groups
    #expect(groups.map(\.groupID) == ["b", "nobody", "a"])
    #expect(groups.map(\.errorCode) == [.none, .none, .none])
    #expect(
      groups.map { $0.topics.flatMap(\.partitions).map(\.committedOffset) }
        == [[-1, 6], [-1, -1], [5, -1]])
    #expect(groups[0].topics.map(\.name) == [version < 10 ? "orders" : ""])
    #expect(groups[0].topics.map(\.topicID) == [version < 10 ? .zero : topic.id])
  }

  @Test("null asks for all that there is", arguments: versions(of: .offsetFetch, since: 2))
  func all(version: Int16) async throws {
    let orders = try await fixture.createTopic("orders", partitions: 12)
    let bills = try await fixture.createTopic("bills")
    _ = try await fixture.commit([(10, 5), (2, 6)], of: orders)
    _ = try await fixture.commit([(0, 7)], of: bills)
    let answer = try await fixture.send(OffsetFetchRequest.asking("g", for: nil), version: version)
    if version < 8 {
      #expect(answer.topics.map(\.name) == ["bills", "orders"])
      #expect(answer.topics.flatMap(\.partitions).map(\.committedOffset) == [7, 6, 5])
    } else {
      let group = try #require(answer.groups.first)
      #expect(
        group.topics.map(\.topicID) == (version < 10 ? [.zero, .zero] : [bills.id, orders.id]))
      #expect(group.topics.flatMap(\.partitions).map(\.partitionIndex) == [0, 2, 10])
      #expect(group.topics.flatMap(\.partitions).map(\.committedOffset) == [7, 6, 5])
    }
  }

  @Test("an unknown id is an error of its partitions in v10")
  func unknownID() async throws {
    let topic = try await fixture.createTopic("orders")
    _ = try await fixture.commit([(0, 5)], of: topic)
    let request = OffsetFetchRequest.asking("g", for: [(.unknown, [0]), (topic, [0, 1])])
    let partitions = try await fixture.send(request, version: 10).groups[0].topics.flatMap(
      \.partitions)
    #expect(partitions.map(\.errorCode) == [.unknownTopicID, .none, .none])
    #expect(partitions.map(\.committedOffset) == [-1, 5, -1])
  }

  @Test("stable offsets may be asked for")
  func stable() async throws {
    let topic = try await fixture.createTopic("orders")
    _ = try await fixture.commit([(0, 5)], of: topic)
    var request = OffsetFetchRequest.asking("g", for: [(topic, [0])])
    request.requireStable = true
    let partition = try await fixture.send(request).groups[0].topics[0].partitions[0]
    #expect(partition.committedOffset == 5)
    #expect(partition.errorCode == .none)
  }

  @Test("a member of a consumer group names its epoch, which is checked")
  func memberEpoch() async throws {
    let topic = try await fixture.createTopic("orders")
    let joined = try await fixture.consumerJoin("m", topics: ["orders"])
    func code(_ id: String?, _ epoch: Int32) async throws -> ErrorCode {
      var group = OffsetFetchRequest.Group.asking("g", for: [(topic, [0])])
      group.memberID = id
      group.memberEpoch = epoch
      return try await fixture.send(OffsetFetchRequest.with { $0.groups = [group] }).groups[0]
        .errorCode
    }
    #expect(try await code("m", joined.memberEpoch) == .none)
    #expect(try await code("m", joined.memberEpoch + 1) == .staleMemberEpoch)
    #expect(try await code("stranger", joined.memberEpoch) == .unknownMemberID)
    #expect(try await code(nil, -1) == .none)
  }
}
