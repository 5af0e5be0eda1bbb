import ActaModel
import Testing

@testable import Coordination

@Suite("Group coordinator: deadlines") struct GroupCoordinatorDeadlineTests {
  @Test("entries come out by deadline, only when they are due", arguments: [1, 2, 3] as [UInt64])
  func order(seed: UInt64) {
    var random = SplitMix(seed: seed)
    let deadlines = (0..<500).map { _ in Int64(random.below(300)) }
    let entries = deadlines.map {
      DeadlineQueue.Entry(deadline: Instant(milliseconds: $0), name: "g")
    }
    var queue = DeadlineQueue(Array(entries.prefix(200)))
    for entry in entries.dropFirst(200) { queue.push(entry) }
    var popped: [Int64] = []
    for now in stride(from: Int64(0), through: 301, by: 7) {
      while let entry = queue.pop(dueAt: Instant(milliseconds: now)) {
        popped.append(entry.deadline.milliseconds)
      }
      #expect(queue.first.map { $0.deadline.milliseconds > now } ?? true)
    }
    #expect(popped == deadlines.sorted(), "seed \(seed)")
    #expect(queue.count == 0)
  }

  @Test("each of many groups is looked at in its time")
  func manyGroups() {
    let stage = GroupStage()
    for number in 0..<50 {
      stage.join("a", group: "g\(number)", version: 3)
      stage.pass(100)
    }
    stage.pass(3_000)
    #expect(stage.coordinator.list().allSatisfy { $0.state == .completingRebalance })
    stage.pass(37_099)
    #expect(stage.coordinator.list().filter { $0.state == .empty }.count == 0)
    stage.pass(45_000)
    #expect(stage.coordinator.list().allSatisfy { $0.state == .empty })
    #expect(stage.coordinator.nextDeadline == nil)
  }

  @Test("deadlines that come ever earlier do not pile up")
  func piles() {
    var coordinator = GroupCoordinator()
    for step in 0..<20_000 {
      let request = JoinRequest(
        groupID: "g", client: ClientIdentity(clientID: "c", clientHost: "/"),
        sessionTimeoutMilliseconds: Int32(1_700_000 - step), rebalanceTimeoutMilliseconds: 1,
        protocols: [.of("range")], freshID: "\(step)")
      var turn = Turn(
        at: Instant(milliseconds: 0), settings: GroupSettings(), topics: StageTopics())
      coordinator.join(request, token: ReplyToken(UInt64(step)), &turn)
      let id = turn.effects.joins[0].reply.memberID
      _ = coordinator.leave(groupID: "g", members: [.id(id)], &turn)
    }
    #expect(coordinator.directory.deadlineEntryCount <= 1_003)
    #expect(coordinator.nextDeadline != nil)
  }
}
