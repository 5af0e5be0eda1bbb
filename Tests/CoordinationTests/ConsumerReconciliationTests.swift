import ActaModel
import Coordination
import Testing

@Suite("Consumer group: epochs and reconciliation") struct ConsumerReconciliationTests {
  @Test("the first member makes the group, and gets every partition at epoch 1")
  func firstMember() {
    var t = Transcript()
    let reply = t.join("a")
    #expect(reply.error == .none)
    #expect(reply.memberID == "a")
    #expect(reply.memberEpoch == 1)
    #expect(reply.heartbeatIntervalMilliseconds == 5_000)
    #expect(reply.numbers == [0, 1, 2, 3])
    #expect(t.group.state == .stable)
    #expect(t.kinds == [.joined, .rebalance, .assigned])
    #expect(t.effects.events.last?.partitions?.count == 4)
    #expect(t.group.stored.members[0].partitions.map(\.number) == [0, 1, 2, 3])
    #expect(t.group.stored.group.protocolName == "uniform")
  }

  @Test("a heartbeat without news is answered without news, and writes nothing")
  func quiet() {
    var t = Transcript()
    t.join("a")
    let reply = t.beat("a", 1)
    #expect(reply.error == .none)
    #expect(reply.memberEpoch == 1)
    #expect(reply.assignment == nil)
    #expect(t.effects.isEmpty)
  }

  @Test("a member that says what it has is told what it is assigned")
  func fullRequest() {
    var t = Transcript()
    t.join("a")
    #expect(t.beat("a", 1, owned: [0, 1, 2, 3]).numbers == [0, 1, 2, 3])
    #expect(t.effects.isEmpty)
  }

  @Test("a second member waits until the first has given up its half")
  func twoMembers() {
    var t = Transcript()
    t.join("a")
    let joined = t.join("b")
    #expect(joined.memberEpoch == 2)
    #expect(joined.numbers == [])
    #expect(t.member("b")?.state == .unreleasedPartitions)
    #expect(t.group.state == .reconciling)

    let revoke = t.beat("a", 1)
    #expect(revoke.memberEpoch == 1, "the epoch rises when the partitions are given up")
    #expect(revoke.numbers == [0, 1])
    #expect(t.member("a")?.state == .unrevokedPartitions)
    #expect(t.beat("b", 2).assignment == nil, "not released yet")
    #expect(t.effects.isEmpty)

    #expect(t.beat("a", 1).memberEpoch == 1, "a heartbeat that does not say confirms nothing")
    #expect(t.beat("a", 1, owned: [0, 1, 2]).memberEpoch == 1, "2 is not given up")
    let confirmed = t.beat("a", 1, owned: [0, 1])
    #expect(confirmed.memberEpoch == 2)
    #expect(confirmed.numbers == [0, 1])
    #expect(t.member("a")?.state == .stable)

    #expect(t.beat("b", 2).numbers == [2, 3])
    #expect(t.kinds == [.assigned])
    #expect(t.group.state == .stable)
  }

  @Test("a member that does not give up what it should is told again after a heartbeat interval")
  func lostRevocation() {
    var t = Transcript()
    t.join("a")
    t.join("b")
    #expect(t.beat("a", 1).numbers == [0, 1], "the answer that is lost")
    t.wait(4_999)
    #expect(t.beat("a", 1).assignment == nil)
    t.wait(1)
    #expect(t.beat("a", 1).numbers == [0, 1])
    #expect(t.effects.isEmpty)
    #expect(t.beat("a", 1).numbers == [0, 1], "until it has done so")
    t.beat("a", 1, owned: [0, 1])
    #expect(t.beat("a", 2).assignment == nil)
  }

  @Test("a partition is granted as soon as it is free, the others later")
  func granting() {
    var t = Transcript(FakeTopics(["t": 6]))
    t.join("a")
    t.join("b")
    t.beat("a", 1)
    t.beat("a", 1, owned: [0, 1, 2])
    #expect(t.beat("b", 2).numbers == [3, 4, 5])
    #expect(t.join("c").numbers == [], "each of the two has one too many")
    t.beat("a", 2)
    t.beat("a", 2, owned: [0, 1])
    #expect(t.beat("c", 3).numbers == [2])
    #expect(t.member("c")?.state == .unreleasedPartitions)
    t.beat("b", 2)
    t.beat("b", 2, owned: [3, 4])
    #expect(t.beat("c", 3).numbers == [2, 5])
    #expect(t.group.state == .stable)
    let since = t.member("c")!.assigned[t.topics.id("t")]!
    #expect(since == [2: 3, 5: 3])
  }

