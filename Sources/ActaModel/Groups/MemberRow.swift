/// A member of a group as the tables keep it.
package struct MemberRow: Equatable, Sendable {
  package var memberID: String
  /// `group.instance.id` of a static member.
  package var instanceID: String?
  package var clientID: String
  /// `/127.0.0.1`, as Kafka shows it.
  package var clientHost: String
  package var attribution: Attribution
  package var sessionTimeoutMilliseconds: Int32
  package var rebalanceTimeoutMilliseconds: Int32
  /// Members are kept in the order in which they joined: a group gives out ascending numbers.
  package var joinOrder: Int64
  /// What a member of a classic group has; in a consumer group, a member that still speaks the
  /// classic protocol.
  package var classic: ClassicPart?
  /// What a member of a consumer group has.
  package var consumer: ConsumerPart?
  /// The partitions that the member has now, by name, for people and for `consumer_lag`. Of a
  /// classic member it is what its assignment says, if that parses.
  package var partitions: [TopicPartition]

  package init(
    memberID: String, instanceID: String? = nil, clientID: String, clientHost: String,
    attribution: Attribution = Attribution(), sessionTimeoutMilliseconds: Int32,
    rebalanceTimeoutMilliseconds: Int32, joinOrder: Int64, classic: ClassicPart? = nil,
    consumer: ConsumerPart? = nil, partitions: [TopicPartition] = []
  ) {
    self.memberID = memberID
    self.instanceID = instanceID
    self.clientID = clientID
    self.clientHost = clientHost
    self.attribution = attribution
    self.sessionTimeoutMilliseconds = sessionTimeoutMilliseconds
    self.rebalanceTimeoutMilliseconds = rebalanceTimeoutMilliseconds
    self.joinOrder = joinOrder
    self.classic = classic
    self.consumer = consumer
    self.partitions = partitions
  }

  package struct ClassicPart: Equatable, Sendable {
    /// In the member's order of preference.
    package var protocols: [GroupProtocol]
    /// As the leader sent it; opaque. Empty when there is none.
    package var assignment: [UInt8]

    package init(protocols: [GroupProtocol], assignment: [UInt8] = []) {
      self.protocols = protocols
      self.assignment = assignment
    }
  }

  package struct ConsumerPart: Equatable, Sendable {
    package var epoch: Int32
    package var previousEpoch: Int32
    package var state: State
    package var rackID: String?
    package var subscribedTopics: [String]
    package var subscribedRegex: String?
    /// The server-side assignor that the member asked for.
    package var assignor: String?
    /// Partitions that are the member's, with the member epoch at which each became so.
    package var assigned: [TopicID: [Int32: Int32]]
    /// Partitions that the member was told to give up and has not confirmed.
    package var revoking: [TopicID: Set<Int32>]
    /// What the assignor wants the member to have.
    package var target: [TopicID: Set<Int32>]

    package init(
      epoch: Int32 = 0, previousEpoch: Int32 = -1, state: State = .stable, rackID: String? = nil,
      subscribedTopics: [String] = [], subscribedRegex: String? = nil, assignor: String? = nil,
      assigned: [TopicID: [Int32: Int32]] = [:], revoking: [TopicID: Set<Int32>] = [:],
      target: [TopicID: Set<Int32>] = [:]
    ) {
      self.epoch = epoch
      self.previousEpoch = previousEpoch
      self.state = state
      self.rackID = rackID
      self.subscribedTopics = subscribedTopics
      self.subscribedRegex = subscribedRegex
      self.assignor = assignor
      self.assigned = assigned
      self.revoking = revoking
      self.target = target
    }

    package enum State: String, Sendable {
      case stable = "Stable"
      case unrevokedPartitions = "UnrevokedPartitions"
      case unreleasedPartitions = "UnreleasedPartitions"
    }
  }
}

/// A way of sharing out partitions that a classic member knows, with what it tells the leader.
package struct GroupProtocol: Equatable, Sendable {
  package var name: String
  package var metadata: [UInt8]

  package init(name: String, metadata: [UInt8]) {
    self.name = name
    self.metadata = metadata
  }
}

/// A partition as people and clients name it.
package struct TopicPartition: Hashable, Comparable, Sendable {
  package let topic: String
  package let number: Int32

  package init(topic: String, number: Int32) {
    self.topic = topic
    self.number = number
  }

  package static func < (lhs: Self, rhs: Self) -> Bool {
    (lhs.topic, lhs.number) < (rhs.topic, rhs.number)
  }
}
