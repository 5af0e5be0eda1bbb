/// From when on a group's committed offsets age (PROTOCOL.md §12, Expiration).
package enum OffsetExpiry: Equatable, Sendable {
  /// Only commits that came with a time of their own.
  case ownTimesOnly
  /// All, from the moment at which the group became empty.
  case sinceEmpty
  /// Each from its commit, except those of the topics named.
  case sinceCommit(exceptTopics: Set<String>)
}
