package import ActaModel

extension OffsetExpiry {
  /// When a group's position is to be forgotten, epoch milliseconds; a time of its own goes before the
  /// rule.
  ///
  /// - Parameters:
  ///   - emptySince: When the group's state last changed.
  ///   - exempt: The partitions of the topics that the rule excepts.
  package func due(
    _ position: StoredPosition, emptySince: Int64, exempt: Set<PartitionID>,
    retentionMilliseconds retention: Int64
  ) -> Int64 {
    switch self {
    case .never: return .max
    case .sinceEmpty: return position.expiresAt ?? emptySince.addingSaturated(retention)
    case .sinceCommit:
      if exempt.contains(position.partition) { return .max }
      return position.expiresAt ?? position.committedAt.addingSaturated(retention)
    }
  }
}
