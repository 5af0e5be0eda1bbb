package import ActaModel

/// Gives each subscriber of a topic a contiguous share of it.
///
/// The shares of a topic depend on its partition count and on its subscribers only, so topics with
/// the same count and the same subscribers are shared out alike: the member that has partition 3 of one
/// has partition 3 of the others, which is what joins of such topics need. Nothing is sticky.
package struct RangeAssignor: ServerAssignor {
  package let name = "range"

  package init() {}

  package func assign(_ problem: AssignmentProblem) -> [[TopicID: Set<Int32>]] {
    var result = [[TopicID: Set<Int32>]](repeating: [:], count: problem.members.count)
    let order = Self.order(problem.members)
    for (index, topic) in problem.topics.enumerated() {
      let isSubscribed = problem.subscriptions.map { $0.contains(sorted: index) }
      let subscribers = order.filter { isSubscribed[problem.members[$0].subscription] }
      let share = topic.partitionCount / Int32(subscribers.count)
      let extra = Int(topic.partitionCount) % subscribers.count
      var next: Int32 = 0
      for (rank, member) in subscribers.enumerated() {
        let end = next + share + (rank < extra ? 1 : 0)
        if next < end { result[member][topic.id] = Set(next..<end) }
        next = end
      }
    }
    return result
  }

  /// Static members first, by instance id, then the others by member id: a static member keeps its
  /// place when it comes back under another member id.
  private static func order(_ members: [AssignmentProblem.Member]) -> [Int] {
    members.indices.sorted { left, right in
      switch (members[left].instanceID, members[right].instanceID) {
      case (let a?, let b?) where a != b: a < b
      case (_?, nil): true
      case (nil, _?): false
      default: members[left].id < members[right].id
      }
    }
  }
}

extension [Int] {
  /// Whether an ascending list has `element`, by halving.
  func contains(sorted element: Int) -> Bool {
    var low = startIndex
    var high = endIndex
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < element { low = middle + 1 } else { high = middle }
    }
    return low < endIndex && self[low] == element
  }
}
