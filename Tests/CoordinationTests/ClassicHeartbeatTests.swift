import ActaModel
import Testing

@testable import Coordination

@Suite("Classic groups: Heartbeat and sessions") struct ClassicHeartbeatTests {
  @Test("a heartbeat of no present member is refused")
  func refusals() {
    let (stage, _) = GroupStage.stable("a", "s")
    #expect(stage.heartbeat("a", 1, group: "") == .invalidGroupID)
    #expect(stage.heartbeat("a", 1, group: "other") == .unknownMemberID)
    #expect(stage.heartbeat("x", 1) == .unknownMemberID)
    #expect(stage.heartbeat("a", 0) == .illegalGeneration)
    #expect(stage.heartbeat("a", 2) == .illegalGeneration)
    #expect(stage.heartbeat("a", 1, instance: "unknown") == .unknownMemberID)
    #expect(stage.heartbeat("a", 1, instance: "i-s") == .fencedInstanceID)
    #expect(stage.heartbeat("s", 1, instance: "i-s") == .none)
    #expect(stage.heartbeat("s", 1) == .none, "clients of old name no instance id")
  }

  @Test("a heartbeat in a stable group, or before the assignment, is well and writes nothing")
  func nothingWritten() {
    let (stable, _) = GroupStage.stable("a")
    #expect(stable.heartbeat("a", 1) == .none)
    #expect(stable.changes.isEmpty && stable.events.isEmpty)
    let completing = GroupStage.completing("a")
    #expect(completing.heartbeat("a", 1) == .none)
    #expect(completing.changes.isEmpty && completing.events.isEmpty)
  }

  @Test(
    "a member that is not heard of for its session timeout is removed, and the group rebalances")
  func sessionExpires() {
    let (stage, _) = GroupStage.stable("a", "b")
    stage.pass(30_000)
    #expect(stage.heartbeat("a", 1) == .none)
    stage.pass(14_999)
    #expect(stage.ids() == ["a", "b"])
    stage.pass(1)
    #expect(stage.ids() == ["a"])
    #expect(stage.heartbeat("b", 1) == .unknownMemberID)
    #expect(stage.heartbeat("a", 1) == .rebalanceInProgress)
    let evicted = stage.events.first { $0.kind == .evicted }
    #expect(evicted?.memberID == "b")
    #expect(evicted?.reason == "session timed out after 45000 ms")
  }

  @Test("when the last member's session expires, the group is empty, one generation on")
  func lastMemberExpires() {
    let (stage, _) = GroupStage.stable("a")
    stage.pass(45_000)
    #expect(stage.tables["g"]?.group == .empty(2))
    #expect(stage.coordinator.nextDeadline == nil)
  }

  @Test("a heartbeat prolongs the session in a round, too")
  func prolongsInRound() {
    let (stage, _) = GroupStage.stable("a", "b")
    stage.join("a", id: "a")
    stage.pass(40_000)
    #expect(stage.heartbeat("b", 1) == .rebalanceInProgress)
    stage.pass(44_999)
    #expect(stage.ids() == ["a", "b"])
    stage.pass(1)
    #expect(stage.ids() == ["a"])
  }

  @Test("the session of one that waited begins when it is answered")
  func sessionAfterAnswer() {
    let (stage, _) = GroupStage.stable("a", "b", session: 45_000)
    stage.join("b", id: "b", protocols: [.of("range", [2])])
    stage.pass(40_000)
    #expect(stage.heartbeat("a", 1) == .rebalanceInProgress)
    stage.pass(30_000)
    stage.join("a", id: "a")
    stage.pass(44_999)
    #expect(stage.ids() == ["a", "b"])
    stage.pass(1)
    #expect(stage.ids() == [])
  }

  @Test("one that waits in SyncGroup does not expire")
  func syncWaits() {
    let stage = GroupStage.completing("a", "b", session: 45_000)
    let b = stage.sync("b", 1)
    for _ in 0..<6 {
      stage.pass(40_000)
      #expect(stage.heartbeat("a", 1) == .none)
    }
    #expect(b.isWaiting)
    stage.sync("a", 1)
    stage.pass(44_999)
    #expect(stage.ids() == ["a", "b"])
  }

  @Test("joining again, SyncGroup and a commit prolong the session as a heartbeat does")
  func otherContacts() {
    let (stage, _) = GroupStage.stable("a", "b")
    let contacts: [() -> Void] = [
      { stage.join("b", id: "b") }, { stage.sync("b", 1) }, { _ = stage.commit("b", 1) },
    ]
    for contact in contacts {
      stage.pass(40_000)
      contact()
      #expect(stage.heartbeat("a", 1) == .none)
    }
    #expect(stage.ids() == ["a", "b"])
  }

  @Test("members that time out together make one round")
  func together() {
    let (stage, _) = GroupStage.stable("a", "b", "c")
    stage.pass(1_000)
    #expect(stage.heartbeat("c", 1) == .none)
    stage.pass(44_000)
    let events = stage.drainEvents()
    #expect(events.map(\.kind) == [.evicted, .evicted, .rebalance])
    #expect(events.last?.reason == "a timed out, and 1 more")
  }

  @Test("a deadline that has moved is found out when it comes up")
  func lazyDeadline() {
    let (stage, _) = GroupStage.stable("a")
    let first = stage.coordinator.nextDeadline
    #expect(first == stage.now + Int32(45_000))
    stage.pass(1_000)
    #expect(stage.heartbeat("a", 1) == .none)
    #expect(stage.coordinator.nextDeadline == first, "early, never late")
    stage.pass(44_000)
    #expect(stage.coordinator.nextDeadline == first.map { $0 + Int32(1_000) })
  }
}

extension GroupRow {
  static func empty(_ generation: Int32) -> GroupRow {
    GroupRow(name: "g", protocolType: "consumer", generation: generation)
  }
}
