import ActaModel
import Testing

@testable import Coordination

@Suite("Consumer group: back to the classic protocol") struct ConsumerDowngradeTests {
  @Test("when the last member of the consumer protocol leaves, the others rebalance by themselves")
  func leaving() {
    let stage = GroupStage.mixed()
    _ = stage.drainEvents()
    #expect(stage.beat("m", -1).error == .none)
    #expect(stage.tables["g"]?.group.type == .classic)
    #expect(stage.state() == .preparingRebalance)
    #expect(stage.drainEvents().map(\.kind) == [.left, .converted, .rebalance])
    #expect(stage.row("a-1")?.consumer == nil)
    #expect(stage.row("a-1")?.partitions.count == 3, "what it has is known")
    #expect(stage.coordinator.describeConsumer("g") == nil)

    #expect(stage.heartbeat("a-1", 2) == .rebalanceInProgress)
    let joined = stage.joinConsumer("a", id: "a-1")
    #expect(joined.reply?.generation == 3)
    #expect(joined.reply?.leaderID == "a-1")
    #expect(joined.reply?.members.count == 1)
  }

  @Test("when its session runs out too")
  func expiry() {
    let stage = GroupStage.mixed()
    for _ in 0..<9 {
      stage.pass(5_000)
      _ = stage.heartbeat("a-1", 2)
    }
    #expect(stage.tables["g"]?.group.type == .classic)
    #expect(stage.ids() == ["a-1"])
  }

  @Test("when an administrator removes it too")
  func removal() {
    let stage = GroupStage.mixed()
    #expect(stage.leave(.id("m")) == [.none])
    #expect(stage.tables["g"]?.group.type == .classic)
  }

  @Test("as long as one is left the group stays, and so it does if the policy says so")
  func staying() {
    let stage = GroupStage.mixed()
    _ = stage.consumerHeartbeat(.joining("n"))
    _ = stage.beat("m", -1)
    #expect(stage.tables["g"]?.group.type == .consumer)

    let fixed = GroupStage.mixed { $0.migrationPolicy = .upgrade }
    _ = fixed.beat("m", -1)
    #expect(fixed.tables["g"]?.group.type == .consumer)
    fixed.tick()
    #expect(fixed.heartbeat("a-1", 2) == .rebalanceInProgress)
    #expect(fixed.joinConsumer("a", id: "a-1").reply?.generation == 3)
    #expect(fixed.sync("a-1", 3).reply?.numbers == [0, 1, 2, 3, 4, 5])
    let small = GroupStage.mixed {
      $0.maxSize = 1
    }
    small.joinConsumer("b", id: "b-9")
    _ = small.beat("m", -1)
    #expect(small.tables["g"]?.group.type == .consumer, "too large for a classic group")
  }

  @Test("when all leave there is an empty group, and the next member says of which type")
  func empty() {
    let stage = GroupStage.mixed()
    #expect(stage.leave(.id("a-1")) == [.none])
    #expect(stage.beat("m", -1).error == .none)
    #expect(stage.tables["g"]?.group.type == .consumer)
    #expect(stage.state() == .empty)
    stage.joinConsumer("a", version: 3)
    #expect(stage.tables["g"]?.group.type == .classic)
  }

  @Test("a static member goes back to the classic protocol under its instance id")
  func staticMember() {
    let stage = GroupStage.mixed(instance: "i")
    let back = stage.joinConsumer("b", instance: "i")
    #expect(back.error == ErrorCode.none)
    #expect(stage.tables["g"]?.group.type == .classic)
    #expect(stage.ids().count == 2)
    let id = back.id
    // What it was answered was true before the group changed; now there is a round to join.
    #expect(stage.sync(id, back.reply!.generation, instance: "i").error == .rebalanceInProgress)
    #expect(stage.joinConsumer("b", id: id, instance: "i").isWaiting)
    #expect(stage.joinConsumer("a", id: "a-1").reply?.generation == 3)
  }

  @Test("a group that was converted back goes on after a restart")
  func restart() {
    let stage = GroupStage.mixed()
    _ = stage.beat("m", -1)
    stage.restart()
    #expect(stage.heartbeat("a-1", 2) == .rebalanceInProgress)
    #expect(stage.joinConsumer("a", id: "a-1").reply?.generation == 3)
  }
}
