/// A record that was fetched.
public struct ConsumerRecord<Key: Sendable, Value: Sendable>: Sendable {
  public let topic: String
  public let partition: Int32
  public let offset: Int64
  /// Epoch milliseconds: the producer's, or the broker's where the topic keeps that (LogAppendTime); `nil` where
  /// the record has none.
  public let timestamp: Int64?
  /// `nil` is null.
  public let key: Key?
  /// `nil` is null: on a compacted topic that deletes the key.
  public let value: Value?
  public let headers: [Header]
  /// Of the leader that took the record; `nil` where it is not told.
  public let leaderEpoch: Int32?
}

/// A partition of a topic.
public struct TopicPartition: Hashable, Sendable {
  public let topic: String
  public let partition: Int32

  public init(_ topic: String, _ partition: Int32) {
    self.topic = topic
    self.partition = partition
  }
}

extension TopicPartition: CustomStringConvertible {
  public var description: String { "\(topic)-\(partition)" }
}

extension TopicPartition: Comparable {
  public static func < (one: Self, other: Self) -> Bool {
    (one.topic, one.partition) < (other.topic, other.partition)
  }
}
