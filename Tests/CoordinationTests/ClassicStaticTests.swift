import ActaModel
import Testing

@testable import Coordination

// Members whose id begins with s have the instance id i-<id>.
@Suite("Classic groups: static membership") struct ClassicStaticTests {
  @Test("a new instance id makes a member at once, with an ordinary round")
  func newInstance() {
    let stage = GroupStage()
    let call = stage.join("client", instance: "i")
    #expect(call.isWaiting)
    stage.pass(3_000)
    #expect(call.id == "i-1")
    #expect(call.reply?.members.map(\.instanceID) == ["i"])
    #expect(stage.tables["g"]?.members.first?.instanceID == "i")
  }

  @Test("a follower that comes back has another id, its old assignment, and nobody rebalances")
  func followerReturns() {
    let (stage, _) = GroupStage.stable("a", "s")
    #expect(stage.join("client", instance: "i-s").reply == .stable(1, "i-s-1", leader: "a"))
    #expect(stage.sync("i-s-1", 1, instance: "i-s").reply?.assignment == Array("s".utf8))
    #expect(stage.state() == .stable)
    #expect(stage.ids() == ["a", "i-s-1"])
    #expect(stage.heartbeat("a", 1) == .none)
    let events = stage.drainEvents()
    #expect(events.map(\.kind) == [.replaced])
    #expect(events[0].memberID == "i-s-1")
    #expect(events[0].reason == "in place of s")
  }

  @Test("from v9 a leader that comes back is told of all members, and not to assign")
  func leaderReturns() {
    let (stage, _) = GroupStage.stable("s", "b")
    let reply = stage.join("client", instance: "i-s", version: 9).reply
    #expect(reply?.skipsAssignment == true)
    #expect(reply?.leaderID == "i-s-1")
    #expect(reply?.members.map(\.memberID) == ["i-s-1", "b"])
    #expect(stage.sync("i-s-1", 1).reply?.assignment == Array("s".utf8))
  }

  @Test("before v9 a leader that comes back is told that its old id leads")
  func oldLeaderReturns() {
    let (stage, _) = GroupStage.stable("s", "b")
    let reply = stage.join("client", instance: "i-s", version: 8).reply
    #expect(reply == .stable(1, "i-s-1", leader: "s"))
    #expect(stage.tables["g"]?.group.leaderID == "i-s-1")
    #expect(stage.join("client", id: "i-s-1", instance: "i-s").isWaiting, "the leader rejoins")
  }

  @Test("one that comes back with metadata that changes the choice of protocol begins a round")
  func protocolChanges() {
    let (stage, _) = GroupStage.stable("s")
    let call = stage.join("client", instance: "i-s", protocols: [.of("sticky"), .of("range")])
    #expect(call.reply?.generation == 2)
    #expect(call.reply?.protocolName == "sticky")
  }

  @Test("one that comes back with other metadata under the same protocol begins none")
  func metadataChanges() {
    let (stage, _) = GroupStage.stable("a", "s")
    let call = stage.join("client", instance: "i-s", protocols: [.of("range", [9])])
    #expect(call.reply?.generation == 1)
    #expect(stage.tables["g"]?.members[1].classic?.protocols == [.of("range", [9])])
  }

  @Test("one that comes back before the assignment begins a round")
  func returnsWhileCompleting() {
    let stage = GroupStage.completing("a", "s", "b")
    let b = stage.sync("b", 1)
    #expect(stage.join("client", instance: "i-s").isWaiting)
    #expect(b.error == .rebalanceInProgress)
    #expect(stage.state() == .preparingRebalance)
  }

  @Test("one that comes back in a round takes part in it")
  func returnsInRound() {
    let (stage, _) = GroupStage.stable("a", "s")
    let a = stage.join("a", id: "a")
    let s = stage.join("client", instance: "i-s")
    #expect(a.reply?.members.map(\.memberID) == ["a", "i-s-1"])
    #expect(s.reply?.generation == 2)
  }

