package import ActaModel

/// Gives all members as nearly the same number of partitions as their subscriptions permit, and
/// moves as few partitions as that takes.
///
/// When all subscribe to the same topics the counts differ by at most one (this file). When they do
/// not, no member could be relieved by handing on partitions, be it through others:
/// `UniformBalancer`.
package struct UniformAssignor: ServerAssignor {
  package let name = "uniform"

  package init() {}

  package func assign(_ problem: AssignmentProblem) -> [[TopicID: Set<Int32>]] {
    guard problem.subscriptions.count == 1 else {
      var balancer = UniformBalancer(problem)
      return balancer.solve()
    }
    return assignAlike(problem)
  }

  private func assignAlike(_ problem: AssignmentProblem) -> [[TopicID: Set<Int32>]] {
    let table = PartitionTable(problem.topics)
    var owners = table.presentOwners(problem)
    var counts = [Int](repeating: 0, count: problem.members.count)
    for owner in owners where owner >= 0 { counts[owner] += 1 }
    var quotas = Self.quotas(total: owners.count, present: counts)

    // A member that has more than its share gives up its last partitions.
    for index in owners.indices {
      let owner = owners[index]
      guard owner >= 0 else { continue }
      if quotas[owner] > 0 { quotas[owner] -= 1 } else { owners[index] = -1 }
    }
    // The free ones go round, so that the partitions of one topic are spread.
    var next = 0
    for index in owners.indices where owners[index] < 0 {
      while quotas[next] == 0 { next = (next + 1) % quotas.count }
      owners[index] = next
      quotas[next] -= 1
      next = (next + 1) % quotas.count
    }
    return table.assignments(owners, memberCount: problem.members.count)
  }

  /// Equal shares; the remainder goes to those that have more than a share already, the fullest
  /// first, so that they need not give it up.
  private static func quotas(total: Int, present: [Int]) -> [Int] {
    let share = total / present.count
    var quotas = [Int](repeating: share, count: present.count)
    let fullestFirst = present.indices.sorted {
      (present[$0], $1) > (present[$1], $0)
    }
    for member in fullestFirst.prefix(total % present.count) { quotas[member] += 1 }
    return quotas
  }
}
