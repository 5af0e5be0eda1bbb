/// What is to be produced: a value, with a key if the record has one.
public struct ProducerRecord<Key: Sendable, Value: Sendable>: Sendable {
  /// Where it goes.
  public var topic: String
  /// `nil` lets the partitioner choose.
  public var partition: Int32?
  /// `nil` is null.
  public var key: Key?
  /// `nil` is null: on a compacted topic that deletes the key.
  public var value: Value?
  /// In the order in which they are sent; names may come more than once.
  public var headers: [Header]
  /// Epoch milliseconds; `nil` is now.
  public var timestamp: Int64?

  /// A record; only topic and value must be said.
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
  /// Need not be unique in a record.
  public var name: String
  /// `nil` is null.
  public var value: [UInt8]?

  /// A header of bytes, or of null.
  public init(_ name: String, _ value: [UInt8]?) {
    self.name = name
    self.value = value
  }

  /// A header of text, as UTF-8.
  public init(_ name: String, _ value: String) { self.init(name, Array(value.utf8)) }
}

/// Where a record went.
public struct RecordMetadata: Hashable, Sendable {
  /// The topic's name.
  public let topic: String
  /// The partition's number.
  public let partition: Int32
  /// `nil` with `acks=0`, where nobody says.
  public let offset: Int64?
  /// Epoch milliseconds: as it was sent, or the broker's where the topic keeps that (LogAppendTime).
  public let timestamp: Int64

  package init(topic: String, partition: Int32, offset: Int64?, timestamp: Int64) {
    self.topic = topic
    self.partition = partition
    self.offset = offset
    self.timestamp = timestamp
  }
}
