/// A topic that is to be.
public struct NewTopic: Hashable, Sendable {
  /// Up to 249 letters, digits, dots, underscores and hyphens.
  public var name: String
  /// `nil` is the broker's `num.partitions`.
  public var partitions: Int32?
  /// `nil` is the broker's `default.replication.factor`.
  public var replicationFactor: Int16?
  /// The brokers of each partition, the first of which leads it, in place of the two numbers.
  public var assignments: [[Int32]]?
  /// By name, in Kafka's spelling: `retention.ms`.
  public var configs: [String: String]

  /// A topic of so many partitions, which the cluster places; `nil` is the broker's default.
  public init(
    _ name: String, partitions: Int32? = nil, replicationFactor: Int16? = nil,
    configs: [String: String] = [:]
  ) {
    self.name = name
    self.partitions = partitions
    self.replicationFactor = replicationFactor
    self.configs = configs
  }

  /// A topic whose partitions are on these brokers.
  public init(_ name: String, assignments: [[Int32]], configs: [String: String] = [:]) {
    self.init(name, configs: configs)
    self.assignments = assignments
  }
}

/// What a topic has become.
public struct CreatedTopic: Hashable, Sendable {
  /// As Kafka writes it; `nil` where it was only validated, or the broker has no ids.
  public let topicID: String?
  /// `nil` where the broker does not tell (before Kafka 2.4), as with what follows.
  public let partitionCount: Int32?
  /// How many replicas each partition has.
  public let replicationFactor: Int16?
  /// In force, by name.
  public let configs: [ConfigEntry]?
}

/// How many partitions a topic is to have.
public struct NewPartitions: Hashable, Sendable {
  /// With those that there are.
  public var totalCount: Int32
  /// The brokers of each partition that is added; `nil` leaves that to the cluster.
  public var assignments: [[Int32]]?

  /// So many, with those that there are.
  public init(totalCount: Int32, assignments: [[Int32]]? = nil) {
    self.totalCount = totalCount
    self.assignments = assignments
  }
}
