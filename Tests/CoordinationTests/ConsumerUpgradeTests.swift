import ActaModel
import Testing

@testable import Coordination

@Suite("Consumer group: members that still speak the classic protocol")
struct ConsumerUpgradeTests {
  @Test(
    "the first consumer that joins by heartbeat converts the group, and all come to their share")
  func upgrade() {
    let stage = GroupStage.ofConsumers("a", "b")
    _ = stage.drainEvents()
    let joined = stage.consumerHeartbeat(.joining("m"))
    #expect(joined.error == .none)
    #expect(joined.memberEpoch == 3, "the generation was 2")
    #expect(joined.assignment == [:])
    #expect(stage.tables["g"]?.group.type == .consumer)
    #expect(stage.drainEvents().map(\.kind) == [.converted, .joined, .rebalance])
    #expect(stage.part("a-1")?.assigned.values.first?.keys.sorted() == [0, 1, 2])
    #expect(stage.part("a-1")?.epoch == 2)
    #expect(stage.row("a-1")?.classic?.protocols.count == 1)

    #expect(stage.heartbeat("a-1", 2) == .rebalanceInProgress)
    #expect(stage.sync("a-1", 2).error == .rebalanceInProgress)
    let rejoined = stage.joinConsumer("a", id: "a-1")
    #expect(rejoined.reply?.generation == 3)
    #expect(rejoined.reply?.protocolType == "consumer")
    #expect(rejoined.reply?.protocolName == "range")
    #expect(rejoined.reply?.leaderID == "")
    #expect(rejoined.reply?.members == [])
    let given = stage.sync("a-1", 3, type: "consumer", protocol: "range")
    #expect(given.reply?.numbers == [0, 1])
    #expect(given.reply?.protocolName == "range")
    #expect(stage.heartbeat("a-1", 3) == .none)

    stage.joinConsumer("b", id: "b-2")
    #expect(stage.sync("b-2", 3).reply?.numbers == [3, 4])
    #expect(stage.beat("m", 3).numbers == [2, 5])
    #expect(stage.coordinator.describeConsumer("g")?.state == .stable)
  }

  @Test("a member that keeps partitions while it joins gives up the surplus by a second join")
  func cooperative() {
    let stage = GroupStage.ofConsumers("a")
    _ = stage.consumerHeartbeat(.joining("m"))
    let first = stage.joinConsumer("a", id: "a-1", owned: 0..<6)
    #expect(first.reply?.generation == 1)
    #expect(stage.sync("a-1", 1).reply?.numbers == [0, 1, 2])
    #expect(stage.beat("m", 2).assignment == nil, "not given up yet")
    #expect(stage.heartbeat("a-1", 1) == .rebalanceInProgress)
    #expect(stage.joinConsumer("a", id: "a-1", owned: 0..<3).reply?.generation == 2)
    #expect(stage.sync("a-1", 2).reply?.numbers == [0, 1, 2])
    #expect(stage.beat("m", 2).numbers == [3, 4, 5])
  }

  @Test("a member that waits for partitions is told to join again when they are free")
  func waiting() {
    let stage = GroupStage.ofConsumers("a")
    _ = stage.consumerHeartbeat(.joining("m"))
    stage.joinConsumer("a", id: "a-1")
    stage.sync("a-1", 2)
    #expect(stage.beat("m", 2).numbers == [3, 4, 5])
    let new = stage.joinConsumer("b")
    #expect(new.error == .memberIDRequired)
    #expect(new.id == "b-2")
    #expect(stage.joinConsumer("b", id: "b-2").reply?.generation == 3)
    #expect(stage.sync("b-2", 3).reply?.numbers == [])
    #expect(stage.heartbeat("b-2", 3) == .none, "nothing is free")
    stage.joinConsumer("a", id: "a-1")
    #expect(stage.heartbeat("b-2", 3) == .none, "one of two is free")
    _ = stage.beat("m", 2)
    _ = stage.beat("m", 2, owned: [3, 4])
    #expect(stage.heartbeat("b-2", 3) == .rebalanceInProgress)
    stage.joinConsumer("b", id: "b-2")
    #expect(stage.sync("b-2", 3).reply?.numbers == [2, 5])
  }

  @Test("requests that wait in a round are sent to join again")
  func waitingInRound() {
    let stage = GroupStage.ofConsumers("a", "b")
    let join = stage.joinConsumer("a", id: "a-1")
    #expect(join.isWaiting)
    _ = stage.consumerHeartbeat(.joining("m"))
    #expect(join.error == .rebalanceInProgress)
    #expect(stage.waitingCount == 0)
    let other = GroupStage.ofConsumers("a", "b")
    other.joinConsumer("a", id: "a-1")
    other.joinConsumer("b", id: "b-2")
    let sync = other.sync("b-2", 3)
    #expect(sync.isWaiting)
    _ = other.consumerHeartbeat(.joining("m"))
    #expect(sync.error == .rebalanceInProgress)
  }

