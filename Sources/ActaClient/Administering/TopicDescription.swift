/// A topic that there is.
public struct TopicListing: Hashable, Sendable {
  /// The topic's.
  public let name: String
  /// As Kafka writes it, in 22 letters; `nil` where the broker has no ids (before Kafka 2.8).
  public let topicID: String?
  /// Whether it is the cluster's own.
  public let isInternal: Bool
}

/// A topic and its partitions. Its configuration is `Admin.describeConfigs`.
public struct TopicDescription: Hashable, Sendable {
  /// The topic's.
  public let name: String
  /// As Kafka writes it, in 22 letters; `nil` where the broker has no ids (before Kafka 2.8).
  public let topicID: String?
  /// Whether it is the cluster's own.
  public let isInternal: Bool
  /// By number.
  public let partitions: [Partition]

  /// A partition and who has it.
  public struct Partition: Hashable, Sendable {
    /// Its number, from 0.
    public let partition: Int32
    /// The broker's id; `nil` while nobody leads it.
    public let leader: Int32?
    /// `nil` where it is not told.
    public let leaderEpoch: Int32?
    /// Brokers' ids, the preferred leader first.
    public let replicas: [Int32]
    /// Those that have all that is committed.
    public let inSyncReplicas: [Int32]
    /// Those that may lead it without losing anything though they are not in sync (KIP-966); `nil` where it is not
    /// told, as with what follows.
    public let eligibleLeaderReplicas: [Int32]?
    /// Those that were the last to be so, where none is left.
    public let lastKnownEligibleLeaderReplicas: [Int32]?
    /// Those that are not there, or whose disk is not.
    public let offlineReplicas: [Int32]
  }
}
