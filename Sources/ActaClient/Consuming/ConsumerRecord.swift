/// A record that was fetched.
public struct ConsumerRecord<Key: Sendable, Value: Sendable>: Sendable {
  /// Where it is from.
  public let topic: String
  /// The partition's number.
  public let partition: Int32
  /// Its place in the partition.
  public let offset: Int64
  /// Epoch milliseconds: the producer's, or the broker's where the topic keeps that (LogAppendTime); `nil` where
  /// the record has none.
  public let timestamp: Int64?
  /// Whose time that is; `nil` where the record has none.
  public let timestampType: TimestampType?
  /// `nil` is null.
  public let key: Key?
  /// `nil` is null: on a compacted topic that deletes the key.
  public let value: Value?
  /// In the order in which they were sent; names may come more than once.
  public let headers: [Header]
  /// Of the leader that took the record; `nil` where it is not told.
  public let leaderEpoch: Int32?
}

/// Whose time a record's timestamp is; the words are Kafka's.
public enum TimestampType: String, CaseIterable, Sendable {
  /// The producer's.
  case createTime = "CreateTime"
  /// The broker's, of when it has taken the record.
  case logAppendTime = "LogAppendTime"
}

/// A partition of a topic.
public struct TopicPartition: Hashable, Sendable {
  /// The topic's name.
  public let topic: String
  /// Its number, from 0.
  public let partition: Int32

  /// A partition, whether there is one or not.
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
