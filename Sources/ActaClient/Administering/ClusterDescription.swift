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

/// The versions of an API that a broker speaks.
public struct APIVersionRange: Hashable, Sendable {
  /// As it stands in requests.
  public let key: Int16
  /// Kafka's name; `nil` for one that this client has never heard of.
  public let name: String?
  public let minVersion: Int16
  public let maxVersion: Int16
  /// The newest that this client speaks as well; `nil` if there is none.
  public let usableVersion: Int16?
}

/// A directory in which a broker keeps logs; with Acta, the database.
public struct LogDirDescription: Hashable, Sendable {
  public let path: String
  /// Why nothing can be told of it.
  public let error: KafkaError?
  /// Bytes of the volume; `nil` where that is not told (before Kafka 3.3), or there is none.
  public let totalBytes: Int64?
  public let usableBytes: Int64?
  /// Whether no new log is put there.
  public let isCordoned: Bool
  public let replicas: [TopicPartition: Replica]

  public struct Replica: Hashable, Sendable {
    /// Bytes.
    public let size: Int64
    /// How many records it is behind.
    public let offsetLag: Int64
    /// Whether it is only on its way there.
    public let isFuture: Bool
  }
}
