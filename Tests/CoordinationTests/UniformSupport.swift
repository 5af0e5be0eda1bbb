import ActaModel
import Coordination
import Testing

typealias Assignment = [TopicID: Set<Int32>]

/// A made-up group for assignors: members with subscriptions and what they are to have now.
struct Assembly {
  var topics: [TopicShape]
  var members: [(id: String, instanceID: String?, topics: [TopicShape])]
  var present: [String: Assignment] = [:]

  /// The problem, with the members in an order that must not matter.
  func problem(using dice: inout Dice) -> AssignmentProblem {
    let order = members.indices.shuffled(using: &dice)
    return AssignmentProblem(
      applicants: order.map { index in
        AssignmentProblem.Applicant(
          id: members[index].id, instanceID: members[index].instanceID,
          target: present[members[index].id] ?? [:], subscription: index)
      }, subscriptions: members.map(\.topics))
  }

  mutating func run(_ assignor: some ServerAssignor, using dice: inout Dice) {
    let problem = problem(using: &dice)
    let result = assignor.assign(problem)
    #expect(result.count == members.count)
    present = Dictionary(
      uniqueKeysWithValues: zip(problem.members.map(\.id), result).map { ($0, $1) })
  }

  func load(_ id: String) -> Int { present[id]!.values.reduce(0) { $0 + $1.count } }
  var loads: [Int] { members.map { load($0.id) } }

  /// Every partition of every subscribed topic is given once, and to a subscriber.
  func expectValid(sourceLocation: SourceLocation = #_sourceLocation) {
    var given: [TopicPartition: String] = [:]
    for member in members {
      for (topic, numbers) in present[member.id]! {
        let shape = member.topics.first { $0.id == topic }
        #expect(shape != nil, "\(member.id) does not subscribe", sourceLocation: sourceLocation)
        for number in numbers {
          let isThere = number >= 0 && number < shape!.partitionCount
          #expect(isThere, sourceLocation: sourceLocation)
          let former = given.updateValue(
            member.id, forKey: TopicPartition(topic: shape!.name, number: number))
          #expect(former == nil, "given twice", sourceLocation: sourceLocation)
        }
      }
    }
    let subscribed = Set(members.flatMap { $0.topics.map(\.name) })
    let expected = topics.filter { subscribed.contains($0.name) }
      .reduce(0) { $0 + Int($1.partitionCount) }
    #expect(given.count == expected, sourceLocation: sourceLocation)
  }

  /// Partitions that another member has than before.
  func moved(from former: [String: Assignment]) -> Int {
    var count = 0
    for (id, assignment) in former {
      for (topic, numbers) in assignment {
        count += numbers.subtracting(present[id]?[topic] ?? []).count
      }
    }
    return count
  }

  static func shape(_ index: Int, _ count: Int) -> TopicShape {
    TopicShape(
      id: TopicID(high: 9, low: UInt64(index + 1)), name: "t\(index)",
      partitionCount: Int32(count))
  }

  /// Everybody subscribes to everything, or each to some topics.
  static func random(isAlike: Bool, using dice: inout Dice) -> Assembly {
    let topics = (0..<dice.roll(1..<6)).map { shape($0, dice.roll(1..<9)) }
    let members = (0..<dice.roll(1..<9)).map { index in
      (
        id: "m\(index)", instanceID: dice.isOne(in: 3) ? "i\(index)" : nil,
        topics: isAlike ? topics : dice.some(of: topics)
      )
    }
    return Assembly(topics: topics, members: members)
  }
}
