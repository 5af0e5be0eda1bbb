import ActaModel
import Coordination
import Testing

@testable import ClientCore

@Suite("A member of a consumer group") struct ConsumerMembershipTests {
  typealias Stage = MembershipStage<ConsumerMembership>

  static func stage(_ configure: (inout MembershipSettings) -> Void = { _ in }) -> Stage {
    var settings = MembershipSettings(groupID: "g")
    configure(&settings)
    return Stage(ConsumerMembership(settings, memberID: "a", seed: 1))
  }

  /// A member with two partitions of `t` in epoch 3, which it has told of.
  static func working(_ configure: (inout MembershipSettings) -> Void = { _ in }) -> Stage {
    var stage = stage(configure)
    _ = stage.subscribe(["t"])
    _ = stage.find()
    _ = stage.answer(1, .told(3, ["t": [0, 1]]))
    _ = stage.learn(["t": 4])
    _ = stage.changed()
    _ = stage.answer(2, .told(3, ["t": [0, 1]]))
    return stage
  }

  @Test("joins with everything there is to say, and says what it has when it has it")
  func joining() {
    var stage = Self.stage { $0.groupRemoteAssignor = "range" }
    #expect(stage.subscribe(["u", "t"]) == ["find the coordinator"])
    #expect(stage.find() == ["1: beat 0 topics(t u) assignor range owned()"])
    #expect(stage.member.generation == -1)
    #expect(stage.answer(1, .told(3, ["t": [1, 0]])) == ["learn 1 ids"])
    #expect(stage.learn(["t": 4, "u": 1]) == ["assign t-0 t-1"])
    #expect(stage.changed() == ["2: beat 3 owned(0 1)"])
    #expect(stage.answer(2, .told(3, ["t": [0, 1]])) == [])
    #expect(stage.member.generation == 3)
    #expect(stage.pass(4_999) == [])
    #expect(stage.pass(1) == ["3: beat 3"])
    #expect(stage.answer(3, .told(3)) == [])
    #expect(stage.member.assigned == [.init("t", 0), .init("t", 1)])
  }

  @Test("lets go of what it is not to have and says so at once, when its program has")
  func reconciling() {
    var stage = Self.working()
    #expect(stage.pass(5_000) == ["3: beat 3"])
    #expect(stage.answer(3, .told(3, ["t": [1]])) == ["revoke t-0"])
    // The program takes its time; the coordinator hears of the member, and that it has both yet.
    #expect(stage.pass(5_000) == ["4: beat 3"])
    #expect(stage.answer(4, .told(3)) == [])
    #expect(stage.member.assigned.count == 2)
    #expect(stage.changed() == ["5: beat 3 owned(1)"])
    #expect(stage.answer(5, .told(4, ["t": [1, 3]])) == ["assign t-3"])
    #expect(stage.changed() == ["6: beat 4 owned(1 3)"])
  }

  @Test("a target that changes while the program lets go of some is gone by afterwards")
  func newTarget() {
    var stage = Self.working()
    _ = stage.pass(5_000)
    #expect(stage.answer(3, .told(3, ["t": [1]])) == ["revoke t-0"])
    _ = stage.pass(5_000)
    #expect(stage.answer(4, .told(3, ["t": [2]])) == [])
    #expect(stage.changed() == ["revoke t-1"])
    #expect(stage.changed() == ["assign t-2"])
  }

  @Test("a topic whose name is not known is asked for, and again with each heartbeat")
  func unknownNames() {
    var stage = Self.stage()
    _ = stage.subscribe(["t", "u"])
    _ = stage.find()
    #expect(stage.answer(1, .told(3, ["t": [0], "u": [0]])) == ["learn 2 ids"])
    #expect(stage.learn(["t": 4]) == ["assign t-0"])
    #expect(stage.changed() == ["2: beat 3 owned(0)"])
    #expect(stage.answer(2, .told(3)) == ["learn 1 ids"])
    #expect(stage.learn(["t": 4]) == [])
    #expect(stage.pass(5_000) == ["3: beat 3"])
    #expect(stage.answer(3, .told(3)) == ["learn 1 ids"])
    #expect(stage.learn(["t": 4, "u": 1]) == ["assign u-0"])
  }

  @Test("a subscription that changes is said at once, and a pattern that is none any more, too")
  func subscribing() {
    var stage = Self.working()
    #expect(stage.subscribe([], pattern: "t.*") == ["3: beat 3 topics() pattern(t.*)"])
    #expect(stage.fail(3) == [])
    _ = stage.pass(150)
    #expect(stage.find() == ["4: beat 3 topics() pattern(t.*) owned(0 1)"])
    _ = stage.answer(4, .told(4))
    #expect(stage.subscribe(["t"]) == ["5: beat 4 topics(t) pattern()"])
    // Nobody knows whether that has come through.
    _ = stage.fail(5)
    _ = stage.pass(300)
    #expect(stage.find() == ["6: beat 4 topics(t) pattern() owned(0 1)"])
  }

