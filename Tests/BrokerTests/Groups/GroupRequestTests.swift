import ActaModel
import KafkaWire
import Testing

@testable import Broker

@Suite("JoinGroup, SyncGroup, Heartbeat and LeaveGroup by version") struct GroupRequestTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try .withoutDelay() }

  // MARK: JoinGroup

  @Test("before v4 a new member joins at once", arguments: [0, 1, 2, 3] as [Int16])
  func joinsAtOnce(version: Int16) async throws {
    let joined = try await fixture.join(TestMember(), version: version)
    #expect(joined.errorCode == .none)
    #expect(joined.generationID == 1)
    #expect(joined.memberID == "test-id-1")
    #expect(joined.members.map(\.memberID) == ["test-id-1"])
  }

  @Test(
    "from v4 on a new member is given its id first", arguments: versions(of: .joinGroup, since: 4))
  func idFirst(version: Int16) async throws {
    let refused = try await fixture.join(TestMember(), version: version)
    #expect(refused.errorCode == .memberIDRequired)
    #expect(refused.memberID == "test-id-1")
    #expect(refused.generationID == -1)
    let joined = try await fixture.join(TestMember(id: "test-id-1"), version: version)
    #expect(joined.errorCode == .none)
    #expect(joined.generationID == 1)
  }

  @Test("v0 has no rebalance timeout: the session's is taken")
  func rebalanceTimeout() async throws {
    let first = try await fixture.soleMember()
    _ = try await fixture.leave([first])
    let old = try await fixture.join(TestMember(), version: 0) {
      $0.sessionTimeoutMilliseconds = 20_000
    }
    let member = TestMember(id: old.memberID, generation: old.generationID)
    #expect(old.errorCode == .none)
    // It does not sync: that may take it as long as a rebalance.
    try await fixture.pass(milliseconds: 15_000)
    #expect(try await fixture.heartbeat(member) == .none)
    try await fixture.pass(milliseconds: 5_001)
    #expect(try await fixture.heartbeat(member) == .unknownMemberID)
  }

  @Test(
    "on errors the protocol's name is empty up to v6 and null from v7",
    arguments: versions(of: .joinGroup))
  func errorName(version: Int16) async throws {
    let refused = try await fixture.join(TestMember(id: "stranger"), version: version)
    #expect(refused.errorCode == .unknownMemberID)
    #expect(refused.generationID == -1)
    #expect(refused.protocolName == (version < 7 ? "" : nil))
    #expect(refused.protocolType == nil)
    #expect(refused.leader == "")
    #expect(refused.memberID == "stranger")
    #expect(refused.members == [])
  }

  @Test("v9 gives a static leader that comes back the members, and tells it not to assign")
  func skipAssignment() async throws {
    var leader = TestMember(instanceID: "i")
    leader.id = try await fixture.join(leader).memberID
    leader.generation = 1
    _ = try await fixture.beginSync(leader, assigning: [leader]).response()
    let newest = try await fixture.join(TestMember(instanceID: "i"), version: 9)
    #expect(newest.skipAssignment)
    #expect(newest.members.map(\.groupInstanceID) == ["i"])
    #expect(newest.leader == newest.memberID)
    let older = try await fixture.join(TestMember(instanceID: "i"), version: 8)
    #expect(!older.skipAssignment)
    #expect(older.members == [])
    #expect(older.leader == newest.memberID)
    #expect(older.memberID != newest.memberID)
  }

  @Test("what cannot be joined is refused with Kafka's code, and nothing is made")
  func refusals() async throws {
    let cases: [(ErrorCode, TestMember, (inout JoinGroupRequest) -> Void)] = [
      (.invalidGroupID, TestMember(group: ""), { _ in }),
      (.invalidSessionTimeout, TestMember(), { $0.sessionTimeoutMilliseconds = 5_999 }),
      (.invalidSessionTimeout, TestMember(), { $0.sessionTimeoutMilliseconds = 1_800_001 }),
      (.inconsistentGroupProtocol, TestMember(), { $0.protocolType = "" }),
      (.inconsistentGroupProtocol, TestMember(), { $0.protocols = [] }),
      (.unknownMemberID, TestMember(id: "stranger"), { _ in }),
      (.unknownMemberID, TestMember(id: "stranger", instanceID: "i"), { _ in }),
    ]
    for (code, member, change) in cases {
      #expect(try await fixture.join(member, change).errorCode == code)
    }
    #expect(try await fixture.send(ListGroupsRequest()).groups == [])
  }

  @Test("another type, or no protocol that all know, is inconsistent; the group goes on")
  func inconsistent() async throws {
    let member = try await fixture.soleMember()
    for change: (inout JoinGroupRequest) -> Void in [
      { $0.protocolType = "connect" }, { $0.protocols[0].name = "roundrobin" },
    ] {
      #expect(try await fixture.join(TestMember(), change).errorCode == .inconsistentGroupProtocol)
    }
    #expect(try await fixture.heartbeat(member) == .none)
  }

  @Test("a group takes as many members as configured")
  func fullGroup() async throws {
    let fixture = try BrokerFixture.withoutDelay(["group.max.size": "2"])
    try await fixture.round([try await fixture.newMember(), try await fixture.newMember()])
    #expect(try await fixture.join(TestMember()).errorCode == .groupMaxSizeReached)
  }

  // MARK: SyncGroup

  @Test("every version hands out the assignment", arguments: versions(of: .syncGroup))
  func sync(version: Int16) async throws {
    var member = try await fixture.newMember()
    member.generation = try await fixture.join(member).generationID
    let synced = try await fixture.beginSync(
      member, assigning: [member], version: version
    ).response()
    #expect(synced.errorCode == .none)
    #expect(synced.assignment == Array(member.id.utf8))
    #expect(synced.protocolType == (version < 5 ? nil : "consumer"))
    #expect(synced.protocolName == (version < 5 ? nil : "range"))
  }

  @Test("a stale generation, a stranger, another protocol")
  func syncRefusals() async throws {
    let member = try await fixture.soleMember()
    func code(_ change: (inout SyncGroupRequest) -> Void) async throws -> ErrorCode {
      let request = SyncGroupRequest.with {
        $0.groupID = "g"
        $0.generationID = member.generation
        $0.memberID = member.id
        $0.protocolType = "consumer"
        $0.protocolName = "range"
        change(&$0)
      }
      return try await fixture.send(request).errorCode
    }
    #expect(try await code { _ in } == .none)
    #expect(try await code { $0.generationID = 0 } == .illegalGeneration)
    #expect(try await code { $0.memberID = "stranger" } == .unknownMemberID)
    #expect(try await code { $0.groupID = "other" } == .unknownMemberID)
    #expect(try await code { $0.protocolName = "roundrobin" } == .inconsistentGroupProtocol)
    #expect(try await code { $0.protocolType = "connect" } == .inconsistentGroupProtocol)
    #expect(try await code { $0.protocolName = nil } == .inconsistentGroupProtocol)
    #expect(try await code { $0.protocolType = nil } == .inconsistentGroupProtocol)
  }

  // MARK: Heartbeat

  @Test("every version", arguments: versions(of: .heartbeat))
  func heartbeat(version: Int16) async throws {
    let member = try await fixture.soleMember()
    #expect(try await fixture.heartbeat(member, version: version) == .none)
    #expect(try await fixture.heartbeat(member.in(0), version: version) == .illegalGeneration)
    let stranger = TestMember(id: "stranger", generation: 1)
    #expect(try await fixture.heartbeat(stranger, version: version) == .unknownMemberID)
    let elsewhere = TestMember(group: "other", id: member.id, generation: 1)
    #expect(try await fixture.heartbeat(elsewhere, version: version) == .unknownMemberID)
  }

  // MARK: LeaveGroup

  @Test(
    "up to v2 one member leaves, and its error is the answer's", arguments: [0, 1, 2] as [Int16])
  func leaveAlone(version: Int16) async throws {
    let member = try await fixture.soleMember()
    let left = try await fixture.leave([member], version: version)
    #expect(left.errorCode == .none)
    #expect(left.members == [])
    #expect(try await fixture.leave([member], version: version).errorCode == .unknownMemberID)
  }

  @Test("from v3 on each member has its own error", arguments: versions(of: .leaveGroup, since: 3))
  func leaveTogether(version: Int16) async throws {
    let members = try await fixture.round(
      [try await fixture.newMember(), try await fixture.newMember()])
    let stranger = TestMember(id: "stranger")
    let left = try await fixture.leave([members[0], stranger, members[1]], version: version)
    #expect(left.errorCode == .none)
    #expect(left.members.map(\.memberID) == [members[0].id, "stranger", members[1].id])
    #expect(left.members.map(\.errorCode) == [.none, .unknownMemberID, .none])
  }

  @Test("an administrator makes a static member leave by its instance id")
  func leaveByInstance() async throws {
    let join = try await fixture.join(TestMember(instanceID: "i"))
    let left = try await fixture.leave([TestMember(instanceID: "i")])
    #expect(left.members.map(\.errorCode) == [.none])
    #expect(left.members.map(\.groupInstanceID) == ["i"])
    let member = TestMember(id: join.memberID, instanceID: "i", generation: 1)
    #expect(try await fixture.heartbeat(member) == .unknownMemberID)
  }

  @Test("no group id, and a group that is not there")
  func leaveNothing() async throws {
    #expect(try await fixture.leave([TestMember(group: "", id: "a")]).errorCode == .invalidGroupID)
    let elsewhere = try await fixture.leave([TestMember(group: "other", id: "a")])
    #expect(elsewhere.errorCode == .none)
    #expect(elsewhere.members.map(\.errorCode) == [.unknownMemberID])
  }
}
