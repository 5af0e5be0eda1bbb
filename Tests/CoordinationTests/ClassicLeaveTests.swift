import ActaModel
import Testing

@testable import Coordination

@Suite("Classic groups: LeaveGroup") struct ClassicLeaveTests {
  @Test("a member that leaves makes the others rebalance")
  func leave() {
    let (stage, _) = GroupStage.stable("a", "b")
    #expect(stage.leave(.id("b", reason: "the consumer is being closed")) == [.none])
    #expect(stage.ids() == ["a"])
    #expect(stage.heartbeat("a", 1) == .rebalanceInProgress)
    #expect(stage.join("a", id: "a").reply?.generation == 2)
    let events = stage.drainEvents()
    #expect(events.map(\.kind) == [.left, .rebalance, .generation])
    #expect(events[0].reason == "the consumer is being closed")
    #expect(events[1].reason == "b left: the consumer is being closed")
  }

  @Test("when the last member leaves, the group is empty, one generation on")
  func lastMember() {
    let (stage, _) = GroupStage.stable("a")
    #expect(stage.leave(.id("a")) == [.none])
    #expect(stage.tables["g"]?.group == .empty(2))
  }

  @Test("each member of the list has its own answer, and all of them make one round")
  func list() {
    let (stage, _) = GroupStage.stable("a", "b", "s", "c")
    let errors = stage.leave(
      .id("a"), .id("x"), .id("a"), .id("b", instance: "i-s"), .id("b", instance: "unknown"),
      .instance("i-s"), .instance("unknown"), .id(""))
    let expected: [ErrorCode] = [
      .none, .unknownMemberID, .unknownMemberID, .fencedInstanceID, .unknownMemberID, .none,
      .unknownMemberID, .unknownMemberID,
    ]
    #expect(errors == expected)
    #expect(stage.ids() == ["b", "c"])
    #expect(stage.events.filter { $0.kind == .rebalance }.count == 1)
    #expect(stage.events.last { $0.kind == .left }?.reason == "removed by its instance id")
  }

  @Test("a group that is not there is the same error for each")
  func unknownGroup() {
    let stage = GroupStage()
    #expect(stage.leave(.id("a"), .id("b"), group: "g") == [.unknownMemberID, .unknownMemberID])
    #expect(stage.leave(.id("a"), group: "") == [.invalidGroupID])
  }

  @Test("one that leaves while its JoinGroup waits is answered, and the round may end by it")
  func leavesWaiting() {
    let (stage, _) = GroupStage.stable("a", "b", "c")
    let a = stage.join("a", id: "a")
    let b = stage.join("b", id: "b")
    #expect(stage.leave(.id("b")) == [.none])
    #expect(b.error == .unknownMemberID)
    #expect(a.isWaiting)
    #expect(stage.leave(.id("c")) == [.none])
    #expect(a.reply?.generation == 2)
  }

  @Test("while the assignment is awaited, one that leaves begins another round")
  func whileCompleting() {
    let stage = GroupStage.completing("a", "b")
    stage.leave(.id("b"))
    #expect(stage.state() == .preparingRebalance)
  }

  @Test("an id that was given out may leave")
  func pending() {
    let stage = GroupStage()
    let id = stage.join("a").id
    #expect(stage.leave(.id(id)) == [.none])
    #expect(stage.leave(.id(id)) == [.unknownMemberID])
    #expect(stage.join("a", id: id).error == .unknownMemberID)
    #expect(stage.events.map(\.kind) == [.created])
  }
}