  @Test("a group that cannot be converted stays what it is")
  func refusals() {
    let disabled = GroupStage.ofConsumers("a") { $0.migrationPolicy = .downgrade }
    #expect(disabled.consumerHeartbeat(.joining("m")).error == .groupIDNotFound)
    let full = GroupStage.ofConsumers("a", "b") { $0.consumerMaxSize = 1 }
    #expect(full.consumerHeartbeat(.joining("m")).error == .groupIDNotFound)
    let almostFull = GroupStage.ofConsumers("a") { $0.consumerMaxSize = 1 }
    #expect(almostFull.consumerHeartbeat(.joining("m")).error == .groupMaxSizeReached)
    #expect(almostFull.tables["g"]?.group.type == .classic)

    let opaque = GroupStage.ofConsumers("a", userData: [1])
    #expect(opaque.consumerHeartbeat(.joining("m")).error == .groupIDNotFound)
    let (strange, _) = GroupStage.stable("a")
    #expect(strange.consumerHeartbeat(.joining("m")).error == .groupIDNotFound)
    let stage = GroupStage.ofConsumers("a")
    let rows = stage.tables
    var invalid = ConsumerHeartbeat.joining("m")
    invalid.subscribedRegex = "["
    #expect(stage.consumerHeartbeat(invalid).error == .invalidRegularExpression)
    invalid = .joining("a-1")
    invalid.memberEpoch = 1
    #expect(stage.consumerHeartbeat(invalid).error == .groupIDNotFound)
    #expect(stage.tables == rows)
    #expect(stage.heartbeat("a-1", 1) == .none)
  }

  @Test("requests that do not fit are answered as in a classic group")
  func errors() {
    let stage = GroupStage.ofConsumers("a")
    _ = stage.consumerHeartbeat(.joining("m"))
    stage.joinConsumer("a", id: "a-1")
    #expect(stage.heartbeat("a-1", 1) == .illegalGeneration)
    #expect(stage.heartbeat("x", 2) == .unknownMemberID)
    #expect(stage.heartbeat("m", 2) == .unknownMemberID, "it speaks the other protocol")
    #expect(stage.beat("a-1", 2).error == .unknownMemberID, "and so does this")
    #expect(stage.sync("a-1", 1).error == .illegalGeneration)
    #expect(stage.sync("a-1", 2, type: "connect").error == .inconsistentGroupProtocol)
    #expect(stage.sync("a-1", 2, protocol: "sticky").error == .inconsistentGroupProtocol)
    #expect(stage.sync("m", 2).error == .unknownMemberID)
    #expect(stage.join("b", protocols: [.of("range")]).error == .inconsistentGroupProtocol)
    #expect(stage.joinConsumer("b", type: "connect").error == .inconsistentGroupProtocol)
    #expect(stage.joinConsumer("b", protocol: "other").error == .inconsistentGroupProtocol)
    #expect(stage.joinConsumer("m", id: "m").error == .unknownMemberID)
    #expect(stage.joinConsumer("b", id: "b", instance: "i").error == .unknownMemberID)
    #expect(stage.join("b", session: 1).error == .invalidSessionTimeout)
    #expect(stage.commit("a-1", 2, knowsConsumerGroups: false) == .success(.consumer))
    #expect(stage.commit("a-1", 1) == .failure(MemberRefusal(.illegalGeneration)))
    #expect(stage.coordinator.admitFetch(groupID: "g", memberID: "a-1", epoch: 2) == .none)
    #expect(
      stage.coordinator.admitFetch(groupID: "g", memberID: "a-1", epoch: 1) == .illegalGeneration)
  }

  @Test("a member that does not join again when told, or does not ask for its share, is removed")
  func timeouts() {
    let stage = GroupStage.ofConsumers("a", "b")
    _ = stage.consumerHeartbeat(.joining("m"))
    stage.joinConsumer("b", id: "b-2", rebalance: 20_000)
    _ = stage.heartbeat("a-1", 2)
    for _ in 0..<4 {
      stage.pass(5_000)
      _ = stage.heartbeat("a-1", 2)
      _ = stage.heartbeat("b-2", 3)
      _ = stage.beat("m", 3)
    }
    #expect(stage.ids() == ["a-1", "m"])
    #expect(stage.drainEvents().contains { $0.reason == "did not send SyncGroup in time" })
    for _ in 0..<8 {
      stage.pass(5_000)
      _ = stage.heartbeat("a-1", 2)
      _ = stage.beat("m", stage.part("m")!.epoch)
    }
    #expect(stage.ids() == ["m"])
    #expect(stage.drainEvents().contains { $0.reason == "did not join again in time" })
  }

  @Test("each kind of member has its own session timeout")
  func sessions() {
    let stage = GroupStage.ofConsumers("a")
    _ = stage.consumerHeartbeat(.joining("m"))
    stage.joinConsumer("a", id: "a-1", session: 10_000)
    stage.sync("a-1", 2)
    stage.pass(9_999)
    #expect(stage.ids().count == 2)
    stage.pass(1)
    #expect(stage.ids() == ["m"])
  }

  @Test("a mixed group survives a restart")
  func restart() {
    let stage = GroupStage.ofConsumers("a")
    _ = stage.consumerHeartbeat(.joining("m"))
    stage.restart()
    #expect(stage.heartbeat("a-1", 0) == .illegalGeneration)
    #expect(stage.heartbeat("a-1", 1) == .rebalanceInProgress)
    #expect(stage.joinConsumer("a", id: "a-1").reply?.generation == 2)
    stage.restart()
    #expect(stage.sync("a-1", 2).reply?.numbers == [0, 1, 2])
    #expect(stage.beat("m", 2).numbers == [3, 4, 5])
  }

  @Test("a static member goes over to the consumer protocol under its instance id")
  func staticUpgrade() {
    let stage = GroupStage.ofConsumers("a", instance: "i")
    var request = ConsumerHeartbeat.joining("m")
    request.instanceID = "i"
    let reply = stage.consumerHeartbeat(request)
    #expect(reply.error == .none)
    #expect(reply.numbers == [0, 1, 2, 3, 4, 5])
    #expect(stage.ids() == ["m"])
    #expect(stage.row("m")?.classic == nil)
    #expect(stage.tables["g"]?.group.type == .consumer)
    #expect(stage.heartbeat("i-1", 2, instance: "i") == .fencedInstanceID)
  }
}
