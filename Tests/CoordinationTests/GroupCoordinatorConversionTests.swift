import ActaModel
import Testing

@testable import Coordination

@Suite("Group coordinator: a group's type") struct GroupCoordinatorConversionTests {
  @Test("an empty classic group becomes a consumer group, above its generation")
  func classicToConsumer() {
    let (stage, _) = GroupStage.stable("a")
    stage.leave(.id("a"))
    _ = stage.drainEvents()
    let reply = stage.consumerHeartbeat(joining("m"))
    #expect(reply.error == .none)
    #expect(reply.memberEpoch == 3)
    #expect(stage.tables["g"]?.group.type == .consumer)
    #expect(stage.ids() == ["m"])
    #expect(stage.drainEvents().map(\.kind).prefix(2) == [.converted, .joined])
    #expect(stage.join("a").error == .inconsistentGroupProtocol)
    #expect(stage.coordinator.describeClassic("g") == nil)
    #expect(stage.coordinator.describeConsumer("g")?.members.count == 1)
  }

  @Test("a group that only has offsets becomes a consumer group")
  func simpleToConsumer() {
    let stage = GroupStage()
    _ = stage.commit()
    #expect(stage.consumerHeartbeat(joining("m")).memberEpoch == 1)
    #expect(stage.tables["g"]?.group.protocolType == "consumer")
  }

  @Test("an empty consumer group becomes a classic one, above its epoch")
  func consumerToClassic() {
    let stage = GroupStage { $0.initialRebalanceDelay = 0 }
    _ = stage.consumerHeartbeat(joining("m"))
    var leaving = joining("m")
    leaving.memberEpoch = -1
    _ = stage.consumerHeartbeat(leaving)
    let epoch = stage.tables["g"]?.group.generation ?? 0
    _ = stage.drainEvents()
    let call = stage.join("a", version: 3)
    #expect(call.reply?.generation == epoch + 1)
    #expect(stage.tables["g"]?.group.type == .classic)
    #expect(stage.drainEvents().map(\.kind).prefix(2) == [.converted, .joined])
    #expect(stage.coordinator.directory.count == 1)
  }

  @Test("a request that is refused converts nothing")
  func refusals() {
    let (stage, _) = GroupStage.stable("a")
    #expect(stage.consumerHeartbeat(joining("m")).error == .groupIDNotFound)
    stage.leave(.id("a"))
    let rows = stage.tables
    var invalid = joining("m")
    invalid.subscribedTopics = nil
    #expect(stage.consumerHeartbeat(invalid).error == .invalidRequest)
    var heartbeat = joining("m")
    heartbeat.memberEpoch = 4
    #expect(stage.consumerHeartbeat(heartbeat).error == .groupIDNotFound)
    #expect(stage.tables == rows)

    // What is wrong with a heartbeat is said before that the group cannot be converted.
    let (classic, _) = GroupStage.stable("a")
    #expect(classic.consumerHeartbeat(joining("m")).error == .groupIDNotFound)
    #expect(classic.consumerHeartbeat(invalid).error == .invalidRequest)

    let other = GroupStage()
    #expect(other.consumerHeartbeat(heartbeat).error == .groupIDNotFound)
    #expect(other.consumerHeartbeat(invalid).error == .invalidRequest)
    #expect(other.tables.stored.isEmpty)
    _ = other.consumerHeartbeat(joining("m"))
    #expect(other.join("a").error == .inconsistentGroupProtocol)
    var leaving = joining("m")
    leaving.memberEpoch = -1
    _ = other.consumerHeartbeat(leaving)
    #expect(other.join("a", id: "unknown").error == .unknownMemberID)
    #expect(other.join("a", type: "").error == .inconsistentGroupProtocol)
    #expect(other.tables["g"]?.group.type == .consumer)
  }

  @Test("a group of either type is listed, restored, looked at in time and deleted")
  func bothTypes() {
    let (stage, _) = GroupStage.stable("a")
    var request = joining("m")
    request.groupID = "k"
    _ = stage.consumerHeartbeat(request)
    #expect(stage.coordinator.list().map(\.type) == [.classic, .consumer])
    stage.restart()
    #expect(stage.coordinator.list().map(\.groupID) == ["g", "k"])
    stage.reload()
    #expect(stage.delete("k") == .nonEmptyGroup)
    stage.pass(60_000)
    #expect(stage.coordinator.list().map(\.state) == [.empty, .empty])
    #expect(stage.coordinator.offsetExpiry(of: "k") == .sinceEmpty)
    #expect(stage.delete("k") == .none)
    stage.removeIfUnused("g")
    #expect(stage.tables.stored.isEmpty)
  }

  @Test("an administrator removes a member of a consumer group by LeaveGroup")
  func leave() {
    let stage = GroupStage()
    _ = stage.consumerHeartbeat(joining("m"))
    #expect(stage.leave(.id("x"), .id("m")) == [.unknownMemberID, .none])
    #expect(stage.ids() == [])
  }

  private func joining(_ id: String) -> ConsumerHeartbeat {
    ConsumerHeartbeat(
      groupID: "g", memberID: id, memberEpoch: 0, rebalanceTimeoutMilliseconds: 60_000,
      subscribedTopics: ["t"], owned: [:],
      client: ClientIdentity(clientID: "c", clientHost: "/10.0.0.1"))
  }
}
