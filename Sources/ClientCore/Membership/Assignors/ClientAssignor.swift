import ActaModel
package import Coordination

/// A way in which the leader of a classic group shares out partitions (`partition.assignment.strategy`).
///
/// The results are those of Java's assignors of the same names, partition by partition and in the same order: a
/// group whose leader changes from one client to the other is not turned over by it. Two things are other than
/// there. Racks are looked at by `range` only, whatever members say of theirs. And where Java's sticky ones give a
/// member what it has not subscribed to, be it on the way to the result, or give a partition twice (a topic that has
/// become smaller, a member without topics, one that had what it does not ask for any more), these do not.
package enum ClientAssignor: String, CaseIterable, Sendable {
  /// Each topic by itself, in contiguous shares.
  case range
  /// All partitions in a row, each to the next member.
  case roundRobin = "roundrobin"
  /// Balanced, and as much as possible as it was.
  case sticky
  /// As `sticky`, but what passes from one member to another is given only when the one has let go of it.
  case cooperativeSticky = "cooperative-sticky"

  package var name: String { rawValue }

  /// Whether members may keep what they have while the group rebalances.
  package var isCooperative: Bool { self == .cooperativeSticky }

  /// What a member tells the leader's assignor apart from what the subscription has fields for.
  ///
  /// - Parameters:
  ///   - assigned: What the member was assigned last, in the assignment's order; `nil`: never anything.
  ///   - generation: In which generation; -1 where there was none.
  package func userData(assigned: [TopicPartition]?, generation: Int32) -> [UInt8]? {
    switch self {
    case .range, .roundRobin: nil
    case .sticky: assigned.map { StickyUserData(partitions: $0, generation: generation).bytes }
    case .cooperativeSticky: withUnsafeBytes(of: generation.bigEndian) { Array($0) }
    }
  }

  /// - Returns: By member, in the order of the group's; partitions in the order in which they were given.
  package func assign(_ group: SubscribedGroup) -> [[TopicPartition]] {
    let table = SubscriptionTable(group)
    let assignment =
      switch self {
      case .range: RangeSharing.assign(table)
      case .roundRobin: RoundRobinSharing.assign(table)
      case .sticky: StickySharing.assign(table, isCooperative: false)
      case .cooperativeSticky: StickySharing.assign(table, isCooperative: true)
      }
    return assignment.map { $0.map { table.partition($0) } }
  }
}

/// Who is in a group, and how large the topics are that they ask for.
package struct SubscribedGroup: Equatable, Sendable {
  package struct Member: Equatable, Sendable {
    package var id: String
    /// `group.instance.id` of a static member.
    package var instanceID: String?
    package var subscription: ConsumerSubscription

    package init(id: String, instanceID: String? = nil, subscription: ConsumerSubscription) {
      self.id = id
      self.instanceID = instanceID
      self.subscription = subscription
    }
  }

  /// In the order in which the coordinator lists them.
  package var members: [Member]
  /// Topics that are not there are not in it.
  package var partitionCounts: [String: Int32]
  /// By topic, of each partition: the racks of the brokers that have it. Topics of which that is not known are not in
  /// it.
  package var partitionRacks: [String: [Set<String>]]

  package init(
    members: [Member], partitionCounts: [String: Int32],
    partitionRacks: [String: [Set<String>]] = [:]
  ) {
    self.members = members
    self.partitionCounts = partitionCounts
    self.partitionRacks = partitionRacks
  }
}

extension ConsumerAssignment {
  /// As Java's leaders say it: partitions by topic, in the order in which the topics first appear.
  package init(giving partitions: [TopicPartition]) {
    self.init(partitions: partitions.map { .init(topic: $0.topic, number: $0.partition) })
  }
}
