package import ActaModel

/// A way of sharing out partitions among the members of a consumer group.
///
/// Pure: the same problem gives the same answer, whatever the order in which members joined.
package protocol ServerAssignor: Sendable {
  /// As clients name it, and `group.consumer.assignors`.
  var name: String { get }

  /// What each member is to have, in the order of `problem.members`. Every partition of a topic
  /// that a member subscribes to is given to exactly one of its subscribers.
  func assign(_ problem: AssignmentProblem) -> [[TopicID: Set<Int32>]]
}

/// The assignors that there are; `GroupSettings.consumerAssignors` says which may be asked for.
package enum ServerAssignors {
  package static let all: [any ServerAssignor] = [UniformAssignor(), RangeAssignor()]

  package static func named(_ name: String) -> (any ServerAssignor)? {
    all.first { $0.name == name }
  }
}
