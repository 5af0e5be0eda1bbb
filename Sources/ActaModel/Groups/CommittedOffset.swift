/// A position that a group asks to have kept.
package struct OffsetCommit: Equatable, Sendable {
  package let partition: PartitionID
  /// Whatever the client says, as with Kafka; it need not be an `Offset`.
  package let offset: Int64
  /// Absent when the client does not know it.
  package let leaderEpoch: LeaderEpoch
  package let metadata: String
  /// Epoch milliseconds of a commit with a retention time of its own (OffsetCommit v2–4).
  package let expiresAt: Int64?

  package init(
    partition: PartitionID, offset: Int64, leaderEpoch: LeaderEpoch = .absent,
    metadata: String = "",
    expiresAt: Int64? = nil
  ) {
    self.partition = partition
    self.offset = offset
    self.leaderEpoch = leaderEpoch
    self.metadata = metadata
    self.expiresAt = expiresAt
  }
}

/// A position as it is kept.
package struct CommittedOffset: Equatable, Sendable {
  package let partition: PartitionID
  /// As the client said it (`OffsetCommit.offset`).
  package let offset: Int64
  package let leaderEpoch: LeaderEpoch
  package let metadata: String
  /// Epoch milliseconds.
  package let committedAt: Int64

  package init(
    partition: PartitionID, offset: Int64, leaderEpoch: LeaderEpoch, metadata: String,
    committedAt: Int64
  ) {
    self.partition = partition
    self.offset = offset
    self.leaderEpoch = leaderEpoch
    self.metadata = metadata
    self.committedAt = committedAt
  }
}

/// Who changed a committed offset: what the audit trail keeps of them.
package struct Committer: Hashable, Sendable {
  /// Empty when it is no member.
  package var memberID: String
  package var instanceID: String?
  package var clientID: String
  package var clientHost: String
  package var attribution: Attribution
  /// The generation or member epoch it named; -1 for none.
  package var generation: Int32
  package var source: CommitSource
  /// Of a commit that is part of a transaction.
  package var transactionalID: String?
  package var producerID: ProducerID?

  package init(
    memberID: String = "", instanceID: String? = nil, clientID: String = "",
    clientHost: String = "", attribution: Attribution = Attribution(), generation: Int32 = -1,
    source: CommitSource, transactionalID: String? = nil, producerID: ProducerID? = nil
  ) {
    self.memberID = memberID
    self.instanceID = instanceID
    self.clientID = clientID
    self.clientHost = clientHost
    self.attribution = attribution
    self.generation = generation
    self.source = source
    self.transactionalID = transactionalID
    self.producerID = producerID
  }
}

/// Through what a committed offset changed; the raw values are what the audit trail says.
package enum CommitSource: String, Sendable {
  /// A member of the group.
  case consumer
  /// A client that names no member and no generation, for a group that never had members.
  case simpleConsumer = "simple consumer"
  case transaction
  /// A program that has the broker in it, in a transaction with rows of its own.
  case application = "application transaction"
  /// A client that names no member, for a group that has had members and has none now: how tools
  /// move a group's position.
  case adminReset = "admin reset"
  case adminDelete = "admin delete"
  case expiry
  case topicDeletion = "topic deletion"
}
