import ActaModel
import Coordination
import Testing

@Suite("Uniform assignor") struct UniformAssignorTests {
  static let seeds: [UInt64] = Array(1...200)

  @Test(
    "with equal subscriptions counts differ by one at most, and running again moves nothing",
    arguments: seeds)
  func alike(seed: UInt64) {
    var dice = Dice(seed: seed)
    var assembly = Assembly.random(isAlike: true, using: &dice)
    assembly.run(UniformAssignor(), using: &dice)
    assembly.expectValid()
    #expect(assembly.loads.max()! - assembly.loads.min()! <= 1)
    let former = assembly.present
    assembly.run(UniformAssignor(), using: &dice)
    #expect(assembly.present == former)
  }

  @Test("when a member leaves, only its partitions move", arguments: seeds)
  func leaving(seed: UInt64) {
    var dice = Dice(seed: seed)
    var assembly = Assembly.random(isAlike: true, using: &dice)
    assembly.run(UniformAssignor(), using: &dice)
    guard assembly.members.count > 1 else { return }
    let gone = assembly.members.remove(at: dice.roll(0..<assembly.members.count)).id
    let count = assembly.load(gone)
    let former = assembly.present
    assembly.run(UniformAssignor(), using: &dice)
    assembly.expectValid()
    #expect(assembly.loads.max()! - assembly.loads.min()! <= 1)
    #expect(assembly.moved(from: former) == count)
  }

  @Test("when a member joins, no more partitions move than it gets", arguments: seeds)
  func joining(seed: UInt64) {
    var dice = Dice(seed: seed)
    var assembly = Assembly.random(isAlike: true, using: &dice)
    assembly.run(UniformAssignor(), using: &dice)
    let former = assembly.present
    assembly.members.append((id: "a new one", instanceID: nil, topics: assembly.topics))
    assembly.run(UniformAssignor(), using: &dice)
    assembly.expectValid()
    #expect(assembly.loads.max()! - assembly.loads.min()! <= 1)
    #expect(assembly.moved(from: former) == assembly.load("a new one"))
  }

  @Test(
    "with different subscriptions everything is given, and running again moves nothing",
    arguments: seeds)
  func different(seed: UInt64) {
    var dice = Dice(seed: seed)
    var assembly = Assembly.random(isAlike: false, using: &dice)
    for _ in 0..<5 {
      assembly.run(UniformAssignor(), using: &dice)
      assembly.expectValid()
      let former = assembly.present
      assembly.run(UniformAssignor(), using: &dice)
      #expect(assembly.present == former)
      let index = dice.roll(0..<assembly.members.count)
      assembly.members[index].topics = dice.some(of: assembly.topics)
    }
  }

  @Test("with different subscriptions no other assignment is more even", arguments: seeds)
  func optimal(seed: UInt64) {
    var dice = Dice(seed: seed)
    let topics = (0..<3).map { Assembly.shape($0, dice.roll(1..<4)) }
    let members = (0..<4).map { index in
      (id: "m\(index)", instanceID: nil as String?, topics: dice.some(of: topics))
    }
    var assembly = Assembly(topics: topics, members: members)
    for _ in 0..<3 {
      assembly.run(UniformAssignor(), using: &dice)
      #expect(assembly.loads.sorted(by: >) == Self.best(assembly))
      assembly.members[dice.roll(0..<4)].topics = dice.some(of: topics)
    }
  }

  /// The most even loads, fullest first, by trying everything.
  private static func best(_ assembly: Assembly) -> [Int] {
    var candidates: Set<[Int]> = [[Int](repeating: 0, count: assembly.members.count)]
    for topic in assembly.topics {
      let subscribers = assembly.members.indices.filter {
        assembly.members[$0].topics.contains(topic)
      }
      if subscribers.isEmpty { continue }
      for _ in 0..<topic.partitionCount {
        candidates = candidates.reduce(into: []) { next, loads in
          for subscriber in subscribers {
            var loads = loads
            loads[subscriber] += 1
            next.insert(loads)
          }
        }
      }
    }
    return candidates.map { $0.sorted(by: >) }.min { $0.lexicographicallyPrecedes($1) }!
  }

  @Test("a member is relieved through another that shares a topic with each")
  func chain() {
    let topics = [Assembly.shape(0, 3), Assembly.shape(1, 2), Assembly.shape(2, 1)]
    var dice = Dice(seed: 1)
    var assembly = Assembly(
      topics: topics,
      members: [
        (id: "a", instanceID: nil, topics: [topics[0]]),
        (id: "b", instanceID: nil, topics: [topics[0], topics[1]]),
        (id: "c", instanceID: nil, topics: [topics[1], topics[2]]),
      ])
    assembly.present = [
      "a": [topics[0].id: [0, 1, 2]], "b": [topics[1].id: [0, 1]], "c": [topics[2].id: [0]],
    ]
    let former = assembly.present
    assembly.run(UniformAssignor(), using: &dice)
    #expect(assembly.loads == [2, 2, 2])
    #expect(assembly.moved(from: former) == 2)
  }

  @Test("the partitions of one topic are spread over the members")
  func spread() {
    let topics = (0..<4).map { Assembly.shape($0, 3) }
    var dice = Dice(seed: 1)
    var assembly = Assembly(
      topics: topics,
      members: (0..<3).map { (id: "m\($0)", instanceID: nil, topics: topics) })
    assembly.run(UniformAssignor(), using: &dice)
    for member in assembly.members {
      #expect(assembly.present[member.id]!.values.allSatisfy { $0.count == 1 })
    }
  }

  @Test("partitions and topics that are gone are forgotten")
  func gone() {
    var dice = Dice(seed: 1)
    let topic = Assembly.shape(0, 2)
    var assembly = Assembly(
      topics: [topic], members: [(id: "m", instanceID: nil, topics: [topic])])
    assembly.present = ["m": [topic.id: [0, 1, 2], TopicID(high: 0, low: 5): [0]]]
    assembly.run(UniformAssignor(), using: &dice)
    #expect(assembly.present == ["m": [topic.id: [0, 1]]])
  }
}