  @Test("a target that moves while a member gives up partitions is taken up after that")
  func movingTarget() {
    var t = Transcript()
    t.join("a")
    t.join("b")
    #expect(t.beat("a", 1).numbers == [0, 1])
    t.join("c")
    #expect(t.beat("a", 1).assignment == nil, "first it confirms what it was told")
    // Of four partitions, two, one and one: a may keep both.
    #expect(t.beat("a", 1, owned: [0, 1]).memberEpoch == 3)
    t.join("d")
    let again = t.beat("a", 3, owned: [0, 1])
    #expect(again.numbers == [0])
    #expect(again.memberEpoch == 3)
    #expect(t.beat("a", 3, owned: [0]).memberEpoch == 4)
    for id in ["b", "c", "d"] { t.beat(id, t.member(id)!.epoch) }
    #expect(["a", "b", "c", "d"].map { t.assigned($0)!.count } == [1, 1, 1, 1])
    #expect(t.group.state == .stable)
  }

  @Test("partitions that the client does not own need no confirmation")
  func nothingToGiveUp() {
    var t = Transcript()
    t.join("a")
    t.join("b")
    let reply = t.beat("a", 1, owned: [])
    #expect(reply.memberEpoch == 2)
    #expect(reply.numbers == [0, 1])
    #expect(t.beat("b", 2).numbers == [2, 3])
  }

  @Test("when a member leaves, its partitions go to the others")
  func leaving() {
    var t = Transcript()
    t.join("a")
    t.join("b")
    t.beat("a", 1, owned: [])
    t.beat("b", 2)
    let bye = t.beat("b", -1)
    #expect(bye.error == .none)
    #expect(bye.memberEpoch == -1)
    #expect(bye.memberID == "b")
    #expect(bye.assignment == nil)
    #expect(t.kinds == [.left, .rebalance])
    #expect(t.group.state == .assigning)
    #expect(t.group.nextDeadline == t.now, "the target is due")
    let reply = t.beat("a", 2)
    #expect(reply.memberEpoch == 3)
    #expect(reply.numbers == [0, 1, 2, 3])
    #expect(t.beat("a", -1).error == .none)
    #expect(t.group.state == .empty)
    #expect(t.group.isEmpty)
    #expect(t.group.nextDeadline == nil)
  }

  @Test("the group epoch rises with a new subscription and with a new assignor")
  func changes() {
    var t = Transcript(FakeTopics(["t": 2, "u": 1]))
    t.join("a")
    var request = ConsumerHeartbeat(groupID: "g", memberID: "a", memberEpoch: 1, client: .test)
    request.subscribedTopics = ["u", "t", "u"]
    let reply = t.send(request)
    #expect(reply.memberEpoch == 2)
    #expect(reply.assignment?.count == 2)
    #expect(t.reasons.contains("subscription of a changed"))
    #expect(t.member("a")?.subscribedTopics == ["t", "u"])

    request.memberEpoch = 2
    request.subscribedTopics = ["t", "u"]
    t.send(request)
    #expect(t.effects.isEmpty, "the same topics in another order are no change")

    request.assignor = "range"
    #expect(t.send(request).memberEpoch == 3)
    #expect(t.group.description.assignor == "range")
    #expect(t.reasons.contains("assignor of a changed"))
  }

  @Test("most votes choose the assignor, and a draw goes to the earlier in the settings")
  func assignors() {
    var t = Transcript()
    t.join("a", assignor: "range")
    #expect(t.group.description.assignor == "range")
    t.join("b", assignor: "uniform")
    #expect(t.group.description.assignor == "uniform")
    t.join("c", assignor: "range")
    #expect(t.group.description.assignor == "range")
    t.join("d")
    #expect(t.group.description.assignor == "range")
  }

  @Test("who the client is may change without a rebalance")
  func identity() {
    var t = Transcript()
    t.join("a")
    var request = ConsumerHeartbeat(groupID: "g", memberID: "a", memberEpoch: 1, client: .test)
    request.client.clientHost = "/10.0.0.1"
    request.rackID = "r1"
    #expect(t.send(request).memberEpoch == 1)
    #expect(t.effects.events.isEmpty)
    #expect(t.group.stored.members[0].clientHost == "/10.0.0.1")
    #expect(t.member("a")?.rackID == "r1")
  }
}
