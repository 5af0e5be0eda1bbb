import Testing

@testable import Coordination

@Suite("Group coordinator: random walks") struct GroupCoordinatorWalkTests {
  @Test(
    "whatever clients, time and restarts do: rows tell all, everyone is answered once, nothing is shared",
    arguments: [1, 2, 3, 4] as [UInt64])
  func walk(seed: UInt64) {
    let walk = GroupCoordinatorWalk(seed: seed)
    for _ in 0..<12_000 where walk.stage.isSound { walk.step() }
    walk.drain()
    #expect(walk.partsGiven > 500, "seed \(seed): the walk hardly ever got anywhere")
  }
}
