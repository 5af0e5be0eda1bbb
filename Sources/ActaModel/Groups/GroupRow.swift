/// Which protocol a group's members speak.
package enum GroupType: String, Sendable {
  /// JoinGroup, SyncGroup, Heartbeat, LeaveGroup (KafkaWire/PROTOCOL.md §11); also groups that only
  /// have offsets.
  case classic
  /// ConsumerGroupHeartbeat (KafkaWire/PROTOCOL.md §13, KIP-848).
  case consumer
}

/// Where a group stands; the raw values are the names that clients are told.
package enum GroupState: String, Sendable, CaseIterable {
  case empty = "Empty"
  case stable = "Stable"
  case dead = "Dead"
  // Classic groups only.
  case preparingRebalance = "PreparingRebalance"
  case completingRebalance = "CompletingRebalance"
  // Consumer groups only.
  case assigning = "Assigning"
  case reconciling = "Reconciling"
}

/// A group as the tables keep it: with its members' rows, everything that a restart must know.
/// Requests that wait, and deadlines, are not in here: a restart begins them anew.
package struct GroupRow: Equatable, Sendable {
  package var name: String
  package var type: GroupType
  package var state: GroupState
  /// `consumer`, `connect`, …; `nil` for a group that never had members, only offsets.
  package var protocolType: String?
  /// The classic protocol that was chosen, or the server-side assignor that ran last.
  package var protocolName: String?
  /// The member that computes assignments; classic groups only.
  package var leaderID: String?
  /// A classic group's generation, or a consumer group's epoch.
  package var generation: Int32
  /// The group epoch for which the assignor last ran; consumer groups only, otherwise 0.
  package var assignmentEpoch: Int32

  package init(
    name: String, type: GroupType = .classic, state: GroupState = .empty,
    protocolType: String? = nil, protocolName: String? = nil, leaderID: String? = nil,
    generation: Int32 = 0, assignmentEpoch: Int32 = 0
  ) {
    self.name = name
    self.type = type
    self.state = state
    self.protocolType = protocolType
    self.protocolName = protocolName
    self.leaderID = leaderID
    self.generation = generation
    self.assignmentEpoch = assignmentEpoch
  }
}

/// A group and its members, as read from the tables.
package struct StoredGroup: Equatable, Sendable {
  package var group: GroupRow
  /// In the order in which they joined.
  package var members: [MemberRow]

  package init(group: GroupRow, members: [MemberRow] = []) {
    self.group = group
    self.members = members
  }
}

extension GroupRow {
  /// The next generation, or epoch. Where an int32 ends they begin anew; 0 is a group that never had members.
  package mutating func beginGeneration() {
    generation = generation == .max ? 1 : generation + 1
  }
}
