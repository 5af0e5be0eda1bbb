import ActaModel
import Testing

@testable import Coordination

@Suite("Classic groups: SyncGroup") struct ClassicSyncTests {
  @Test("SyncGroups wait for the leader's, which brings each member what it is to have")
  func assignment() {
    let stage = GroupStage.completing("a", "b", "c")
    let b = stage.sync("b", 1)
    #expect(b.isWaiting)
    let a = stage.sync("a", 1, giving: [("a", [1]), ("b", [2]), ("nobody", [3])])
    #expect(a.reply?.assignment == [1])
    #expect(b.reply?.assignment == [2])
    #expect(b.reply?.protocolType == "consumer")
    #expect(b.reply?.protocolName == "range")
    #expect(stage.state() == .stable)
    let late = stage.sync("c", 1)
    #expect(late.reply?.error == ErrorCode.none)
    #expect(late.reply?.assignment == [], "it was given nothing")
    #expect(stage.tables["g"]?.members.map(\.classic?.assignment) == [[1], [2], []])
  }

  @Test("only the leader's assignments count")
  func onlyLeader() {
    let stage = GroupStage.completing("a", "b")
    let b = stage.sync("b", 1, giving: [("b", [9])])
    stage.sync("a", 1, giving: [("a", [1])])
    #expect(b.reply?.assignment == [])
    #expect(stage.sync("b", 1, giving: [("b", [9])]).reply?.assignment == [])
    #expect(stage.sync("a", 1, giving: [("a", [9])]).reply?.assignment == [1])
  }

  @Test("a SyncGroup that does not fit the group is refused and changes nothing")
  func refusals() {
    let stage = GroupStage.completing("a", "b", "s")
    let large = [UInt8](repeating: 0, count: (1 << 20) + 1)
    #expect(stage.sync("a", 1, group: "").error == .invalidGroupID)
    #expect(stage.sync("a", 1, group: "other").error == .unknownMemberID)
    #expect(stage.sync("x", 1).error == .unknownMemberID)
    #expect(stage.sync("b", 1, instance: "unknown").error == .unknownMemberID)
    #expect(stage.sync("b", 1, instance: "i-s").error == .fencedInstanceID)
    #expect(stage.sync("b", 0).error == .illegalGeneration)
    #expect(stage.sync("b", 2).error == .illegalGeneration)
    #expect(stage.sync("b", 1, type: "connect").error == .inconsistentGroupProtocol)
    #expect(stage.sync("b", 1, protocol: "sticky").error == .inconsistentGroupProtocol)
    #expect(stage.sync("a", 1, giving: [("a", [1]), ("b", large)]).error == .invalidRequest)
    #expect(stage.changes.isEmpty)
    #expect(stage.state() == .completingRebalance)
    #expect(stage.sync("b", 1, type: "consumer", protocol: "range").isWaiting)
  }

  @Test("in a round a SyncGroup is told to join again")
  func duringRound() {
    let (stage, _) = GroupStage.stable("a", "b")
    stage.join("a", id: "a")
    #expect(stage.sync("b", 1).error == .rebalanceInProgress)
  }

  @Test("a SyncGroup that is repeated takes the place of the first, which is told to try again")
  func repeated() {
    let stage = GroupStage.completing("a", "b")
    let first = stage.sync("b", 1)
    let second = stage.sync("b", 1)
    #expect(first.error == .rebalanceInProgress)
    stage.sync("a", 1, giving: [("b", [2])])
    #expect(second.reply?.assignment == [2])
  }

  @Test("a round that begins meanwhile answers the SyncGroups that wait")
  func roundBegins() {
    let stage = GroupStage.completing("a", "b", "c")
    let b = stage.sync("b", 1)
    stage.leave(.id("c"))
    #expect(b.error == .rebalanceInProgress)
    #expect(stage.state() == .preparingRebalance)
  }

  @Test("a member that leaves while its SyncGroup waits is answered")
  func leavesWaiting() {
    let stage = GroupStage.completing("a", "b")
    let b = stage.sync("b", 1)
    stage.leave(.id("b"))
    #expect(b.error == .unknownMemberID)
  }

  @Test("without the leader's SyncGroup, those that have not sent theirs are removed")
  func leaderNeverSyncs() {
    let (stage, _) = GroupStage.stable("a", "b", session: 1_000_000, rebalance: 60_000)
    stage.join("a", id: "a", session: 1_000_000, rebalance: 60_000)
    stage.join("b", id: "b", session: 1_000_000, rebalance: 60_000)
    let b = stage.sync("b", 2)
    stage.pass(59_999)
    #expect(b.isWaiting)
    stage.pass(1)
    #expect(b.error == .rebalanceInProgress)
    #expect(stage.ids() == ["b"])
    #expect(stage.state() == .preparingRebalance)
    let evicted = stage.events.last { $0.kind == .evicted }
    #expect(evicted?.memberID == "a")
    #expect(evicted?.reason == "did not send SyncGroup within 60000 ms")
    #expect(stage.join("b", id: "b").reply?.leaderID == "b")
  }

  @Test("a follower that never sends SyncGroup is removed, though the group is stable")
  func followerNeverSyncs() {
    let (stage, _) = GroupStage.stable("a", "b", session: 1_000_000, rebalance: 60_000)
    stage.join("a", id: "a", session: 1_000_000, rebalance: 60_000)
    stage.join("b", id: "b", session: 1_000_000, rebalance: 60_000)
    stage.sync("a", 2)
    #expect(stage.state() == .stable)
    stage.pass(59_999)
    #expect(stage.heartbeat("b", 2) == .none)
    stage.pass(1)
    #expect(stage.ids() == ["a"])
    #expect(stage.heartbeat("a", 2) == .rebalanceInProgress)
  }

  @Test("if all have sent SyncGroup, nothing happens when its time is over")
  func allSynced() {
    let stage = GroupStage.completing("a", "b", session: 1_000_000)
    stage.sync("b", 1)
    stage.sync("a", 1)
    stage.pass(300_000)
    #expect(stage.state() == .stable)
    #expect(stage.ids() == ["a", "b"])
  }

  @Test("a consumer's assignment is kept as partitions for people; any other as bytes alone")
  func partitions() {
    let given = [TopicPartition(topic: "t", number: 0), TopicPartition(topic: "t", number: 2)]
    let stage = GroupStage.completing("a", "b")
    stage.sync("a", 1, giving: [("a", ConsumerAssignment(partitions: given).bytes), ("b", [7])])
    #expect(stage.tables["g"]?.members.map(\.partitions) == [given, []])
    let assigned = stage.events.filter { $0.kind == .assigned }
    #expect(assigned.map(\.partitions) == [given, nil])
    #expect(assigned.map(\.reason) == [nil, "assignment of 1 bytes"])
  }
}
