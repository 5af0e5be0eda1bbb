/// A cluster and its brokers.
public struct ClusterDescription: Hashable, Sendable {
  /// `nil` where it is not told (before Kafka 0.10.1).
  public let clusterID: String?
  /// The broker to which changes of the cluster are sent; `nil` while there is none.
  public let controller: Node?
  /// By id.
  public let nodes: [Node]
}

/// What a cluster can do, and what of it is in use.
public struct FeatureMetadata: Hashable, Sendable {
  /// Levels in use, by feature.
  public let finalized: [String: ClosedRange<Int16>]
  /// Grows with each change of those; `nil` where it is not told.
  public let finalizedEpoch: Int64?
  /// Levels that the broker knows, by feature.
  public let supported: [String: ClosedRange<Int16>]
}

/// The level that a feature is to have.
public struct FeatureUpdate: Hashable, Sendable {
  /// Which way the level may go. Numbers are the protocol's.
  public enum UpgradeType: Int8, Sendable {
    /// Lower than before is refused.
    case upgrade = 1
    /// Lower only where nothing is lost.
    case safeDowngrade
    /// Lower even so. Needs Kafka 3.3.
    case unsafeDowngrade
  }

  /// 0: the feature is not used any more.
  public var maxVersionLevel: Int16
  /// Which way it may go.
  public var upgradeType: UpgradeType

  /// A level, which must not be lower than before unless `upgradeType` says so.
  public init(_ maxVersionLevel: Int16, _ upgradeType: UpgradeType = .upgrade) {
    self.maxVersionLevel = maxVersionLevel
    self.upgradeType = upgradeType
  }
}

/// The versions of an API that a broker speaks.
public struct APIVersionRange: Hashable, Sendable {
  /// As it stands in requests.
  public let key: Int16
  /// Kafka's name; `nil` for one that this client has never heard of.
  public let name: String?
  /// The oldest.
  public let minVersion: Int16
  /// The newest.
  public let maxVersion: Int16
  /// The newest that this client speaks as well; `nil` if there is none.
  public let usableVersion: Int16?
  /// Those that this client speaks, if it speaks any.
  package let spokenVersions: ClosedRange<Int16>?
}

/// A directory in which a broker keeps logs; with Acta, the database.
public struct LogDirDescription: Hashable, Sendable {
  /// On the broker's machine.
  public let path: String
  /// Why nothing can be told of it.
  public let error: KafkaError?
  /// Bytes of the volume; `nil` where that is not told (before Kafka 3.3), or there is none.
  public let totalBytes: Int64?
  /// Bytes that are free on it; `nil` as with `totalBytes`.
  public let usableBytes: Int64?
  /// Whether no new log is put there.
  public let isCordoned: Bool
  /// What is in it.
  public let replicas: [TopicPartition: Replica]

  /// A partition's log in the directory.
  public struct Replica: Hashable, Sendable {
    /// Bytes.
    public let size: Int64
    /// How many records it is behind.
    public let offsetLag: Int64
    /// Whether it is only on its way there.
    public let isFuture: Bool
  }
}
