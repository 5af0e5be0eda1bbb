import ActaModel
import Coordination
import Testing

@Suite("Consumer group: time and topics") struct ConsumerTimeoutTests {
  @Test("a member whose session lapses is removed, and heartbeats prolong it")
  func session() {
    var t = Transcript()
    t.join("a")
    t.join("b")
    #expect(t.group.nextDeadline == t.now + Int32(45_000))
    t.wait(44_999)
    t.beat("a", 1)
    t.tick()
    #expect(t.group.memberCount == 2)
    t.wait(1)
    t.tick()
    #expect(t.group.memberCount == 1)
    #expect(t.reasons == ["session timed out", "member b: session timed out"])
    #expect(t.effects.events[0].memberID == "b")
    #expect(t.group.nextDeadline == t.now + Int32(44_999))
    #expect(t.beat("b", 2).error == .unknownMemberID)
  }

  @Test("a commit does not prolong the session")
  func commits() {
    var t = Transcript()
    t.join("a")
    t.wait(30_000)
    let request = CommitRequest(
      groupID: "g", memberID: "a", instanceID: nil, generation: 1, knowsConsumerGroups: true)
    #expect(throws: Never.self) {
      try t.group.admitCommit(request).get()
    }
    t.wait(15_000)
    t.tick()
    #expect(t.group.isEmpty)
  }

  @Test("a member that does not give up its partitions in time is removed")
  func rebalance() {
    var t = Transcript()
    t.join("a")
    t.join("b")
    t.beat("a", 1)
    t.wait(30_000)
    t.beat("a", 1)
    t.beat("b", 2)
    #expect(t.group.nextDeadline! <= t.now + Int32(30_000))
    t.wait(29_999)
    t.tick()
    #expect(t.group.memberCount == 2)
    t.wait(1)
    t.tick()
    #expect(t.reasons.first == "did not give up its partitions in time")
    #expect(t.beat("b", 2).numbers == [0, 1, 2, 3])
  }

  @Test("a member that gives up its partitions in time stays")
  func rebalanceInTime() {
    var t = Transcript()
    t.join("a")
    t.join("b")
    t.beat("a", 1)
    t.beat("a", 1, owned: [0, 1])
    for _ in 0..<3 {
      t.wait(40_000)
      t.beat("a", 2)
      t.beat("b", 2)
      t.tick()
    }
    #expect(t.group.memberCount == 2)
  }

  @Test("after a restart sessions and rebalance timeouts begin anew")
  func restart() {
    var t = Transcript()
    t.join("a")
    t.join("b")
    t.beat("a", 1)
    t.wait(44_000)
    t.restart()
    #expect(t.group.nextDeadline == t.now + Int32(45_000))
    t.tick()
    #expect(t.effects.isEmpty, "nothing happens because of a restart")
    t.wait(40_000)
    t.beat("a", 1)
    t.beat("b", 2)
    t.wait(20_000)
    t.tick()
    #expect(t.reasons.first == "did not give up its partitions in time")
    #expect(t.group.memberCount == 1)
  }

  @Test("changes within the interval are put off to one computation, by a tick")
  func putOff() {
    var t = Transcript(interval: 1_000)
    #expect(t.join("a").numbers == [0, 1, 2, 3], "the first is not put off")
    t.wait(100)
    let b = t.join("b")
    #expect(b.memberEpoch == 1)
    #expect(b.numbers == [])
    #expect(t.group.state == .assigning)
    #expect(t.group.nextDeadline == t.now + Int32(900))
    t.wait(100)
    #expect(t.join("c").memberEpoch == 1)
    #expect(t.beat("a", 1).assignment == nil)
    t.wait(799)
    t.tick()
    #expect(t.effects.isEmpty)
    t.wait(1)
    t.tick()
    #expect(t.group.state == .reconciling)
    #expect(t.group.description.assignmentEpoch == 3)
    #expect(t.group.nextDeadline! > t.now)
    #expect(t.beat("b", 1).memberEpoch == 3)
    #expect(t.beat("a", 1).numbers?.count == 2)
  }

  @Test("the heartbeat that finds it due computes the assignment")
  func putOffToHeartbeat() {
    var t = Transcript(interval: 1_000)
    t.join("a")
    t.join("b")
    t.wait(1_000)
    #expect(t.beat("a", 1).numbers == [0, 1])
    #expect(t.group.state == .reconciling)
  }

  @Test("a group that was empty does not let its next member wait")
  func afterEmpty() {
    var t = Transcript(interval: 1_000)
    t.join("a")
    t.beat("a", -1)
    #expect(t.join("b").numbers == [0, 1, 2, 3])
  }

  @Test("topics that come, grow and go raise the group epoch when somebody subscribes to them")
  func topicChanges() {
    var t = Transcript(FakeTopics(["t": 2]))
    t.join("a", to: ["t", "later"])
    t.topics.create("other", 3)
    #expect(t.beat("a", 1).assignment == nil)
    #expect(t.effects.isEmpty)
    t.topics.create("later", 1)
    #expect(t.beat("a", 1).assignment?.count == 2)
    #expect(t.epoch == 2)
    #expect(t.reasons.first == "topic metadata changed")
    t.topics.grow("t", to: 3)
    #expect(t.beat("a", 2).assignment?[t.topics.id("t")] == [0, 1, 2])
    t.topics.delete("later")
    let revoked = t.beat("a", 3)
    #expect(revoked.memberEpoch == 3)
    #expect(revoked.numbers == [0, 1, 2])
    #expect(t.beat("a", 3, owned: [0, 1, 2]).memberEpoch == 4)
    #expect(t.group.stored.members[0].partitions.map(\.topic) == ["t", "t", "t"])
  }

  @Test("a tick sees changed topics too")
  func topicChangesByTick() {
    var t = Transcript()
    t.join("a")
    t.topics.grow("t", to: 5)
    t.tick()
    #expect(t.epoch == 2)
    #expect(t.group.state == .reconciling)
    #expect(t.beat("a", 1).numbers == [0, 1, 2, 3, 4])
  }

  @Test("a topic that is deleted and made again is another topic")
  func topicMadeAgain() {
    var t = Transcript()
    t.join("a")
    let old = t.topics.id("t")
    t.topics.delete("t")
    t.topics.create("t", 4)
    #expect(t.beat("a", 1).numbers == [])
    #expect(t.member("a")?.revoking[old]?.count == 4)
    #expect(t.beat("a", 1, owned: []).numbers == [0, 1, 2, 3])
  }

  @Test("a pattern follows the topics that match it")
  func patterns() {
    var t = Transcript(FakeTopics(["logs-a": 1, "t": 1]))
    #expect(t.join("a", to: nil, regex: "logs-.*").assignment?.keys.first == t.topics.id("logs-a"))
    #expect(t.group.isSubscribed(to: "logs-a"))
    #expect(!t.group.isSubscribed(to: "t"))
    t.topics.create("logs-b", 1)
    #expect(t.beat("a", 1).assignment?.count == 2)
    #expect(t.group.subscribedTopics == ["logs-a", "logs-b"])
    var request = ConsumerHeartbeat(groupID: "g", memberID: "a", memberEpoch: 2, client: .test)
    request.subscribedRegex = "t"
    t.send(request)
    #expect(t.group.subscribedTopics == ["t"])
    request.subscribedRegex = ""
    request.subscribedTopics = ["x"]
    t.send(request)
    #expect(t.group.subscribedTopics == ["x"])
  }

  @Test("after a restart the target tells which topics it was computed for")
  func topicsAfterRestart() {
    var t = Transcript(FakeTopics(["t": 3, "logs-a": 2]))
    t.join("a", to: ["t", "nowhere"])
    t.join("b", to: [], regex: "logs-.*")
    t.beat("a", 1, owned: [0, 1, 2])
    t.restart()
    #expect(t.group.state == .stable)
    t.beat("a", 2)
    #expect(t.effects.isEmpty)
    t.restart()
    t.topics.grow("t", to: 4)
    #expect(t.beat("a", 2).numbers == [0, 1, 2, 3])
    #expect(t.epoch == 3)
    t.restart()
    t.topics.create("logs-b", 1)
    t.beat("b", 2)
    #expect(t.epoch == 4)
  }

  @Test("an assignment that was put off is made up for after a restart")
  func putOffAcrossRestart() {
    var t = Transcript(interval: 60_000)
    t.join("a")
    t.join("b")
    #expect(t.group.state == .assigning)
    t.restart()
    #expect(t.group.state == .assigning)
    #expect(t.group.nextDeadline == t.now)
    t.tick()
    #expect(t.group.state == .reconciling)
  }

  @Test("rows that give a partition to two members are corrected by the next event")
  func contradiction() {
    var t = Transcript()
    t.join("a")
    t.join("b")
    var stored = t.tables.stored!
    stored.members[1].consumer!.assigned = [t.topics.id("t"): [0: 2, 3: 2]]
    stored.members.append(
      MemberRow(
        memberID: "c", clientID: "", clientHost: "", sessionTimeoutMilliseconds: 1,
        rebalanceTimeoutMilliseconds: 1, joinOrder: 9))
    let effectsBefore = t.effects
    t.group = ConsumerGroup(restoring: stored, settings: t.settings, at: t.now)
    #expect(t.assigned("a") == [0, 1, 2, 3])
    #expect(t.assigned("b") == [])
    var turn = Turn(at: t.now, settings: t.settings, topics: t.topics)
    t.group.tick(&turn)
    t.group.settle(&turn)
    #expect(turn.effects.changes.contains(.removeMember(memberID: "c", group: "g")))
    #expect(turn.effects.changes.count == 2)
    #expect(effectsBefore.changes.count > 0)
  }
}
