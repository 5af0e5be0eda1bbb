import ActaModel

/// All partitions of a problem under consecutive numbers, topic by topic.
struct PartitionTable {
  let topics: [TopicShape]
  /// Where each topic begins, and at the end how many partitions there are.
  let bases: [Int]
  private let positions: [TopicID: Int]

  init(_ topics: [TopicShape]) {
    self.topics = topics
    var bases = [0]
    for topic in topics { bases.append(bases.last! + Int(topic.partitionCount)) }
    self.bases = bases
    positions = Dictionary(
      uniqueKeysWithValues: topics.enumerated().map { ($0.element.id, $0.offset) })
  }

  /// The member that is to have each partition now, as far as it is there and still subscribed to;
  /// -1 for none.
  func presentOwners(_ problem: AssignmentProblem) -> [Int] {
    var owners = [Int](repeating: -1, count: bases.last!)
    for (index, member) in problem.members.enumerated() {
      let subscription = problem.subscriptions[member.subscription]
      for (id, partitions) in member.target {
        guard let topic = positions[id], subscription.contains(sorted: topic) else { continue }
        for partition in partitions where partition < topics[topic].partitionCount {
          let number = bases[topic] + Int(partition)
          if owners[number] < 0 { owners[number] = index }
        }
      }
    }
    return owners
  }

  func assignments(_ owners: [Int], memberCount: Int) -> [[TopicID: Set<Int32>]] {
    var result = [[TopicID: Set<Int32>]](repeating: [:], count: memberCount)
    for (index, topic) in topics.enumerated() {
      for partition in 0..<topic.partitionCount {
        result[owners[bases[index] + Int(partition)]][topic.id, default: []].insert(partition)
      }
    }
    return result
  }
}
