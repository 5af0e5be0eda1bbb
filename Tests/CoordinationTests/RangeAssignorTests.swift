import ActaModel
import Coordination
import Testing

@Suite("Range assignor") struct RangeAssignorTests {
  @Test(
    "shares are contiguous, even, and the same whatever the order of the members",
    arguments: UniformAssignorTests.seeds)
  func properties(seed: UInt64) {
    var dice = Dice(seed: seed)
    var assembly = Assembly.random(isAlike: dice.isOne(in: 2), using: &dice)
    assembly.run(RangeAssignor(), using: &dice)
    assembly.expectValid()
    for topic in assembly.topics {
      let shares = assembly.members.filter { $0.topics.contains(topic) }
        .map { assembly.present[$0.id]![topic.id] ?? [] }
      let counts = shares.map(\.count)
      #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
      for share in shares where !share.isEmpty {
        #expect(Int(share.max()! - share.min()!) == share.count - 1)
      }
    }
    let former = assembly.present
    assembly.run(RangeAssignor(), using: &dice)
    #expect(assembly.present == former)
  }

  @Test(
    "topics with as many partitions and the same subscribers are shared out alike",
    arguments: UniformAssignorTests.seeds)
  func copartitioned(seed: UInt64) {
    var dice = Dice(seed: seed)
    var assembly = Assembly.random(isAlike: false, using: &dice)
    let count = Int(assembly.topics[0].partitionCount)
    let twin = Assembly.shape(99, count)
    assembly.topics.append(twin)
    for index in assembly.members.indices
    where assembly.members[index].topics.contains(assembly.topics[0]) {
      assembly.members[index].topics.append(twin)
    }
    assembly.run(RangeAssignor(), using: &dice)
    assembly.expectValid()
    for assignment in assembly.present.values {
      #expect(assignment[twin.id] == assignment[assembly.topics[0].id])
    }
  }

  @Test("static members come first, by instance id; the first ones get one more")
  func order() {
    var dice = Dice(seed: 1)
    let topic = Assembly.shape(0, 7)
    var assembly = Assembly(
      topics: [topic],
      members: [
        (id: "a", instanceID: nil, topics: [topic]),
        (id: "z", instanceID: "i1", topics: [topic]),
        (id: "b", instanceID: "i2", topics: [topic]),
      ])
    assembly.run(RangeAssignor(), using: &dice)
    #expect(assembly.present["z"] == [topic.id: [0, 1, 2]])
    #expect(assembly.present["b"] == [topic.id: [3, 4]])
    #expect(assembly.present["a"] == [topic.id: [5, 6]])
  }
}
