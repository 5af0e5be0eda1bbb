import ActaModel
import Coordination
import Testing

@Suite("Consumer group: static members") struct ConsumerStaticTests {
  @Test("a member that leaves for a while keeps its partitions, and gets them back at its epoch")
  func comingBack() {
    var t = Transcript()
    t.join("a1", instance: "i")
    t.join("b")
    t.beat("a1", 1, owned: [0, 1], instance: "i")
    t.beat("b", 2)
    let away = t.beat("a1", -2, instance: "i")
    #expect(away.error == .none)
    #expect(away.memberEpoch == -2)
    #expect(away.memberID == "a1")
    #expect(t.kinds == [.left])
    #expect(t.member("a1")?.epoch == -2)
    #expect(t.epoch == 2)
    #expect(t.beat("b", 2).assignment == nil)
    t.beat("a1", -2, instance: "i")
    #expect(t.effects.isEmpty, "it is away already")

    let back = t.join("a2", instance: "i")
    #expect(back.memberEpoch == 2)
    #expect(back.numbers == [0, 1])
    #expect(t.kinds == [.replaced, .assigned])
    #expect(t.epoch == 2)
    #expect(t.group.memberCount == 2)
    #expect(t.group.state == .stable)
    #expect(t.beat("a1", 2).error == .unknownMemberID)
    #expect(t.beat("a1", 2, instance: "i").error == .fencedInstanceID)
    #expect(t.kinds == [.fenced])
    t.beat("a1", 2, instance: "i")
    #expect(t.effects.isEmpty, "said once")
  }

  @Test("the same member id may come back too")
  func sameID() {
    var t = Transcript()
    t.join("a", instance: "i")
    t.beat("a", -2, instance: "i")
    #expect(t.beat("a", 1, instance: "i").error == .fencedMemberEpoch, "it must join")
    #expect(t.join("a", instance: "i").numbers == [0, 1, 2, 3])
    #expect(t.epoch == 1)
  }

  @Test("an instance id that a live member holds is not released")
  func unreleased() {
    var t = Transcript()
    t.join("a1", instance: "i")
    #expect(t.join("a2", instance: "i").error == .unreleasedInstanceID)
    #expect(t.kinds == [.replaced])
    #expect(t.effects.changes.isEmpty)
    #expect(t.group.memberCount == 1)
    #expect(t.join("a1", instance: "i").error == .none, "the holder itself may join again")
    #expect(t.join("a1", instance: "j").error == .invalidRequest)
  }

  @Test("only the holder may step away or leave under its instance id")
  func wrongMember() {
    var t = Transcript()
    t.join("a", instance: "i")
    #expect(t.beat("x", -2, instance: "i").error == .fencedInstanceID)
    #expect(t.beat("x", -1, instance: "i").error == .fencedInstanceID)
    #expect(t.beat("a", -2, instance: "j").error == .unknownMemberID)
    #expect(t.beat("a", -1, instance: "i").error == .none)
    #expect(t.group.isEmpty)
  }

  @Test("a member that stays away loses its place with its session")
  func stayingAway() {
    var t = Transcript()
    t.join("a", instance: "i")
    t.beat("a", -2, instance: "i")
    t.wait(44_999)
    t.tick()
    #expect(t.group.memberCount == 1)
    t.wait(1)
    t.tick()
    #expect(t.kinds == [.evicted, .rebalance])
    #expect(t.group.isEmpty)
  }

  @Test("what a member that stepped away was to give up is free")
  func steppingAwayReleases() {
    var t = Transcript()
    t.join("a", instance: "i")
    t.join("b")
    t.beat("a", 1)
    t.beat("a", -2, instance: "i")
    #expect(t.beat("b", 2).numbers == [2, 3])
    t.wait(44_000)
    t.beat("b", 2)
    #expect(t.join("a2", instance: "i").numbers == [0, 1])
    t.wait(17_000)
    t.tick()
    #expect(t.group.memberCount == 2, "its rebalance timeout ended with its going")
  }

  @Test("members that were replaced and their successor survive a restart")
  func restart() {
    var t = Transcript()
    t.join("a", instance: "i")
    t.beat("a", -2, instance: "i")
    t.restart()
    #expect(t.beat("a", 1, instance: "i").error == .fencedMemberEpoch)
    #expect(t.join("a2", instance: "i").numbers == [0, 1, 2, 3])
    t.restart()
    #expect(t.beat("a", 1, instance: "i").error == .fencedInstanceID)
    #expect(t.beat("a2", 1, instance: "i").error == .none)
  }

  @Test("an administrator removes members by instance id or by member id")
  func administrator() {
    var t = Transcript()
    t.join("a", instance: "i")
    t.join("b")
    #expect(t.remove(LeavingMember(memberID: "", instanceID: "j")) == .unknownMemberID)
    #expect(t.remove(LeavingMember(memberID: "b", instanceID: "i")) == .fencedInstanceID)
    #expect(t.remove(LeavingMember(memberID: "c")) == .unknownMemberID)
    #expect(t.effects.isEmpty)
    #expect(t.remove(LeavingMember(memberID: "", instanceID: "i", reason: "gone")) == .none)
    #expect(t.reasons.first == "gone")
    #expect(t.remove(LeavingMember(memberID: "b")) == .none)
    #expect(t.group.isEmpty)
    #expect(t.epoch == 4)
  }
}
