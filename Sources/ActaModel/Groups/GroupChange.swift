/// A change of the tables that a coordinator has decided.
package enum GroupChange: Equatable, Sendable {
  /// Inserts the group's row, or replaces it.
  case putGroup(GroupRow)
  /// Deletes the group with its members and its committed offsets.
  case removeGroup(name: String)
  /// Inserts the member's row, or replaces it; the group's row is there.
  case putMember(MemberRow, group: String)
  case removeMember(memberID: String, group: String)
}

/// Something that happened to a group and that people may ask about later: a row of `group_events`.
package struct GroupEvent: Equatable, Sendable {
  package var group: String
  package var kind: Kind
  /// The generation, or the group epoch, after the event.
  package var generation: Int32
  /// `nil` when the event is about the group as a whole.
  package var memberID: String?
  package var instanceID: String?
  package var clientID: String?
  package var clientHost: String?
  package var attribution: Attribution
  /// Why, as a phrase: `session timed out`, `member joined: <what it gave as its reason>`.
  package var reason: String?
  /// What an assignment gave to the member.
  package var partitions: [TopicPartition]?

  package init(
    group: String, kind: Kind, generation: Int32, memberID: String? = nil,
    instanceID: String? = nil, clientID: String? = nil, clientHost: String? = nil,
    attribution: Attribution = Attribution(), reason: String? = nil,
    partitions: [TopicPartition]? = nil
  ) {
    self.group = group
    self.kind = kind
    self.generation = generation
    self.memberID = memberID
    self.instanceID = instanceID
    self.clientID = clientID
    self.clientHost = clientHost
    self.attribution = attribution
    self.reason = reason
    self.partitions = partitions
  }

  package enum Kind: String, Sendable {
    case created
    case deleted
    case joined
    case left
    /// Removed by the broker: its session or its part in a rebalance timed out.
    case evicted
    /// A static member came back and replaced the one with its instance id, or was refused.
    case replaced
    case fenced
    /// A rebalance began (classic), or the group epoch was raised (consumer), with the reason.
    case rebalance
    /// A round of joining is complete: the new generation has its members.
    case generation
    /// A member was given its partitions.
    case assigned
    /// The group changed from one protocol to the other.
    case converted
  }
}
