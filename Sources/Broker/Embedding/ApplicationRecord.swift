package import BatchCodec

/// A record that a program appends which has the broker in it.
package struct ApplicationRecord: Sendable {
  package let topic: String
  /// `nil`: by the key, as Kafka's clients do it.
  package let partition: Int32?
  package let key: [UInt8]?
  package let value: [UInt8]?
  package let headers: [RecordHeader]
  /// Epoch milliseconds; `nil` is now.
  package let timestamp: Int64?

  package init(
    topic: String, partition: Int32?, key: [UInt8]?, value: [UInt8]?, headers: [RecordHeader],
    timestamp: Int64?
  ) {
    self.topic = topic
    self.partition = partition
    self.key = key
    self.value = value
    self.headers = headers
    self.timestamp = timestamp
  }

  var size: Int {
    headers.reduce((key?.count ?? 0) + (value?.count ?? 0)) {
      $0 + $1.nameBytes.count + ($1.value?.count ?? 0)
    }
  }
}

/// Where it went.
package struct AppendedRecord: Hashable, Sendable {
  package let partition: Int32
  package let offset: Int64
  /// Epoch milliseconds.
  package let timestamp: Int64
}

/// Positions of a group, and as whom they are committed.
package struct ApplicationCommit: Sendable {
  package struct Position: Sendable {
    package let topic: String
    package let partition: Int32
    package let offset: Int64
    /// -1 where it is not known.
    package let leaderEpoch: Int32
    package let metadata: String

    package init(
      topic: String, partition: Int32, offset: Int64, leaderEpoch: Int32, metadata: String
    ) {
      self.topic = topic
      self.partition = partition
      self.offset = offset
      self.leaderEpoch = leaderEpoch
      self.metadata = metadata
    }
  }

  package let group: String
  /// Empty for one who is no member.
  package let memberID: String
  /// Or, with the consumer protocol, the member's epoch; -1 for one who is no member.
  package let generation: Int32
  package let instanceID: String?
  package let positions: [Position]

  package init(
    group: String, memberID: String, generation: Int32, instanceID: String?, positions: [Position]
  ) {
    self.group = group
    self.memberID = memberID
    self.generation = generation
    self.instanceID = instanceID
    self.positions = positions
  }
}
