import ActaModel
import Coordination
import Testing

@Suite("Consumer group: what is refused") struct ConsumerValidationTests {
  /// A change to a good join, and the code it leads to.
  @Test(
    "a heartbeat that contradicts itself is an invalid request",
    arguments: [
      { $0.groupID = "" }, { $0.memberID = "" }, { $0.instanceID = "" }, { $0.rackID = "" },
      { $0.rebalanceTimeoutMilliseconds = -1 }, { $0.owned = nil },
      { $0.owned = [TopicID(high: 1, low: 1): [0]] }, { $0.subscribedTopics = nil },
      { $0.memberEpoch = -2 }, { $0.memberEpoch = -3 },
      { $0.memberID = String(repeating: "x", count: 4_097) },
      { $0.subscribedRegex = String(repeating: "x", count: 4_097) },
      { $0.subscribedTopics = (0...10_000).map(String.init) },
      { $0.subscribedTopics = [String(repeating: "x", count: 1_048_577)] },
    ] as [@Sendable (inout ConsumerHeartbeat) -> Void])
  func invalid(_ spoil: @Sendable (inout ConsumerHeartbeat) -> Void) {
    var t = Transcript()
    var request = ConsumerHeartbeat.joining("a")
    spoil(&request)
    let reply = t.send(request)
    #expect(reply.error == .invalidRequest)
    #expect(reply.errorMessage != nil)
    #expect(t.effects.isEmpty)
    #expect(t.group.isEmpty)
  }

  @Test("an assignor that is not offered and a bad pattern are refused by their own codes")
  func assignorAndRegex() {
    var t = Transcript()
    #expect(t.join("a", assignor: "sticky").error == .unsupportedAssignor)
    t.settings.consumerAssignors = ["range"]
    #expect(t.join("a", assignor: "uniform").error == .unsupportedAssignor)
    #expect(t.join("a", regex: "[").error == .invalidRegularExpression)
    #expect(t.effects.isEmpty)
    #expect(t.join("a", regex: "").error == .none, "an empty pattern is none")
    var request = ConsumerHeartbeat(groupID: "g", memberID: "a", memberEpoch: 1, client: .test)
    request.subscribedRegex = "["
    #expect(t.send(request).error == .invalidRegularExpression)
    #expect(t.effects.isEmpty)
  }

  @Test("a member may subscribe to nothing, and is then given nothing")
  func nothing() {
    var t = Transcript()
    let reply = t.join("a", to: [])
    #expect(reply.error == .none)
    #expect(reply.memberEpoch == 1)
    #expect(reply.numbers == [])
    #expect(t.group.state == .stable)
  }

  @Test("a full group refuses new members, and lets known ones join again")
  func full() {
    var t = Transcript()
    t.settings.consumerMaxSize = 2
    t.join("a")
    t.join("b", instance: "i")
    #expect(t.join("c").error == .groupMaxSizeReached)
    #expect(t.effects.isEmpty)
    #expect(t.join("a").error == .none)
    t.beat("b", -2, instance: "i")
    #expect(t.join("b2", instance: "i").error == .none, "it takes the place of b")
  }

  @Test("an unknown member is told so, whatever it does", arguments: [-1, 1, 7] as [Int32])
  func unknown(epoch: Int32) {
    var t = Transcript()
    t.join("a")
    #expect(t.beat("b", epoch).error == .unknownMemberID)
    #expect(t.beat("a", epoch, instance: "i").error == .unknownMemberID)
    #expect(t.effects.isEmpty)
  }

  @Test("a member with an epoch that is not its own is fenced, and stays as it was")
  func fenced() {
    var t = Transcript()
    t.join("a")
    t.join("b")
    for epoch: Int32 in [1, 3, .max] {
      #expect(t.beat("b", epoch).error == .fencedMemberEpoch)
      #expect(t.kinds == (epoch == 1 ? [.fenced] : []), "one event for one that insists")
      #expect(t.effects.changes.isEmpty)
    }
    #expect(t.beat("b", 2).error == .none)
  }

  @Test("the previous epoch passes as long as the member owns nothing but what it is assigned")
  func previousEpoch() {
    var t = Transcript()
    t.join("a")
    t.join("b")
    t.beat("b", -1)
    #expect(t.beat("a", 1).memberEpoch == 3, "this answer is lost")
    #expect(t.beat("a", 1).error == .fencedMemberEpoch, "it does not say what it owns")
    #expect(t.beat("a", 1, owned: [0, 9]).error == .fencedMemberEpoch)
    let reply = t.beat("a", 1, owned: [0, 1])
    #expect(reply.error == .none)
    #expect(reply.memberEpoch == 3)
    #expect(reply.numbers == [0, 1, 2, 3])
    #expect(t.beat("a", 2, owned: []).error == .fencedMemberEpoch, "2 never was its epoch")
  }

  @Test("a request from before a revocation does not confirm it")
  func staleConfirmation() {
    var t = Transcript()
    t.join("a")
    t.join("b")
    t.beat("b", -1)
    t.beat("a", 1)
    t.join("b")
    #expect(t.beat("a", 3).numbers == [0, 1], "told to give up 2 and 3")
    // Sent before it was given 2 and 3, and delayed on the way.
    #expect(t.beat("a", 1, owned: [0, 1]).error == .fencedMemberEpoch)
    #expect(t.member("a")?.revoking[t.topics.id("t")] == [2, 3])
  }

  @Test("epoch 0 always joins again: the member has dropped what it had")
  func rejoining() {
    var t = Transcript()
    t.join("a")
    t.join("b")
    t.beat("a", 1)
    #expect(t.member("a")?.state == .unrevokedPartitions)
    let reply = t.join("a")
    #expect(reply.memberEpoch == 2)
    #expect(reply.numbers == [0, 1])
    #expect(t.epoch == 2, "the same subscription is no reason to rebalance")
    #expect(t.beat("b", 2).numbers == [2, 3])
    #expect(t.group.state == .stable)
  }
}
