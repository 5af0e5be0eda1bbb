import ActaModel
import Coordination
import KafkaWire
import Testing

@testable import ClientCore

@Suite("A member of a classic group") struct ClassicMembershipTests {
  typealias Stage = MembershipStage<ClassicMembership>

  static func stage(
    _ assignors: [ClientAssignor] = [.range],
    _ configure: (inout MembershipSettings) -> Void = { _ in }
  ) -> Stage {
    var settings = MembershipSettings(groupID: "g")
    settings.partitionAssignmentStrategy = assignors
    configure(&settings)
    return Stage(ClassicMembership(settings, seed: 1))
  }

  /// A member that works in generation 1 with two partitions of `t`, led by another.
  static func working(_ assignors: [ClientAssignor] = [.range]) -> Stage {
    var stage = stage(assignors)
    _ = stage.subscribe(["t"])
    _ = stage.find()
    _ = stage.answer(1, .joinRefused(.memberIDRequired, as: "a"))
    _ = stage.answer(2, .joined("a", 1, by: assignors[0].name))
    _ = stage.answer(3, .synced(.init("t", 0), .init("t", 1)))
    _ = stage.changed()
    return stage
  }

  @Test("joins with the id it is given, and works when it is told its partitions")
  func joining() {
    var stage = Self.stage([.range, .sticky])
    #expect(stage.subscribe(["u", "t"]) == ["find the coordinator"])
    #expect(stage.member.nextDeadline == nil)
    #expect(stage.find() == ["1: join as '' range(t u); sticky(t u)"])
    #expect(
      stage.answer(1, .joinRefused(.memberIDRequired, as: "a"))
        == ["2: join as 'a' range(t u); sticky(t u)"])
    #expect(stage.answer(2, .joined("a", 4, by: "sticky")) == ["3: sync 4 as 'a'"])
    #expect(stage.member.assigned == [])
    #expect(stage.answer(3, .synced(.init("u", 1), .init("t", 2))) == ["assign t-2 u-1"])
    #expect(stage.changed() == [])
    #expect(stage.member.assigned == [.init("u", 1), .init("t", 2)])
    #expect(stage.member.generation == 4)
    #expect(stage.member.memberID == "a")
  }

  @Test("leads when it is told to: asks how large the topics are, and shares them out")
  func leading() {
    var stage = Self.stage()
    _ = stage.subscribe(["t"])
    _ = stage.find()
    let members = [(id: "b", topics: ["t", "u"]), (id: "a", topics: ["t"])]
    #expect(
      stage.answer(1, .joined("a", 1, leader: "a", members: members)) == ["learn t u"])
    // Heartbeats do not wait for it.
    #expect(stage.pass(3_000) == ["2: beat 1 as 'a'"])
    #expect(
      stage.learn(["t": 3, "u": 0]) == ["3: sync 1 as 'a' b(t-2) a(t-0 t-1)"])
    #expect(stage.member.watchedTopics == ["t", "u"])
    _ = stage.answer(3, .synced(.init("t", 0), .init("t", 1)))
    _ = stage.changed()
    // The next time it knows, and a topic that has come since is a reason to begin anew.
    #expect(stage.learn(["t": 3, "u": 2]) == ["revoke t-0 t-1"])
    #expect(stage.changed() == ["4: join as 'a' range(t)"])
    #expect(
      stage.answer(4, .joined("a", 2, leader: "a", members: members))
        == ["5: sync 2 as 'a' b(t-2 u-0 u-1) a(t-0 t-1)"])
  }

  @Test("a topic that grows while it is being shared out is shared out again")
  func growingMeanwhile() {
    var stage = Self.stage()
    _ = stage.subscribe(["t"])
    _ = stage.find()
    _ = stage.learn(["t": 1])
    let members = [(id: "a", topics: ["t"])]
    #expect(
      stage.answer(1, .joined("a", 1, leader: "a", members: members)) == ["2: sync 1 as 'a' a(t-0)"]
    )
    #expect(stage.learn(["t": 2]) == [])
    #expect(stage.answer(2, .synced(.init("t", 0))) == ["assign t-0"])
    #expect(stage.changed() == ["revoke t-0"])
    #expect(stage.changed() == ["3: join as 'a' range(t)"])
  }

  @Test("a static leader that comes back shares out nothing, and watches the topics")
  func skipping() {
    var stage = Self.stage { $0.groupInstanceID = "i" }
    _ = stage.subscribe(["t"])
    _ = stage.find()
    _ = stage.learn(["t": 1])
    let members = [(id: "i-1", topics: ["t"])]
    #expect(
      stage.answer(1, .joined("i-1", 3, leader: "i-1", members: members, skips: true))
        == ["2: sync 3 as 'i-1'"])
    _ = stage.answer(2, .synced(.init("t", 0)))
    _ = stage.changed()
    #expect(stage.learn(["t": 2]) == ["revoke t-0"])
  }

  @Test("heartbeats go out at their interval, whether the program polls or not")
  func heartbeats() {
    var stage = Self.working()
    _ = stage.pollEnded()
    #expect(stage.pass(2_999) == [])
    #expect(stage.pass(1) == ["4: beat 1 as 'a'"])
    // One at a time.
    #expect(stage.pass(10_000) == [])
    #expect(stage.answer(4, .beat()) == ["5: beat 1 as 'a'"])
    #expect(stage.answer(5, .beat()) == [])
    #expect(stage.pass(3_000) == ["6: beat 1 as 'a'"])
  }

  @Test("an eager member lets go of all before it joins again, and waits for its program to")
  func eagerRebalance() {
    var stage = Self.working()
    _ = stage.pass(3_000)
    #expect(stage.answer(4, .beat(.rebalanceInProgress)) == ["revoke t-0 t-1"])
    // Still a member: the coordinator hears of it.
    #expect(stage.pass(3_000) == ["5: beat 1 as 'a'"])
    #expect(stage.answer(5, .beat(.rebalanceInProgress)) == [])
    #expect(stage.member.assigned.count == 2)
    #expect(stage.changed() == ["6: join as 'a' range(t)"])
    #expect(stage.member.assigned == [])
    #expect(stage.answer(6, .joined("a", 2)) == ["7: sync 2 as 'a'"])
    #expect(stage.answer(7, .synced(.init("t", 1))) == ["assign t-1"])
  }

  @Test("a cooperative member keeps what it has, and joins twice when it must let go of some")
  func cooperativeRebalance() {
    var stage = Self.working([.cooperativeSticky])
    _ = stage.pass(3_000)
    #expect(
      stage.answer(4, .beat(.rebalanceInProgress))
        == ["5: join as 'a' cooperative-sticky(t) with t-0 t-1 of 1"])
    _ = stage.answer(5, .joined("a", 2, by: "cooperative-sticky"))
    #expect(stage.answer(6, .synced(.init("t", 1), .init("t", 5))) == ["revoke t-0"])
    #expect(stage.changed() == ["assign t-5"])
    #expect(stage.changed() == ["7: join as 'a' cooperative-sticky(t) with t-1 t-5 of 2"])
    _ = stage.answer(7, .joined("a", 3, by: "cooperative-sticky"))
    #expect(stage.answer(8, .synced(.init("t", 1), .init("t", 5))) == [])
    #expect(stage.pass(3_000) == ["9: beat 3 as 'a'"])
  }

  @Test("one assignor that is not cooperative makes the member eager")
  func mixedAssignors() {
    var stage = Self.working([.range, .cooperativeSticky])
    #expect(stage.subscribe(["t", "u"]) == ["revoke t-0 t-1"])
  }

  @Test("a cooperative member lets go of a topic that it does not want any more before it joins")
  func unsubscribing() {
    var stage = Self.working([.cooperativeSticky])
    #expect(stage.subscribe(["u"]) == ["revoke t-0 t-1"])
    #expect(stage.changed() == ["4: join as 'a' cooperative-sticky(u)"])
  }

  @Test("what it is given of a topic that it does not want any more it does not take")
  func outdatedAssignment() {
    var stage = Self.stage()
    _ = stage.subscribe(["t", "u"])
    _ = stage.find()
    _ = stage.answer(1, .joined("a", 1))
    #expect(stage.subscribe(["u"]) == [])
    #expect(stage.answer(2, .synced(.init("t", 0), .init("u", 0))) == ["assign u-0"])
    #expect(stage.changed() == ["revoke u-0"])
    #expect(stage.changed() == ["3: join as 'a' range(u)"])
  }

  @Test("a static member that is given what it wanted in its former life asks for another round")
  func formerSubscription() {
    var stage = Self.stage { $0.groupInstanceID = "i" }
    _ = stage.subscribe(["u"])
    _ = stage.find()
    _ = stage.answer(1, .joined("i-2", 7))
    #expect(stage.answer(2, .synced(.init("t", 0), .init("u", 0))) == ["assign u-0"])
    #expect(stage.changed() == ["revoke u-0"])
    #expect(stage.changed() == [])
    #expect(stage.pass(150) == ["3: join as 'i-2' range(u)"])
  }

  // MARK: Refusals

  @Test(
    "who is not known any more has lost its partitions and joins as a stranger",
    arguments: [ErrorCode.unknownMemberID, .illegalGeneration])
  func fallingOut(code: ErrorCode) {
    var stage = Self.working()
    _ = stage.pass(3_000)
    #expect(stage.answer(4, .beat(code)) == ["lose t-0 t-1"])
    #expect(stage.member.assigned == [])
    #expect(stage.member.generation == -1)
    let id = code == .unknownMemberID ? "" : "a"
    #expect(stage.changed() == ["5: join as '\(id)' range(t)"])
  }

  @Test("who loses its place while its program lets go of some loses the rest afterwards")
  func fallingOutWhileRevoking() {
    var stage = Self.working([.cooperativeSticky])
    _ = stage.pass(3_000)
    _ = stage.answer(4, .beat(.rebalanceInProgress))
    _ = stage.answer(5, .joined("a", 2, by: "cooperative-sticky"))
    #expect(stage.answer(6, .synced(.init("t", 1))) == ["revoke t-0"])
    _ = stage.pass(3_000)
    #expect(stage.answer(7, .beat(.unknownMemberID)) == [])
    #expect(stage.changed() == ["lose t-1"])
    #expect(stage.changed() == ["8: join as '' cooperative-sticky(t)"])
  }

  @Test("another with its instance id ends it", arguments: [0, 1, 2])
  func fenced(when: Int) {
    var stage = Self.working()
    let failure =
      "fail: Group g, \(["heartbeat", "join", "commit"][when]): \(ErrorCode.fencedInstanceID)"
    switch when {
    case 0:
      _ = stage.pass(3_000)
      #expect(stage.answer(4, .beat(.fencedInstanceID)) == ["lose t-0 t-1"])
      #expect(stage.changed() == [failure])
    case 1:
      _ = stage.subscribe(["u"])
      _ = stage.changed()
      #expect(stage.answer(4, .joinRefused(.fencedInstanceID)) == [failure])
    default:
      #expect(stage.refuse(commit: .fencedInstanceID, of: 1) == ["lose t-0 t-1"])
      #expect(stage.changed() == [failure])
    }
    #expect(stage.member.nextDeadline == nil)
    #expect(stage.pass(100_000) == [])
  }

  @Test(
    "what no later attempt can change ends it",
    arguments: [
      ErrorCode.inconsistentGroupProtocol, .invalidSessionTimeout, .groupAuthorizationFailed,
      .groupMaxSizeReached, .invalidGroupID,
    ])
  func refused(code: ErrorCode) {
    var stage = Self.stage()
    _ = stage.subscribe(["t"])
    _ = stage.find()
    #expect(stage.answer(1, .joinRefused(code)) == ["fail: Group g, join: \(code)"])
    #expect(stage.pass(100_000) == [])
  }

  @Test("a coordinator that moves is looked for, and the heartbeat goes to the new one")
  func coordinatorMoves() {
    var stage = Self.working()
    _ = stage.pass(3_000)
    #expect(stage.answer(4, .beat(.notCoordinator)) == ["find the coordinator"])
    #expect(
      stage.member.coordinatorNotFound(.init(.coordinatorNotAvailable), at: stage.now).isEmpty)
    #expect(stage.pass(150) == ["find the coordinator"])
    #expect(stage.find() == ["5: beat 1 as 'a'"])
    #expect(stage.answer(5, .beat()) == [])
    #expect(stage.member.assigned.count == 2)
  }

  @Test(
    "a join that is refused for now is tried again, later each time",
    arguments: [
      ErrorCode.coordinatorLoadInProgress, .rebalanceInProgress, .coordinatorNotAvailable,
      .notCoordinator,
    ])
  func joinAgain(code: ErrorCode) {
    var stage = Self.stage()
    _ = stage.subscribe(["t"])
    _ = stage.find()
    #expect(stage.answer(1, .joinRefused(code)) == [])
    var asked = stage.pass(150)
    if asked == ["find the coordinator"] { asked = stage.find() }
    #expect(asked == ["2: join as '' range(t)"])
  }

  @Test("a join whose answer is lost is sent again under the same id")
  func lostJoin() {
    var stage = Self.stage()
    _ = stage.subscribe(["t"])
    _ = stage.find()
    _ = stage.answer(1, .joinRefused(.memberIDRequired, as: "a"))
    #expect(stage.fail(2) == [])
    #expect(stage.pass(150) == ["find the coordinator"])
    #expect(stage.find() == ["3: join as 'a' range(t)"])
    // The first answer comes after all.
    #expect(stage.answer(2, .joined("a", 1)) == [])
    #expect(stage.answer(3, .joined("a", 1)) == ["4: sync 1 as 'a'"])
    #expect(stage.fail(4, .timedOut) == [])
    _ = stage.pass(150)
    #expect(stage.find() == ["5: join as 'a' range(t)"])
  }

  @Test(
    "a sync that comes too late leads to another join",
    arguments: [ErrorCode.rebalanceInProgress, .illegalGeneration, .unknownMemberID])
  func syncRefused(code: ErrorCode) {
    var stage = Self.stage()
    _ = stage.subscribe(["t"])
    _ = stage.find()
    _ = stage.answer(1, .joined("a", 1))
    let id = code == .unknownMemberID ? "" : "a"
    let asked = stage.answer(2, .syncRefused(code)) + stage.pass(150)
    #expect(asked == ["3: join as '\(id)' range(t)"])
  }

  @Test("a commit that is refused because of a rebalance leads to one; one of long ago does not")
  func commits() {
    var stage = Self.working()
    #expect(stage.refuse(commit: .unknownMemberID, of: 0) == [])
    #expect(stage.refuse(commit: .rebalanceInProgress, of: 1) == ["revoke t-0 t-1"])
  }

  @Test("an assignment that makes no sense ends it")
  func malformed() {
    var stage = Self.stage()
    _ = stage.subscribe(["t"])
    _ = stage.find()
    _ = stage.answer(1, .joined("a", 1, by: "range"))
    var answer = SyncGroupResponse()
    answer.assignment = [0, 0, 1]
    #expect(
      stage.answer(2, .sync(answer))
        == ["fail: Group g: the leader's assignment makes no sense."])
  }

  // MARK: Time

  @Test("who has not reached the coordinator for the session's time has lost its partitions")
  func session() {
    var stage = Self.working()
    _ = stage.pass(3_000)
    _ = stage.answer(4, .beat())
    _ = stage.pass(3_000)
    _ = stage.fail(5)
    #expect(stage.pass(41_999) == ["find the coordinator"])
    #expect(stage.member.assigned.count == 2)
    #expect(stage.pass(1) == ["lose t-0 t-1"])
    _ = stage.changed()
    #expect(stage.find() == ["6: join as 'a' range(t)"])
  }

  @Test("a program that does not come back in time is out until it does")
  func pollInterval() {
    var stage = Self.working()
    _ = stage.pollBegan()
    var beats = stage.beating(400_000)
    #expect(!beats.contains { !$0.contains("beat") })
    _ = stage.pollEnded()
    beats = stage.beating(299_999)
    #expect(!beats.contains { !$0.contains("beat") })
    #expect(stage.pass(1).map(\.withoutNumber) == ["leave a", "lose t-0 t-1"])
    #expect(stage.member.generation == -1)
    #expect(stage.changed() == [])
    #expect(stage.pass(1_000_000) == [])
    #expect(stage.pollBegan().map(\.withoutNumber) == ["join as '' range(t)"])
  }

  // MARK: Leaving

  @Test("lets go of all and says so when it leaves")
  func leaving() {
    var stage = Self.working()
    #expect(stage.leave() == ["revoke t-0 t-1"])
    #expect(stage.pass(3_000) == ["4: beat 1 as 'a'"])
    #expect(stage.changed() == ["5: leave a"])
    #expect(stage.answer(5, .left()) == ["left"])
    #expect(stage.pass(100_000) == [])
  }

  @Test("a static member leaves without a word")
  func leavingStatic() {
    var stage = Self.stage { $0.groupInstanceID = "i" }
    _ = stage.subscribe(["t"])
    _ = stage.find()
    _ = stage.answer(1, .joined("i-1", 1))
    _ = stage.answer(2, .synced(.init("t", 0)))
    _ = stage.changed()
    #expect(stage.leave() == ["revoke t-0"])
    #expect(stage.changed() == ["left"])
  }

  @Test("leaving does not wait for a coordinator that is not there")
  func leavingAlone() {
    var stage = Self.stage()
    #expect(stage.leave() == ["left"])
    stage = Self.working()
    _ = stage.pass(3_000)
    _ = stage.fail(4)
    _ = stage.leave()
    #expect(stage.changed() == ["left"])
    stage = Self.working()
    _ = stage.leave()
    _ = stage.changed()
    #expect(stage.fail(4) == ["left"])
  }

  @Test("leaving in the middle of a join leaves nobody behind")
  func leavingWhileJoining() {
    var stage = Self.stage()
    _ = stage.subscribe(["t"])
    _ = stage.find()
    _ = stage.answer(1, .joinRefused(.memberIDRequired, as: "a"))
    #expect(stage.leave() == ["3: leave a"])
    #expect(stage.answer(2, .joined("a", 1)) == [])
    #expect(stage.answer(3, .left()) == ["left"])
  }
}

extension MembershipStage<ClassicMembership> {
  /// Lets time pass, with a coordinator that answers every heartbeat.
  fileprivate mutating func beating(_ milliseconds: Int64) -> Words {
    let end = now + milliseconds
    var words: Words = []
    while let deadline = member.nextDeadline, deadline <= end {
      let asked = pass(deadline.milliseconds - now.milliseconds)
      words += asked
      for number in asked.compactMap({ UInt64($0.prefix { $0 != ":" }) }) {
        _ = answer(number, .beat())
      }
    }
    return words + pass(end.milliseconds - now.milliseconds)
  }
}

extension String {
  /// Without the call's number.
  fileprivate var withoutNumber: String {
    guard let colon = firstIndex(of: ":") else { return self }
    return String(self[index(colon, offsetBy: 2)...])
  }
}
