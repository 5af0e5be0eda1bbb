/// A group and its members.
public struct GroupDescription: Hashable, Sendable {
  /// `group.id`
  public let groupID: String
  /// By which protocol its members share out partitions.
  public let type: GroupType
  /// What it is about.
  public let state: GroupState
  /// `consumer`, `connect`, …; empty for a group of positions that never had members.
  public let protocolType: String
  /// How partitions are shared out: `range`, `uniform`, …; empty while that is open.
  public let partitionAssignor: String
  /// The broker that keeps it.
  public let coordinator: Node
  /// Who is in it; empty between one program and the next.
  public let members: [Member]
  /// Grows with each change of members, subscriptions or topics; `nil` for classic groups, as with what follows.
  public let groupEpoch: Int32?
  /// Of which group epoch the partitions were shared out last.
  public let targetAssignmentEpoch: Int32?

  /// A consumer, or what else takes part.
  public struct Member: Hashable, Sendable {
    /// By which the coordinator knows it; another one each time it joins.
    public let memberID: String
    /// Of a static member.
    public let groupInstanceID: String?
    /// `client.id`
    public let clientID: String
    /// As the coordinator sees it: `/127.0.0.1`.
    public let host: String
    /// `client.rack`; `nil` for classic groups, and where it has none.
    public let rack: String?
    /// What it has; empty where members do not share out partitions of topics.
    public let assignment: [TopicPartition]
    /// What it is to have; `nil` for classic groups, as with what follows.
    public let targetAssignment: [TopicPartition]?
    /// Of which group epoch the partitions are that it has by now.
    public let memberEpoch: Int32?
    /// By name.
    public let subscribedTopics: [String]?
    /// RE2's syntax; `nil` without one.
    public let subscribedPattern: String?
    /// Whether the member itself speaks the protocol in which the coordinator shares out; `nil` where that is not
    /// told (before Kafka 4.0).
    public let isUpgraded: Bool?
  }
}

/// A member of a group, by how it is known.
public enum GroupMember: Hashable, Sendable {
  /// The coordinator's name of it.
  case memberID(String)
  /// A static member's own name, `group.instance.id`.
  case instanceID(String)
}
