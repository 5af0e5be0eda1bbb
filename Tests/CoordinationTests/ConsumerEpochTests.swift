import ActaModel
import Coordination
import Testing

/// As Kafka 4.4 shows them.
@Suite("Consumer group: its epochs as they are described") struct ConsumerEpochTests {
  private func epochs(_ stage: GroupStage) -> [Int32] {
    stage.coordinator.describeConsumer("g").map { [$0.groupEpoch, $0.assignmentEpoch] } ?? []
  }

  @Test("the first member is at 2; a group that was left has nothing more to assign")
  func emptied() {
    let stage = GroupStage()
    #expect(stage.consumerHeartbeat(.joining("a")).memberEpoch == 2)
    #expect(epochs(stage) == [2, 2])
    #expect(stage.consumerHeartbeat(.leaving("a")).error == .none)
    #expect(epochs(stage) == [3, 3])
    #expect(stage.consumerHeartbeat(.joining("b")).memberEpoch == 4)
    #expect(epochs(stage) == [4, 4])
  }

  @Test("who subscribes to nothing raises no epoch, and does when it begins to")
  func withoutTopics() {
    let stage = GroupStage()
    #expect(stage.consumerHeartbeat(.joining("a", to: [])).memberEpoch == 1)
    #expect(epochs(stage) == [1, 1])
    #expect(stage.consumerHeartbeat(.joining("b")).memberEpoch == 2)
    #expect(stage.consumerHeartbeat(.joining("c", to: [])).memberEpoch == 2)
    #expect(epochs(stage) == [2, 2])
    stage.restart()
    #expect(epochs(stage) == [2, 2])
    #expect(stage.consumerHeartbeat(.leaving("c")).error == .none)
    #expect(epochs(stage)[0] == 3)
  }

  @Test("a group whose last member was evicted has nothing more to assign, after a restart neither")
  func evicted() {
    let stage = GroupStage()
    _ = stage.consumerHeartbeat(.joining("a"))
    stage.pass(46_000)
    #expect(epochs(stage) == [3, 3])
    stage.restart()
    #expect(epochs(stage) == [3, 3])
    #expect(stage.coordinator.describeConsumer("g")?.state == .empty)
    #expect(stage.consumerHeartbeat(.joining("b")).memberEpoch == 4)
  }
}

extension ConsumerHeartbeat {
  fileprivate static func leaving(_ id: String) -> ConsumerHeartbeat {
    ConsumerHeartbeat(groupID: "g", memberID: id, memberEpoch: -1, client: .test)
  }
}
