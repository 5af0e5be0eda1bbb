/// A partition on its way to other brokers.
public struct PartitionReassignment: Hashable, Sendable {
  /// Brokers' ids: all that it is on, and is to be on.
  public let replicas: [Int32]
  /// Those of them that come.
  public let addingReplicas: [Int32]
  /// Those of them that go.
  public let removingReplicas: [Int32]
}

/// Who may become a partition's leader.
public enum ElectionType: Int8, CaseIterable, Sendable {
  /// The first of its replicas.
  case preferred = 0
  /// Where no replica is in sync any: what only the others had is lost.
  case unclean
}
