import Coordination
import Testing

@Suite("Consumer group: random walks") struct ConsumerWalkTests {
  @Test(
    "no partition has two owners, rows and memory agree, and calm brings everybody to its target",
    arguments: Array(1...6) as [UInt64])
  func walk(seed: UInt64) {
    var walk = ConsumerWalk(seed: seed)
    for step in 1...10_000 {
      walk.step()
      if step % 1_000 == 0 { walk.calm() }
    }
  }
}
