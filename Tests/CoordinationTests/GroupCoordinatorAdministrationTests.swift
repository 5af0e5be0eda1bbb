import ActaModel
import Testing

@testable import Coordination

@Suite("Group coordinator: administration") struct GroupCoordinatorAdministrationTests {
  @Test("groups are listed by name, with type and state")
  func list() {
    let (stage, _) = GroupStage.stable("a")
    _ = stage.commit(group: "b")
    stage.join("w", group: "a", type: "connect", version: 3)
    let expected = [
      GroupListing(
        groupID: "a", protocolType: "connect", state: .preparingRebalance, type: .classic),
      GroupListing(groupID: "b", protocolType: "", state: .empty, type: .classic),
      GroupListing(groupID: "g", protocolType: "consumer", state: .stable, type: .classic),
    ]
    #expect(stage.coordinator.list() == expected)
  }

  @Test("a description has metadata and assignments only of a stable group")
  func describe() {
    let (stage, _) = GroupStage.stable("a", "s")
    let stable = stage.coordinator.describeClassic("g")
    #expect(stable?.state == .stable)
    #expect(stable?.protocolType == "consumer")
    #expect(stable?.protocolName == "range")
    #expect(stable?.members.map(\.metadata) == [[1], [1]])
    #expect(stable?.members.map(\.assignment) == [Array("a".utf8), Array("s".utf8)])
    #expect(stable?.members.map(\.instanceID) == [nil, "i-s"])
    #expect(stable?.members.first?.client.clientHost == "/10.0.0.1")
    stage.join("a", id: "a")
    let preparing = stage.coordinator.describeClassic("g")
    #expect(preparing?.state == .preparingRebalance)
    #expect(preparing?.protocolName == "")
    #expect(preparing?.members.map(\.metadata) == [[], []])
    #expect(preparing?.members.map(\.assignment) == [[], []])
    #expect(stage.coordinator.describeClassic("other") == nil)
    #expect(stage.coordinator.describeConsumer("g") == nil)
  }

  @Test("only an empty group can be deleted")
  func delete() {
    let (stage, _) = GroupStage.stable("a")
    #expect(stage.delete("g") == .nonEmptyGroup)
    #expect(stage.delete("other") == .groupIDNotFound)
    #expect(stage.delete("a\0") == .invalidGroupID)
    stage.leave(.id("a"))
    #expect(stage.delete("g") == .none)
    #expect(stage.tables.stored.isEmpty)
    #expect(stage.events.last?.kind == .deleted)
    #expect(stage.heartbeat("a", 1) == .unknownMemberID)
  }

  @Test("no more than a number of groups is made, by whatever request")
  func maxGroups() {
    let stage = GroupStage { $0.maxGroups = 1 }
    _ = stage.commit(group: "one")
    #expect(stage.commit(group: "two").code == .policyViolation)
    #expect(stage.join("a", group: "two").error == .policyViolation)
    let heartbeat = ConsumerHeartbeat(
      groupID: "two", memberID: "m", memberEpoch: 0, rebalanceTimeoutMilliseconds: 1_000,
      subscribedTopics: ["t"], owned: [:],
      client: ClientIdentity(clientID: "c", clientHost: "/"))
    #expect(stage.consumerHeartbeat(heartbeat).error == .policyViolation)
    #expect(stage.join("a", group: "one").error == .memberIDRequired)
    #expect(stage.delete("one") == .none)
    #expect(stage.join("a", group: "two").error == .memberIDRequired)
  }

  @Test("the life of a group, as people are told of it")
  func events() {
    let stage = GroupStage { $0.initialRebalanceDelay = 0 }
    let protocols = [GroupProtocol.consumer(topics: "t")]
    let a = stage.join("a", protocols: protocols, version: 3)
    let partitions = [TopicPartition(topic: "t", number: 0)]
    stage.sync(a.id, 1, giving: [(a.id, ConsumerAssignment(partitions: partitions).bytes)])
    stage.join("b", protocols: protocols, reason: "need more", version: 3)
    stage.leave(.id("a-1", reason: "enough"))
    let events = stage.drainEvents()
    let told = events.map { "\($0.generation) \($0.kind.rawValue) \($0.reason ?? "")" }
    let expected = [
      "0 created ", "0 joined ", "0 rebalance a-1 joined", "1 generation 1 member, protocol range",
      "1 assigned ", "1 joined need more", "1 rebalance b-2 joined: need more", "1 left enough",
      "2 generation 1 member, protocol range",
    ]
    #expect(told == expected)
    #expect(events[4].partitions == partitions)
    #expect(events[4].clientHost == "/10.0.0.1")
    #expect(events.allSatisfy { $0.group == "g" })
  }

  @Test("a client's reason is cut to the 255 characters that Kafka's clients give")
  func longReason() {
    let stage = GroupStage()
    stage.join("a", reason: String(repeating: "x", count: 30_000), version: 3)
    #expect(stage.events.first { $0.kind == .joined }?.reason?.count == 255)
  }
}