  @Test("what the older twin has waiting is fenced when the younger comes")
  func waitingRequestsAreFenced() {
    let (stage, _) = GroupStage.stable("a", "s")
    let join = stage.join("client", id: "s", instance: "i-s", protocols: [.of("range", [2])])
    stage.join("client", instance: "i-s")
    #expect(join.reply == JoinReply(error: .fencedInstanceID, memberID: "s"))

    let other = GroupStage.completing("a", "s")
    let sync = other.sync("s", 1, instance: "i-s")
    other.join("client", instance: "i-s")
    #expect(sync.error == .fencedInstanceID)
  }

  @Test("whatever the older twin asks after that is fenced")
  func laterRequestsAreFenced() {
    let (stage, _) = GroupStage.stable("a", "s")
    stage.join("client", instance: "i-s")
    #expect(stage.join("client", id: "s", instance: "i-s").error == .fencedInstanceID)
    #expect(stage.sync("s", 1, instance: "i-s").error == .fencedInstanceID)
    #expect(stage.heartbeat("s", 1, instance: "i-s") == .fencedInstanceID)
    #expect(stage.heartbeat("s", 1) == .unknownMemberID)
    #expect(stage.leave(.id("s", instance: "i-s")) == [.fencedInstanceID])
    #expect(stage.commit("s", 1, instance: "i-s").code == .fencedInstanceID)
    #expect(stage.ids() == ["a", "i-s-1"])
    let fenced = stage.events.filter { $0.kind == .fenced }
    #expect(fenced.map(\.memberID) == ["s"], "people are told once")
    #expect(fenced.first?.instanceID == "i-s")
  }

  @Test("an instance id that is not known, with a member id, is an unknown member")
  func unknownInstance() {
    let (stage, _) = GroupStage.stable("a", "s")
    #expect(stage.join("client", id: "a", instance: "other").error == .unknownMemberID)
    #expect(stage.join("client", id: "x", instance: "other").error == .unknownMemberID)
  }

  @Test("a static member that is away stays through a round, until its session expires")
  func awayInRound() {
    let (stage, _) = GroupStage.stable("a", "s", session: 100_000, rebalance: 60_000)
    let a = stage.join("a", id: "a", session: 100_000, rebalance: 60_000)
    stage.pass(60_000)
    #expect(a.reply?.members.map(\.memberID) == ["a", "s"])
    stage.sync("a", 2, giving: [("s", [2])])
    #expect(stage.join("client", instance: "i-s").reply?.generation == 2)
    #expect(stage.sync("i-s-1", 2).reply?.assignment == [2])
    stage.pass(30_000)
    #expect(stage.ids() == ["a", "i-s-1"])
  }

  @Test("a round in which only static members are left that are away goes on for another timeout")
  func allAway() {
    let (stage, _) = GroupStage.stable("a", "s", session: 100_000, rebalance: 60_000)
    stage.leave(.id("a"))
    stage.pass(60_000)
    #expect(stage.state() == .preparingRebalance)
    #expect(stage.tables["g"]?.group.generation == 1)
    stage.pass(40_000)
    #expect(stage.ids() == [])
    #expect(stage.state() == .empty)
  }

  @Test("an administrator removes a static member by its instance id")
  func removedByAdministrator() {
    let (stage, _) = GroupStage.stable("a", "s")
    #expect(stage.leave(.instance("i-s")) == [.none])
    #expect(stage.ids() == ["a"])
    #expect(stage.join("client", instance: "i-s").isWaiting, "it is new now")
  }

  @Test("the last static member's session expires, and its instance id is new again")
  func expires() {
    let (stage, _) = GroupStage.stable("s")
    stage.pass(45_000)
    #expect(stage.tables["g"]?.group == .empty(2))
    let call = stage.join("client", instance: "i-s")
    stage.pass(3_000)
    #expect(call.reply?.generation == 3)
  }

  @Test("one that comes back keeps its place among the members")
  func place() {
    let (stage, _) = GroupStage.stable("a", "s", "b")
    stage.join("client", instance: "i-s")
    #expect(stage.tables["g"]?.members.map(\.joinOrder) == [0, 1, 2])
    #expect(stage.ids() == ["a", "i-s-1", "b"])
  }
}

extension Result<CommitSource, MemberRefusal> {
  var code: ErrorCode? {
    if case .failure(let refusal) = self { refusal.code } else { nil }
  }

  var source: CommitSource? { try? get() }
}
