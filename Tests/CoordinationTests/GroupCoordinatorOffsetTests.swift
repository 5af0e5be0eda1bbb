import ActaModel
import Testing

@testable import Coordination

@Suite("Group coordinator: offsets of classic groups") struct GroupCoordinatorOffsetTests {
  @Test("a commit without member or generation makes a group that only has offsets")
  func simpleGroup() {
    let stage = GroupStage()
    #expect(stage.commit().source == .simpleConsumer)
    #expect(stage.changes == [.putGroup(GroupRow(name: "g"))])
    #expect(stage.drainEvents().map(\.kind) == [.created])
    #expect(stage.commit().source == .simpleConsumer)
    #expect(stage.changes.isEmpty)
    #expect(stage.coordinator.offsetExpiry(of: "g") == .sinceCommit(exceptTopics: []))
  }

  @Test("a commit for a group that is not there, with a generation, is refused as its version can")
  func unknownGroup() {
    let stage = GroupStage()
    #expect(stage.commit("a", 3).code == .groupIDNotFound)
    #expect(stage.commit("a", 3, knowsConsumerGroups: false).code == .illegalGeneration)
    #expect(stage.tables.stored.isEmpty)
  }

  @Test("without a generation commits are taken while nobody is there, whatever ids they name")
  func namedCommits() {
    let stage = GroupStage()
    #expect(stage.commit("a", -1).source == .simpleConsumer)
    #expect(stage.changes == [.putGroup(GroupRow(name: "g"))])
    #expect(stage.commit("a", -1).source == .simpleConsumer)
    #expect(stage.commit("b", -7, instance: "i").source == .simpleConsumer)
    #expect(stage.commit("", -1, instance: "i").source == .simpleConsumer)
    #expect(stage.commit("a", 0).code == .unknownMemberID)
    #expect(stage.commit("", 0).code == .unknownMemberID)
  }

  @Test("once members are there, or were, the ids count only for those with a generation")
  func namedCommitsBesideMembers() {
    let (stage, _) = GroupStage.stable("a")
    #expect(stage.commit("other", -1).code == .unknownMemberID)
    #expect(stage.commit("", -1, instance: "i").code == .unknownMemberID)
    stage.leave(.id("a"))
    #expect(stage.commit("a", -1).source == .adminReset)
    #expect(stage.commit("other", -1, instance: "i").source == .adminReset)
    #expect(stage.commit("a", 1).code == .unknownMemberID)
  }

  @Test("group ids that differ only in how an accent is composed are two groups")
  func exactNames() {
    let stage = GroupStage()
    #expect(stage.commit(group: "caf\u{e9}").source == .simpleConsumer)
    #expect(stage.commit(group: "cafe\u{301}").source == .simpleConsumer)
    #expect(stage.coordinator.list().count == 2)
    #expect(stage.delete("caf\u{e9}") == .none)
    #expect(stage.coordinator.list().map { Array($0.groupID.utf8).count } == [6])
  }

