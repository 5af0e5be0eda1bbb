import ActaModel
import KafkaWire
import LogStorage
import Testing

@testable import Broker

@Suite("Many groups and large ones") struct GroupScaleTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try .withoutDelay() }

  @Test("10,000 groups are made by commits, listed and described")
  func manyGroups() async throws {
    let topic = try await fixture.createTopic("orders")
    let names = (0..<10_000).map { index in
      "group-" + String(repeating: "0", count: 5 - "\(index)".count) + "\(index)"
    }
    let calls = try names.enumerated().map { index, name in
      try fixture.begin(
        OffsetCommitRequest.committing(
          [(0, Int64(index))], of: topic, as: TestMember(group: name)))
    }
    for call in calls {
      let codes = try await call.response().topics.flatMap(\.partitions).map(\.errorCode)
      #expect(codes == [.none])
    }
    let listed = try await fixture.send(ListGroupsRequest()).groups
    #expect(listed.map(\.groupID) == names)
    #expect(try await fixture.committed(of: topic, by: "group-07777") == [7_777])
    let described = try await fixture.send(
      DescribeGroupsRequest.with { $0.groups = Array(names[..<500]) })
    #expect(described.groups.map(\.groupState) == names[..<500].map { _ in "Empty" })
  }

  @Test("500 members go through a round, and another when one leaves")
  func largeGroup() async throws {
    let fixture = try BrokerFixture(["group.initial.rebalance.delay.ms": "3000"])
    var ids: [TestMember] = []
    for _ in 0..<500 { ids.append(try await fixture.newMember()) }
    let calls = try ids.map { try fixture.beginJoin($0) }
    // The delay begins anew, once, because members came in it.
    for _ in 0..<2 { try await fixture.pass(milliseconds: 3_000) }
    var members: [TestMember] = []
    var leaders: Set<String> = []
    var told = 0
    for (member, call) in zip(ids, calls) {
      let response = try await call.response()
      #expect(response.generationID == 1)
      leaders.insert(response.leader)
      told += response.members.count
      members.append(member.in(response.generationID))
    }
    #expect(leaders.count == 1)
    #expect(told == 500)
    let syncs = try members.map { member in
      try fixture.beginSync(member, assigning: leaders.contains(member.id) ? members : [])
    }
    for (member, sync) in zip(members, syncs) {
      #expect(try await sync.response().assignment == Array(member.id.utf8))
    }
    _ = try await fixture.leave([members[250]])
    members.remove(at: 250)
    #expect(try await fixture.heartbeat(members[0]) == .rebalanceInProgress)
    let again = try members.map { try fixture.beginJoin($0) }
    for call in again { #expect(try await call.response().generationID == 2) }
  }
}
