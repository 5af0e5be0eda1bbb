/// What is to be produced: a value, with a key if the record has one.
public struct ProducerRecord<Key: Sendable, Value: Sendable>: Sendable {
  public var topic: String
  /// `nil` lets the partitioner choose.
  public var partition: Int32?
  /// `nil` is null.
  public var key: Key?
  /// `nil` is null: on a compacted topic that deletes the key.
  public var value: Value?
  public var headers: [Header]
  /// Epoch milliseconds; `nil` is now.
  public var timestamp: Int64?

  public init(
    topic: String, partition: Int32? = nil, key: Key? = nil, value: Value?, headers: [Header] = [],
    timestamp: Int64? = nil
  ) {
    self.topic = topic
    self.partition = partition
    self.key = key
    self.value = value
    self.headers = headers
    self.timestamp = timestamp
  }
}

/// A header of a record.
public struct Header: Hashable, Sendable {
  public var name: String
  /// `nil` is null.
  public var value: [UInt8]?

  public init(_ name: String, _ value: [UInt8]?) {
    self.name = name
    self.value = value
  }

  public init(_ name: String, _ value: String) { self.init(name, Array(value.utf8)) }
}

/// Where a record went.
public struct RecordMetadata: Hashable, Sendable {
  public let topic: String
  public let partition: Int32
  /// `nil` with `acks=0`, where nobody says.
  public let offset: Int64?
  /// Epoch milliseconds: as it was sent, or the broker's where the topic keeps that (LogAppendTime).
  public let timestamp: Int64
}
