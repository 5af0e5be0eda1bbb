/// A group and its members.
public struct GroupDescription: Hashable, Sendable {
  public let groupID: String
  public let type: GroupType
  public let state: GroupState
  /// `consumer`, `connect`, …; empty for a group of positions that never had members.
  public let protocolType: String
  /// How partitions are shared out: `range`, `uniform`, …; empty while that is open.
  public let partitionAssignor: String
  public let coordinator: Node
  public let members: [Member]
  /// Grows with each change of members, subscriptions or topics; `nil` for classic groups, as with what follows.
  public let groupEpoch: Int32?
  /// Of which group epoch the partitions were shared out last.
  public let targetAssignmentEpoch: Int32?

  public struct Member: Hashable, Sendable {
    public let memberID: String
    /// Of a static member.
    public let groupInstanceID: String?
    public let clientID: String
    /// As the coordinator sees it: `/127.0.0.1`.
    public let host: String
    public let rack: String?
    /// What it has; empty where members do not share out partitions of topics.
    public let assignment: [TopicPartition]
    /// What it is to have; `nil` for classic groups, as with what follows.
    public let targetAssignment: [TopicPartition]?
    public let memberEpoch: Int32?
    public let subscribedTopics: [String]?
    /// RE2's syntax; `nil` without one.
    public let subscribedPattern: String?
    /// Whether the member itself speaks the protocol in which the coordinator shares out; `nil` where that is not
    /// told (before Kafka 4.0).
    public let isUpgraded: Bool?
  }
}
