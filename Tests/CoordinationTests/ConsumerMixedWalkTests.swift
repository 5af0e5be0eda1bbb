import Testing

@testable import Coordination

@Suite("Consumer group: random walks of mixed groups") struct ConsumerMixedWalkTests {
  @Test(
    "while a group goes to and fro between the protocols, nobody consumes what another has",
    arguments: Array(1...6) as [UInt64])
  func walk(seed: UInt64) {
    let walk = MixedWalk(seed: seed)
    for step in 1...10_000 {
      walk.step()
      if step % 1_000 == 0 { walk.calm() }
    }
    #expect(walk.conversions > 10, "seed \(seed): hardly ever converted")
  }
}
