import ActaModel
import Testing

@testable import Coordination

@Suite("Classic groups: JoinGroup") struct ClassicJoinTests {
  @Test(
    "a join that is wrong in itself is refused, makes no group and says nothing",
    arguments: [
      (JoinVariant(group: ""), ErrorCode.invalidGroupID),
      (JoinVariant(group: "a\0b"), .invalidGroupID),
      (JoinVariant(session: 5_999), .invalidSessionTimeout),
      (JoinVariant(session: 1_800_001), .invalidSessionTimeout),
      (JoinVariant(id: "somebody"), .unknownMemberID),
      (JoinVariant(type: ""), .inconsistentGroupProtocol),
      (JoinVariant(protocols: []), .inconsistentGroupProtocol),
      (JoinVariant(instance: "a\0b"), .invalidRequest),
      (
        JoinVariant(protocols: [.of("range", .init(repeating: 0, count: 1 << 20))]), .invalidRequest
      ),
    ])
  func refusals(variant: JoinVariant, error: ErrorCode) {
    let stage = GroupStage()
    let call = variant.join(stage)
    #expect(call.reply == JoinReply(error: error, memberID: variant.id))
    #expect(stage.tables.stored.isEmpty)
    #expect(stage.events.isEmpty)
    #expect(stage.coordinator.nextDeadline == nil)
  }

  @Test("session timeouts at the bounds are let in", arguments: [6_000, 1_800_000] as [Int32])
  func sessionBounds(session: Int32) {
    #expect(GroupStage().join("a", session: session).error == .memberIDRequired)
  }

  @Test("from v4 a new member is given an id, and is a member once it joins with it")
  func memberIDRequired() {
    let stage = GroupStage()
    let first = stage.join("a")
    #expect(first.reply == JoinReply(error: .memberIDRequired, memberID: "a-1"))
    #expect(stage.ids() == [])
    #expect(stage.state() == .empty)
    let second = stage.join("a", id: "a-1")
    #expect(second.isWaiting)
    #expect(stage.ids() == ["a-1"])
    #expect(stage.state() == .preparingRebalance)
  }

  @Test("before v4 a new member is one at once")
  func noMemberIDRequired() {
    let stage = GroupStage()
    let call = stage.join("a", version: 3)
    stage.pass(3_000)
    #expect(call.reply?.memberID == "a-1")
    #expect(call.reply?.leaderID == "a-1")
  }

  @Test("an id that nobody joins with is forgotten after the session timeout")
  func pendingExpires() {
    let stage = GroupStage()
    stage.join("a", session: 10_000)
    stage.join("b", session: 10_000)
    stage.pass(9_999)
    #expect(stage.join("a", id: "a-1").isWaiting)
    stage.pass(1)
    #expect(stage.join("b", id: "b-2").error == .unknownMemberID)
  }

  @Test("an id that was given out is good for one who names no instance id only")
  func pendingWithInstance() {
    let stage = GroupStage()
    stage.join("a")
    #expect(stage.join("a", id: "a-1", instance: "i").error == .unknownMemberID)
    #expect(stage.join("a", id: "a-1").isWaiting)
  }

  @Test("the first round of an empty group waits for the initial delay, and then answers all")
  func firstRound() {
    let stage = GroupStage()
    let a = stage.enter("a", protocols: [.of("range", [1])])
    let b = stage.enter("b", protocols: [.of("range", [2])])
    stage.pass(2_999)
    #expect(a.isWaiting)
    stage.pass(3_001)
    let leader = JoinReply.stable(1, "a-1", leader: "a-1", members: [("a-1", [1]), ("b-2", [2])])
    #expect(a.reply == leader)
    #expect(b.reply == .stable(1, "b-2", leader: "a-1"))
    #expect(stage.state() == .completingRebalance)
  }

  @Test("members that come in the initial delay prolong it, up to the largest rebalance timeout")
  func initialDelayIsProlonged() {
    let stage = GroupStage()
    let a = stage.enter("a", rebalance: 7_000)
    stage.pass(2_000)
    _ = stage.enter("b", rebalance: 7_000)
    stage.pass(2_000)
    #expect(a.isWaiting, "at 4 s, because b came")
    _ = stage.enter("c", rebalance: 7_000)
    stage.pass(2_999)
    #expect(a.isWaiting, "c came in the second delay; the limit is at 7 s")
    stage.pass(1)
    #expect(a.reply?.members.count == 3)
  }

  @Test("without anyone new the initial delay is not prolonged")
  func initialDelayEnds() {
    let stage = GroupStage()
    let a = stage.enter("a")
    stage.pass(2_999)
    #expect(a.isWaiting)
    stage.pass(1)
    #expect(a.reply?.generation == 1)
  }

