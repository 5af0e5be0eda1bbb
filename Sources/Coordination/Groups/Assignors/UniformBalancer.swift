import ActaModel

/// Shares out partitions among members whose subscriptions differ.
///
/// Every member keeps what it has and still subscribes to; free partitions go to the subscriber with
/// the fewest. Then, as long as some member can be relieved, a partition is passed on: from it to
/// another, from there perhaps another partition to a third, until a member gets one that has at
/// least two fewer. When no such chain is left the counts are as even as the subscriptions permit
/// (that is a theorem on semi-matchings: Harvey, Ladner, Lovász and Tamir, 2006). The shortest
/// chain moves the fewest partitions.
struct UniformBalancer {
  private let problem: AssignmentProblem
  private let table: PartitionTable
  /// Which subscriptions have each topic, and which members each subscription.
  private let subscriptionsOfTopic: [[Int]]
  private let membersOfSubscription: [[Int]]
  private var owners: [Int]
  private let presentOwners: [Int]
  private var loads: [Int]
  /// Per member, the partitions of each topic that it has.
  private var held: [[Int: [Int32]]]

  init(_ problem: AssignmentProblem) {
    self.problem = problem
    table = PartitionTable(problem.topics)
    var subscriptionsOfTopic = [[Int]](repeating: [], count: problem.topics.count)
    for (index, topics) in problem.subscriptions.enumerated() {
      for topic in topics { subscriptionsOfTopic[topic].append(index) }
    }
    self.subscriptionsOfTopic = subscriptionsOfTopic
    var membersOfSubscription = [[Int]](repeating: [], count: problem.subscriptions.count)
    for (index, member) in problem.members.enumerated() {
      membersOfSubscription[member.subscription].append(index)
    }
    self.membersOfSubscription = membersOfSubscription
    presentOwners = table.presentOwners(problem)
    owners = presentOwners
    loads = [Int](repeating: 0, count: problem.members.count)
    held = [[Int: [Int32]]](repeating: [:], count: problem.members.count)
  }

  mutating func solve() -> [[TopicID: Set<Int32>]] {
    for topic in problem.topics.indices {
      for partition in 0..<problem.topics[topic].partitionCount {
        let owner = owners[table.bases[topic] + Int(partition)]
        if owner >= 0 { give(topic, partition, to: owner) }
      }
    }
    giveOutFree()
    balance()
    return table.assignments(owners, memberCount: problem.members.count)
  }

  private mutating func give(_ topic: Int, _ partition: Int32, to member: Int) {
    owners[table.bases[topic] + Int(partition)] = member
    held[member][topic, default: []].append(partition)
    loads[member] += 1
  }

  /// Topics with few subscribers first: their partitions have the least choice.
  private mutating func giveOutFree() {
    let subscriberCounts = subscriptionsOfTopic.map { subscriptions in
      subscriptions.reduce(0) { $0 + membersOfSubscription[$1].count }
    }
    let order = problem.topics.indices.sorted {
      (subscriberCounts[$0], $0) < (subscriberCounts[$1], $1)
    }
    for topic in order {
      for partition in 0..<problem.topics[topic].partitionCount
      where owners[table.bases[topic] + Int(partition)] < 0 {
        let candidates = subscriptionsOfTopic[topic].map(leastLoaded)
        give(topic, partition, to: candidates.min { isLess($0, $1) }!)
      }
    }
  }

  private func leastLoaded(of subscription: Int) -> Int {
    membersOfSubscription[subscription].min { isLess($0, $1) }!
  }

  private func isLess(_ left: Int, _ right: Int) -> Bool {
    (loads[left], left) < (loads[right], right)
  }

  /// The fullest member first. If it cannot be relieved, neither can any that a chain from it
  /// reaches: all of those have at least one less than it, and chains from them lead nowhere else.
  private mutating func balance() {
    var isSettled = [Bool](repeating: false, count: loads.count)
    while let source = loads.indices.filter({ !isSettled[$0] }).max(by: isLess) {
      var reached: [Int] = []
      if let chain = shortestChain(from: source, reached: &reached) {
        for link in chain { pass(link) }
      } else {
        for member in reached { isSettled[member] = true }
      }
    }
  }

  private struct Link {
    let topic: Int
    let from: Int
    let to: Int
  }

  /// Breadth first, over members and the topics they could hand on. `reached` is what was seen.
  private func shortestChain(from source: Int, reached: inout [Int]) -> [Link]? {
    var isTopicSeen = [Bool](repeating: false, count: problem.topics.count)
    var isSubscriptionSeen = [Bool](repeating: false, count: problem.subscriptions.count)
    var arrivals: [Int: Link] = [:]
    reached = [source]
    var next = 0
    while next < reached.count {
      let member = reached[next]
      next += 1
      for topic in problem.subscriptions[problem.members[member].subscription]
      where !isTopicSeen[topic] && held[member][topic] != nil {
        isTopicSeen[topic] = true
        for subscription in subscriptionsOfTopic[topic] where !isSubscriptionSeen[subscription] {
          isSubscriptionSeen[subscription] = true
          let best = leastLoaded(of: subscription)
          if loads[best] <= loads[source] - 2 {
            arrivals[best] = Link(topic: topic, from: member, to: best)
            return chain(to: best, from: source, arrivals)
          }
          for other in membersOfSubscription[subscription] where other != source {
            arrivals[other] = Link(topic: topic, from: member, to: other)
            reached.append(other)
          }
        }
      }
    }
    return nil
  }

  private func chain(to end: Int, from source: Int, _ arrivals: [Int: Link]) -> [Link] {
    var links: [Link] = []
    var member = end
    while member != source {
      let link = arrivals[member]!
      links.append(link)
      member = link.from
    }
    return links
  }

  /// One that the giver did not have before, if there is one; otherwise its last.
  private mutating func pass(_ link: Link) {
    var partitions = held[link.from][link.topic]!
    let base = table.bases[link.topic]
    let chosen =
      partitions.lastIndex { presentOwners[base + Int($0)] == link.to }
      ?? partitions.lastIndex { presentOwners[base + Int($0)] != link.from }
      ?? partitions.count - 1
    let partition = partitions.remove(at: chosen)
    held[link.from][link.topic] = partitions.isEmpty ? nil : partitions
    loads[link.from] -= 1
    give(link.topic, partition, to: link.to)
  }
}
