import ActaModel
import Testing

@testable import Coordination

@Suite("Classic groups: restarts") struct ClassicRestoreTests {
  @Test("after a restart the members of a stable group go on, and nobody rebalances")
  func stable() {
    let (stage, _) = GroupStage.stable("a", "b")
    stage.restart()
    #expect(stage.heartbeat("a", 1) == .none)
    #expect(stage.sync("b", 1).reply?.assignment == Array("b".utf8))
    #expect(stage.join("b", id: "b").reply == .stable(1, "b", leader: "a"))
    #expect(stage.state() == .stable)
    #expect(stage.drainEvents().isEmpty)
  }

  @Test("after a restart each member has a whole session timeout")
  func freshSessions() {
    let (stage, _) = GroupStage.stable("a")
    stage.pass(44_000)
    stage.restart()
    stage.pass(44_999)
    #expect(stage.ids() == ["a"])
    stage.pass(1)
    #expect(stage.ids() == [])
  }

  @Test("a round that a restart cut off ends when all have joined again")
  func preparing() {
    let (stage, _) = GroupStage.stable("a", "b")
    stage.join("a", id: "a")
    stage.restart()
    #expect(stage.state() == .preparingRebalance)
    let b = stage.join("b", id: "b")
    #expect(b.isWaiting)
    #expect(stage.join("a", id: "a").reply?.leaderID == "a")
    #expect(b.reply?.generation == 2)
  }

  @Test("a round that a restart cut off ends without those that do not come")
  func preparingTimesOut() {
    let (stage, _) = GroupStage.stable("a", "b", session: 90_000, rebalance: 60_000)
    stage.join("a", id: "a", session: 90_000, rebalance: 60_000)
    stage.restart()
    let b = stage.join("b", id: "b")
    stage.pass(60_000)
    #expect(b.reply?.members.map(\.memberID) == ["b"])
  }

  @Test("a generation without assignment waits for its leader after a restart, for a whole timeout")
  func completing() {
    let stage = GroupStage.completing("a", "b", session: 1_000_000)
    stage.sync("b", 1)
    stage.pass(200_000)
    stage.restart()
    stage.pass(299_999)
    let b = stage.sync("b", 1)
    #expect(stage.sync("a", 1, giving: [("b", [2])]).error == ErrorCode.none)
    #expect(b.reply?.assignment == [2])
    stage.restart()
    #expect(stage.state() == .stable)
  }

  @Test("after a restart those of a generation that do not send SyncGroup are removed")
  func completingTimesOut() {
    let stage = GroupStage.completing("a", "b", session: 1_000_000)
    stage.restart()
    let b = stage.sync("b", 1)
    stage.pass(300_000)
    #expect(b.error == .rebalanceInProgress)
    #expect(stage.ids() == ["b"])
  }

  @Test("a group that says what its rows say keeps its requests that wait through a reload")
  func keepingEqual() {
    let (stage, _) = GroupStage.stable("a", "b")
    let a = stage.join("a", id: "a")
    let deadline = stage.coordinator.nextDeadline
    stage.pass(1_000)
    stage.reload()
    #expect(stage.coordinator.nextDeadline == deadline)
    stage.join("b", id: "b")
    #expect(a.reply?.generation == 2)
  }

  @Test("a group that its rows contradict begins anew, and its requests that wait are answered")
  func differing() {
    let (stage, _) = GroupStage.stable("a", "b")
    let rows = stage.tables.stored
    let join = stage.join("a", id: "a")
    stage.reload(rows)
    #expect(join.error == .coordinatorNotAvailable)
    #expect(stage.heartbeat("a", 1) == .none)

    let other = GroupStage.completing("a", "b")
    let sync = other.sync("b", 1)
    other.reload([])
    #expect(sync.error == .coordinatorNotAvailable)
    #expect(other.coordinator.nextDeadline == nil)
  }

  @Test("rows that make no sense do no harm", arguments: GroupState.allCases)
  func nonsense(state: GroupState) {
    let stage = GroupStage()
    let members = ["a", "b"].enumerated().map { order, id in
      MemberRow(
        memberID: id, clientID: id, clientHost: "/", sessionTimeoutMilliseconds: -5,
        rebalanceTimeoutMilliseconds: -5, joinOrder: Int64(order))
    }
    let row = GroupRow(name: "g", state: state, leaderID: "nobody", generation: 7)
    var coordinator = GroupCoordinator()
    var start = Turn(at: stage.now, settings: GroupSettings(), topics: stage.topics)
    coordinator.restore(
      [StoredGroup(group: row, members: members)], keepingEqual: false, &start)
    for step in 1...20 {
      let now = stage.now + Int32(step * 100_000)
      var turn = Turn(at: now, settings: GroupSettings(), topics: stage.topics)
      coordinator.tick(&turn)
      if let next = coordinator.nextDeadline { #expect(next > now) }
    }
    #expect(coordinator.stored.first?.members.isEmpty == true)
    #expect((coordinator.stored.first?.group.generation ?? 0) >= 7)
  }
}