  @Test("with an initial delay of 0 the first member is answered at once")
  func noInitialDelay() {
    let stage = GroupStage { $0.initialRebalanceDelay = 0 }
    #expect(stage.enter("a").reply?.generation == 1)
    #expect(stage.state() == .completingRebalance)
  }

  @Test("if all members leave in the initial delay, the group is empty when it ends")
  func initialDelayWithoutMembers() {
    let stage = GroupStage()
    let a = stage.enter("a")
    #expect(stage.leave(.id("a-1")) == [.none])
    #expect(a.error == .unknownMemberID)
    #expect(stage.state() == .preparingRebalance)
    stage.pass(3_000)
    #expect(stage.state() == .empty)
    #expect(stage.tables["g"]?.group.generation == 1)
  }

  @Test("an unchanged follower that joins a stable group is told what is")
  func followerRejoinsStable() {
    let (stage, _) = GroupStage.stable("a", "b")
    #expect(stage.join("b", id: "b").reply == .stable(1, "b", leader: "a"))
    #expect(stage.state() == .stable)
    #expect(stage.changes.isEmpty)
  }

  @Test("a changed follower, or the leader, that joins a stable group begins a round")
  func rebalancingRejoins() {
    let (stage, _) = GroupStage.stable("a", "b")
    let changed = stage.join("b", id: "b", protocols: [.of("range", [9])])
    #expect(changed.isWaiting)
    #expect(stage.state() == .preparingRebalance)
    let leader = stage.join("a", id: "a")
    #expect(leader.reply?.members.map(\.metadata) == [[1], [9]])
    #expect(changed.reply == .stable(2, "b", leader: "a"))

    let (other, _) = GroupStage.stable("a", "b")
    #expect(other.join("a", id: "a").isWaiting)
    #expect(other.state() == .preparingRebalance)
  }

  @Test("after the round, before the leader's SyncGroup, an unchanged member is told again")
  func rejoinsCompleting() {
    let stage = GroupStage.completing("a", "b")
    #expect(stage.join("b", id: "b").reply == .stable(1, "b", leader: "a"))
    #expect(stage.join("a", id: "a").reply?.members.count == 2)
    #expect(stage.state() == .completingRebalance)
  }

  @Test("after the round, before the leader's SyncGroup, a changed member begins another")
  func changedRejoinsCompleting() {
    let stage = GroupStage.completing("a", "b")
    let follower = stage.sync("b", 1)
    #expect(follower.isWaiting)
    #expect(stage.join("a", id: "a", protocols: [.of("range", [9])]).isWaiting)
    #expect(follower.error == .rebalanceInProgress)
    #expect(stage.state() == .preparingRebalance)
  }