  @Test(
    "who is fenced has lost its partitions, and joins when its program knows",
    arguments: [ErrorCode.fencedMemberEpoch, .unknownMemberID, .groupIDNotFound])
  func fenced(code: ErrorCode) {
    var stage = Self.working()
    _ = stage.pass(5_000)
    #expect(stage.answer(3, .refused(code)) == ["lose t-0 t-1"])
    #expect(stage.member.assigned == [])
    #expect(stage.pass(5_000) == [])
    #expect(stage.changed() == ["4: beat 0 topics(t) owned()"])
    #expect(stage.answer(4, .told(9, ["t": [0]])) == ["learn 1 ids"])
  }

  @Test("who is fenced while its program lets go of some loses the rest afterwards")
  func fencedWhileRevoking() {
    var stage = Self.working()
    _ = stage.pass(5_000)
    _ = stage.answer(3, .told(3, ["t": [1]]))
    _ = stage.pass(5_000)
    #expect(stage.answer(4, .refused(.fencedMemberEpoch)) == [])
    #expect(stage.changed() == ["lose t-1"])
    #expect(stage.changed() == [])
    #expect(stage.pass(150) == ["5: beat 0 topics(t) owned()"])
  }

  @Test(
    "what no later attempt can change ends it",
    arguments: [
      ErrorCode.groupAuthorizationFailed, .invalidRequest, .groupMaxSizeReached,
      .unsupportedAssignor, .unsupportedVersion, .invalidRegularExpression, .fencedInstanceID,
      .groupIDNotFound,
    ])
  func refused(code: ErrorCode) {
    var stage = Self.stage()
    _ = stage.subscribe(["t"])
    _ = stage.find()
    #expect(
      stage.answer(1, .refused(code, "so it is")) == ["fail: Group g, heartbeat: \(code): so it is"]
    )
    #expect(stage.pass(100_000) == [])
  }

  @Test(
    "a coordinator that cannot answer now is asked again, and told everything",
    arguments: [
      ErrorCode.notCoordinator, .coordinatorNotAvailable, .coordinatorLoadInProgress,
    ])
  func coordinatorMoves(code: ErrorCode) {
    var stage = Self.working()
    _ = stage.pass(5_000)
    #expect(stage.answer(3, .refused(code)) == [])
    var asked = stage.pass(150)
    if asked == ["find the coordinator"] { asked = stage.find() }
    #expect(asked == ["4: beat 3 topics(t) owned(0 1)"])
    #expect(stage.answer(4, .told(3, ["t": [0, 1]])) == [])
  }

  @Test("an instance id that another has is waited for, but not for ever")
  func unreleased() {
    var stage = Self.stage { $0.groupInstanceID = "i" }
    _ = stage.subscribe(["t"])
    _ = stage.find()
    var number: UInt64 = 1
    var words: [String] = []
    while words.isEmpty, number < 1_000 {
      words = stage.answer(number, .refused(.unreleasedInstanceID, "it is taken"))
      let asked = stage.pass(1_300)
      number += 1
      if words.isEmpty {
        #expect(asked == ["\(number): beat 0 instance i topics(t) owned()"])
      }
    }
    #expect(words == ["fail: Group g, join: \(ErrorCode.unreleasedInstanceID): it is taken"])
    #expect((200...320).contains(number))
  }

  @Test("a program that does not come back in time is out until it does")
  func pollInterval() {
    var stage = Self.working()
    _ = stage.pollEnded()
    #expect(stage.pass(300_000) == ["3: beat 3", "4: beat -1", "lose t-0 t-1"])
    #expect(stage.changed() == [])
    #expect(stage.pass(1_000_000) == [])
    #expect(stage.pollBegan() == ["5: beat 0 topics(t) owned()"])
  }

  @Test("leaves for good, and a static member for a while", arguments: [nil, "i"])
  func leaving(instance: String?) {
    var stage = Self.working { $0.groupInstanceID = instance }
    #expect(stage.leave() == ["revoke t-0 t-1"])
    let farewell = instance == nil ? "3: beat -1" : "3: beat -2 instance i"
    #expect(stage.changed() == [farewell])
    #expect(stage.answer(3, .told(instance == nil ? -1 : -2)) == ["left"])
    #expect(stage.pass(100_000) == [])
  }

  @Test("leaving does not wait for a coordinator that is not there")
  func leavingAlone() {
    var stage = Self.stage()
    #expect(stage.leave() == ["left"])
    stage = Self.working()
    _ = stage.pass(5_000)
    _ = stage.fail(3)
    _ = stage.leave()
    #expect(stage.changed() == ["left"])
    // One that may be known already says that it leaves.
    stage = Self.stage()
    _ = stage.subscribe(["t"])
    _ = stage.find()
    #expect(stage.leave() == ["2: beat -1"])
    #expect(stage.answer(1, .told(1, [:])) == [])
    #expect(stage.fail(2) == ["left"])
  }
}
