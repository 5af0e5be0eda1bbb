/// From when on a group's committed offsets age (KafkaWire/PROTOCOL.md §12, Expiration). Unless
/// nothing ages, a commit with a time of its own goes by that.
package enum OffsetExpiry: Equatable, Sendable {
  /// None, not even those that came with a time of their own: the group rebalances, or what its
  /// members subscribe to is not known.
  case never
  /// All, from the moment at which the group became empty.
  case sinceEmpty
  /// Each from its commit, except those of the topics named.
  case sinceCommit(exceptTopics: Set<String>)
}
