import ActaModel
import KafkaWire
import Testing

@testable import Broker

@Suite("Rounds of a classic group") struct GroupRoundTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try .withoutDelay() }

  @Test("a member joins, is its own leader, syncs, lives and leaves")
  func alone() async throws {
    var member = try await fixture.newMember()
    let joined = try await fixture.join(member)
    #expect(joined.errorCode == .none)
    #expect(joined.generationID == 1)
    #expect(joined.protocolType == "consumer")
    #expect(joined.protocolName == "range")
    #expect(joined.leader == member.id)
    #expect(joined.memberID == member.id)
    #expect(joined.members.map(\.memberID) == [member.id])
    #expect(joined.members.map(\.metadata) == [[1, 2, 3]])
    member.generation = 1
    #expect(try await fixture.heartbeat(member) == .none)
    let synced = try await fixture.beginSync(member, assigning: [member]).response()
    #expect(synced.errorCode == .none)
    #expect(synced.protocolType == "consumer")
    #expect(synced.protocolName == "range")
    #expect(synced.assignment == Array(member.id.utf8))
    #expect(try await fixture.heartbeat(member) == .none)
    let left = try await fixture.leave([member])
    #expect(left.errorCode == .none)
    #expect(left.members.map(\.errorCode) == [.none])
    #expect(try await fixture.heartbeat(member) == .unknownMemberID)
  }

  @Test("a second member makes the first join again; followers are not told who the members are")
  func second() async throws {
    let first = try await fixture.soleMember()
    let second = try await fixture.newMember()
    let secondJoin = try fixture.beginJoin(second)
    try await fixture.settleGroups()
    #expect(!secondJoin.isAnswered)
    #expect(try await fixture.heartbeat(first) == .rebalanceInProgress)
    let leader = try await fixture.join(first)
    #expect(leader.generationID == 2)
    #expect(leader.leader == first.id)
    #expect(Set(leader.members.map(\.memberID)) == [first.id, second.id])
    let follower = try await secondJoin.response()
    #expect(follower.generationID == 2)
    #expect(follower.leader == first.id)
    #expect(follower.members == [])
  }

  @Test("followers wait for the leader's assignments")
  func followersWait() async throws {
    let first = try await fixture.soleMember()
    let second = try await fixture.newMember()
    let join = try fixture.beginJoin(second)
    let leader = first.in(try await fixture.join(first).generationID)
    let follower = second.in(try await join.response().generationID)
    let waiting = try fixture.beginSync(follower)
    try await fixture.settleGroups()
    #expect(!waiting.isAnswered)
    #expect(fixture.broker.groups.waitingCount == 1)
    _ = try await fixture.beginSync(leader, assigning: [leader, follower]).response()
    #expect(try await waiting.response().assignment == Array(follower.id.utf8))
    #expect(fixture.broker.groups.waitingCount == 0)
  }

  @Test("when one of two leaves, the other is told and has a generation to itself")
  func leave() async throws {
    let members = try await fixture.round(
      [try await fixture.newMember(), try await fixture.newMember()])
    _ = try await fixture.leave([members[0]])
    #expect(try await fixture.heartbeat(members[1]) == .rebalanceInProgress)
    let joined = try await fixture.join(members[1])
    #expect(joined.generationID == members[1].generation + 1)
    #expect(joined.members.map(\.memberID) == [members[1].id])
  }

  @Test("a member that is silent for its session is removed by the timer, not before")
  func sessionExpiry() async throws {
    let members = try await fixture.round(
      [try await fixture.newMember(), try await fixture.newMember()])
    try await fixture.pass(milliseconds: 9_000)
    #expect(try await fixture.heartbeat(members[0]) == .none)
    try await fixture.pass(milliseconds: 999)
    #expect(try await fixture.heartbeat(members[0]) == .none)
    try await fixture.pass(milliseconds: 2)
    #expect(try await fixture.heartbeat(members[0]) == .rebalanceInProgress)
    #expect(try await fixture.heartbeat(members[1]) == .unknownMemberID)
    #expect(try await fixture.join(members[0]).members.count == 1)
  }

  @Test("an empty group's first round waits for more members, as long as configured")
  func initialDelay() async throws {
    let fixture = try BrokerFixture(["group.initial.rebalance.delay.ms": "3000"])
    let join = try fixture.beginJoin(try await fixture.newMember())
    try await fixture.pass(milliseconds: 2_999)
    #expect(!join.isAnswered)
    try await fixture.pass(milliseconds: 1)
    #expect(try await join.response().generationID == 1)
  }

  @Test("the round goes on without a member that does not come back in its rebalance timeout")
  func rebalanceTimeout() async throws {
    let first = try await fixture.soleMember()
    let join = try fixture.beginJoin(try await fixture.newMember())
    for _ in 0..<12 {
      try await fixture.pass(milliseconds: 4_999)
      #expect(!join.isAnswered)
      #expect(try await fixture.heartbeat(first) == .rebalanceInProgress)
    }
    try await fixture.pass(milliseconds: 5_000)
    #expect(try await join.response().members.count == 1)
    #expect(try await fixture.heartbeat(first) == .unknownMemberID)
  }

  @Test("members that never sync are removed after their rebalance timeout")
  func neverSyncs() async throws {
    let member = try await fixture.newMember()
    let joined = try await fixture.join(member) { $0.sessionTimeoutMilliseconds = 600_000 }
    try await fixture.pass(milliseconds: 60_001)
    #expect(try await fixture.heartbeat(member.in(joined.generationID)) == .unknownMemberID)
  }

  @Test("a reply to a connection that is gone harms nobody")
  func goneConnection() async throws {
    let first = try await fixture.soleMember()
    let gone = fixture.connection(7)
    let second = try await fixture.newMember()
    let call = try fixture.begin(JoinGroupRequest.of(second), on: gone)
    fixture.broker.connectionClosed(gone)
    let joined = try await fixture.join(first)
    #expect(joined.members.count == 2)
    // The transport drops it.
    #expect(try await call.response().errorCode == .none)
  }

  @Test("a restarted static member gets its assignment back and nobody rebalances")
  func staticMember() async throws {
    let leader = try await fixture.soleMember()
    var member = TestMember(instanceID: "i")
    let join = try fixture.beginJoin(member)
    try await fixture.settleGroups()
    let again = try await fixture.join(leader)
    let joined = try await join.response()
    #expect(joined.memberID.hasPrefix("i-id-"))
    member.id = joined.memberID
    member.generation = 2
    let members = [leader.in(again.generationID), member]
    _ = try await fixture.beginSync(members[0], assigning: members).response()
    let restarted = try await fixture.join(TestMember(instanceID: "i"))
    #expect(restarted.errorCode == .none)
    #expect(restarted.generationID == 2)
    #expect(restarted.memberID != member.id)
    let back = TestMember(id: restarted.memberID, instanceID: "i", generation: 2)
    #expect(
      try await fixture.beginSync(back).response().assignment == Array(member.id.utf8))
    #expect(try await fixture.heartbeat(members[0]) == .none)
    #expect(try await fixture.heartbeat(member) == .fencedInstanceID)
  }
}