  @Test("the group without a name takes commits without generation only")
  func emptyGroupID() {
    let stage = GroupStage()
    #expect(stage.commit("a", 1, group: "").code == .groupIDNotFound)
    #expect(stage.commit(group: "a\0").code == .invalidGroupID)
    #expect(
      stage.coordinator.admitFetch(groupID: "a\0", memberID: nil, epoch: -1) == .invalidGroupID)
    #expect(stage.delete("") == .groupIDNotFound)
    #expect(stage.commit(group: "").source == .simpleConsumer)
    #expect(stage.coordinator.admitFetch(groupID: "", memberID: nil, epoch: -1) == .none)
    #expect(stage.coordinator.admitOffsetDelete(groupID: "") == .invalidGroupID)
    #expect(stage.heartbeat("a", 1, group: "") == .invalidGroupID)
    #expect(stage.delete("") == .none)
  }

  @Test("members of a group commit with its generation, those who are none do not")
  func members() {
    let (stage, _) = GroupStage.stable("a", "s")
    #expect(stage.commit("a", 1).source == .consumer)
    #expect(stage.commit("s", 1, instance: "i-s").source == .consumer)
    #expect(stage.commit().code == .unknownMemberID)
    #expect(stage.commit("x", 1).code == .unknownMemberID)
    #expect(stage.commit("a", 0).code == .illegalGeneration)
    #expect(stage.commit("a", -1).code == .illegalGeneration)
    #expect(stage.commit("a", 1, instance: "i-s").code == .fencedInstanceID)
    #expect(stage.commit("a", 1, instance: "unknown").code == .unknownMemberID)
    #expect(stage.commit("", -1, instance: "i-s").code == .fencedInstanceID)
  }

  @Test("in a transaction nobody in particular commits, too, and members in the middle of a round")
  func transactions() {
    let (stage, _) = GroupStage.stable("a", "b")
    func hold(_ id: String, _ generation: Int32) -> Result<CommitSource, MemberRefusal> {
      stage.commit(id, generation, isTransactional: true)
    }
    #expect(hold("", -1).source == .transaction)
    #expect(hold("a", 1).source == .transaction)
    #expect(hold("a", 2).code == .illegalGeneration)
    #expect(hold("x", 1).code == .unknownMemberID)
    #expect(hold("a", -1).code == .illegalGeneration)
    stage.join("a", id: "a")
    stage.join("b", id: "b")
    #expect(stage.commit("b", 2).code == .rebalanceInProgress)
    #expect(hold("b", 2).source == .transaction)
  }

  @Test("a commit in a transaction is no sign of life, as another is", arguments: [true, false])
  func signsOfLife(isTransactional: Bool) {
    let (stage, _) = GroupStage.stable("a")
    for _ in 0..<4 {
      stage.pass(15_000)
      _ = stage.commit("a", 1, isTransactional: isTransactional)
    }
    #expect(stage.commit("a", 1).code == (isTransactional ? .unknownMemberID : nil))
  }

  @Test("in a round members may still commit; before the assignment they may not")
  func rounds() {
    let (stage, _) = GroupStage.stable("a", "b")
    stage.join("a", id: "a")
    #expect(stage.commit("b", 1).source == .consumer)
    stage.join("b", id: "b")
    #expect(stage.commit("b", 1).code == .illegalGeneration)
    #expect(stage.commit("b", 2).code == .rebalanceInProgress)
    stage.sync("a", 2)
    #expect(stage.commit("b", 2).source == .consumer)
  }

  @Test("in a group that its members have left, a commit without member moves it")
  func adminReset() {
    let (stage, _) = GroupStage.stable("a")
    stage.leave(.id("a"))
    #expect(stage.commit().source == .adminReset)
    #expect(stage.commit("a", 2).code == .unknownMemberID)
    #expect(stage.commit("a", -1).source == .adminReset)
  }

  @Test("offsets expire by the group's state and what its members want")
  func expiry() {
    let stage = GroupStage()
    let wanted = GroupProtocol.consumer(topics: "t", "u")
    let a = stage.enter("a", protocols: [wanted])
    #expect(stage.coordinator.offsetExpiry(of: "g") == .never)
    stage.pass(3_000)
    #expect(stage.coordinator.offsetExpiry(of: "g") == .never)
    stage.sync(a.id, 1)
    #expect(stage.coordinator.offsetExpiry(of: "g") == .sinceCommit(exceptTopics: ["t", "u"]))
    #expect(stage.coordinator.isSubscribed("g", to: "u"))
    #expect(!stage.coordinator.isSubscribed("g", to: "v"))
    stage.leave(.id(a.id))
    #expect(stage.coordinator.offsetExpiry(of: "g") == .sinceEmpty)
    #expect(!stage.coordinator.isSubscribed("g", to: "u"))
    #expect(stage.coordinator.offsetExpiry(of: "other") == .never)
    #expect(!stage.coordinator.isSubscribed("other", to: "u"))
  }

  @Test(
    "a subscription that ends after its user data says which topics, whatever version it claims",
    arguments: [0, 1, 3, 9] as [UInt8])
  func shortSubscription(version: UInt8) {
    let stage = GroupStage()
    let topics: [UInt8] = [0, 0, 0, 1, 0, 1, 0x74]
    let wanted = GroupProtocol.of("range", [0, version] + topics + [0xff, 0xff, 0xff, 0xff])
    let a = stage.enter("a", protocols: [wanted])
    stage.pass(3_000)
    stage.sync(a.id, 1)
    #expect(stage.coordinator.isSubscribed("g", to: "t"))
    #expect(!stage.coordinator.isSubscribed("g", to: "other"))
    #expect(stage.coordinator.offsetExpiry(of: "g") == .sinceCommit(exceptTopics: ["t"]))
  }

  @Test("where a subscription cannot be read, every topic counts as subscribed")
  func unreadableSubscription() {
    let (stage, _) = GroupStage.stable("a")
    #expect(stage.coordinator.offsetExpiry(of: "g") == .never)
    #expect(stage.coordinator.isSubscribed("g", to: "whatever"))
  }

  @Test("offsets may be deleted of consumers' groups and of empty ones")
  func offsetDelete() {
    let (stage, _) = GroupStage.stable("a")
    #expect(stage.coordinator.admitOffsetDelete(groupID: "g") == .none)
    #expect(stage.coordinator.admitOffsetDelete(groupID: "other") == .groupIDNotFound)
    #expect(stage.coordinator.admitOffsetDelete(groupID: "") == .invalidGroupID)
    stage.join("w", group: "workers", type: "connect", version: 3)
    #expect(stage.coordinator.admitOffsetDelete(groupID: "workers") == .nonEmptyGroup)
    stage.leave(.id("w-1"), group: "workers")
    stage.pass(3_000)
    #expect(stage.coordinator.admitOffsetDelete(groupID: "workers") == .none)
  }

  @Test("a group is removed as unused once nobody is in it or on the way")
  func unused() {
    let (stage, _) = GroupStage.stable("a")
    stage.removeIfUnused("g")
    #expect(stage.state() == .stable)
    stage.leave(.id("a"))
    let pending = stage.join("b").id
    stage.removeIfUnused("g")
    #expect(stage.state() == .empty)
    stage.leave(.id(pending))
    stage.removeIfUnused("g")
    #expect(stage.changes == [.removeGroup(name: "g")])
    #expect(stage.events.last?.kind == .deleted)
    stage.removeIfUnused("g")
    #expect(stage.changes.isEmpty)
  }
}