  @Test("a new member makes a stable group rebalance, and waits until the others have joined")
  func newMember() {
    let (stage, _) = GroupStage.stable("a", "b")
    let c = stage.join("c", version: 3)
    #expect(c.isWaiting)
    #expect(stage.heartbeat("a", 1) == .rebalanceInProgress)
    let a = stage.join("a", id: "a")
    #expect(a.isWaiting)
    let b = stage.join("b", id: "b")
    for call in [a, b, c] { #expect(call.reply?.generation == 2) }
    #expect(a.reply?.members.count == 3)
  }

  @Test("members that do not join again in the largest rebalance timeout are removed")
  func lateMembers() {
    let (stage, _) = GroupStage.stable("a", "b", session: 200_000, rebalance: 60_000)
    let a = stage.join("a", id: "a", session: 200_000, rebalance: 90_000)
    stage.pass(89_999)
    #expect(stage.heartbeat("b", 1) == .rebalanceInProgress)
    // The round's limit was set when it began, with what the members had asked for by then.
    #expect(a.isWaiting)
    stage.pass(1)
    #expect(a.reply?.generation == 2)
    #expect(stage.ids() == ["a"])
    #expect(stage.join("b", id: "b").error == .unknownMemberID)
    #expect(stage.events.last { $0.kind == .evicted }?.reason == "did not rejoin within 90000 ms")
  }

  @Test("an id that was given out holds the round until it is used, expires or leaves")
  func pendingHoldsRound() {
    let (stage, _) = GroupStage.stable("a")
    stage.join("b", session: 20_000)
    let a = stage.join("a", id: "a")
    #expect(a.isWaiting)
    stage.pass(19_999)
    #expect(a.isWaiting)
    stage.pass(1)
    #expect(a.reply?.generation == 2)

    let pending = stage.join("c").id
    stage.sync("a", 2)
    let again = stage.join("a", id: "a")
    #expect(again.isWaiting)
    #expect(stage.leave(.id(pending)) == [.none])
    #expect(again.reply?.generation == 3)
  }

  @Test("a new member that waits is removed after five minutes, whatever its session timeout")
  func newMemberTimesOut() {
    let (stage, _) = GroupStage.stable("a", session: 1_800_000, rebalance: 1_800_000)
    let b = stage.join("b", session: 6_000, version: 3)
    stage.pass(299_999)
    #expect(b.isWaiting)
    stage.pass(1)
    #expect(b.error == .unknownMemberID)
    #expect(stage.ids() == ["a"])
    #expect(stage.events.last?.reason == "waited 300000 ms in JoinGroup")
  }

  @Test("members that wait in JoinGroup and were answered before do not expire")
  func waitingMembersDoNotExpire() {
    let (stage, _) = GroupStage.stable("a", "b", session: 1_800_000, rebalance: 400_000)
    let b = stage.join("b", id: "b", session: 6_000, protocols: [.of("range", [2])])
    stage.pass(399_999)
    #expect(b.isWaiting)
    stage.pass(1)
    #expect(b.reply?.leaderID == "b")
  }

  @Test("a join that is repeated takes the place of the first, which is told to try again")
  func repeatedJoin() {
    let stage = GroupStage()
    let first = stage.enter("a")
    let second = stage.join("a", id: "a-1")
    #expect(first.error == .rebalanceInProgress)
    stage.pass(3_000)
    #expect(second.reply?.generation == 1)
  }

  @Test("a full group lets in nobody new, but its members again")
  func fullGroup() {
    let stage = GroupStage { $0.maxSize = 2 }
    let c = stage.join("c").id
    _ = stage.enter("a")
    _ = stage.join("s", instance: "i")
    stage.pass(6_000)
    #expect(stage.join("d").error == .groupMaxSizeReached)
    #expect(stage.join("c", id: c).error == .groupMaxSizeReached)
    #expect(stage.join("d", instance: "j").error == .groupMaxSizeReached)
    #expect(stage.join("s", instance: "i").isWaiting)
    #expect(stage.join("a", id: "a-2").reply?.generation == 2)
  }

  @Test("of a thousand ids that nobody has used the oldest is forgotten for a new one")
  func pendingIsBounded() {
    let stage = GroupStage { $0.maxSize = 2 }
    let first = stage.join("first").id
    stage.pass(1)
    let second = stage.join("second").id
    stage.pass(1)
    for _ in 2..<1_000 { stage.join("flood") }
    #expect(stage.join("last").error == .memberIDRequired)
    #expect(stage.join("first", id: first).error == .unknownMemberID)
    #expect(stage.join("second", id: second).isWaiting)
  }
}

/// One way of joining wrongly.
struct JoinVariant: Sendable {
  var id = ""
  var instance: String?
  var group = "g"
  var session: Int32 = 45_000
  var type = "consumer"
  var protocols: [GroupProtocol] = [.of("range")]

  func join(_ stage: GroupStage) -> GroupStage.Call<JoinReply> {
    stage.join(
      "a", id: id, instance: instance, group: group, session: session, type: type,
      protocols: protocols)
  }
}

extension JoinReply {
  /// The answer to a member of a generation.
  static func stable(
    _ generation: Int32, _ id: String, leader: String, protocol name: String = "range",
    members: [(String, [UInt8])] = []
  ) -> JoinReply {
    var reply = JoinReply(error: .none, memberID: id)
    reply.generation = generation
    reply.protocolType = "consumer"
    reply.protocolName = name
    reply.leaderID = leader
    reply.members = members.map { .init(memberID: $0.0, instanceID: nil, metadata: $0.1) }
    return reply
  }
}

extension GroupStage {
  /// A group whose members have exactly these ids, with generation 1 and each `id`'s bytes as its
  /// assignment; the first is the leader.
  static func stable(
    _ ids: String..., session: Int32 = 45_000, rebalance: Int32 = 300_000
  ) -> (stage: GroupStage, ids: [String]) {
    (stored(ids, .stable, session: session, rebalance: rebalance), ids)
  }

  /// The same before the leader's SyncGroup.
  static func completing(_ ids: String..., session: Int32 = 45_000) -> GroupStage {
    stored(ids, .completingRebalance, session: session, rebalance: 300_000)
  }

  private static func stored(
    _ ids: [String], _ state: GroupState, session: Int32, rebalance: Int32
  ) -> GroupStage {
    let stage = GroupStage()
    let row = GroupRow(
      name: "g", state: state, protocolType: "consumer", protocolName: "range", leaderID: ids[0],
      generation: 1)
    let members = ids.enumerated().map { order, id in
      MemberRow(
        memberID: id, instanceID: id.hasPrefix("s") ? "i-\(id)" : nil, clientID: id,
        clientHost: "/10.0.0.1", sessionTimeoutMilliseconds: session,
        rebalanceTimeoutMilliseconds: rebalance, joinOrder: Int64(order),
        classic: .init(protocols: [.of("range")], assignment: Array(id.utf8)))
    }
    stage.reload([StoredGroup(group: row, members: members)])
    return stage
  }
}
