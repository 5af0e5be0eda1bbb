/// How far a transaction is; the words are Kafka's.
public enum TransactionState: String, CaseIterable, Sendable {
  /// A state that this client has never heard of.
  case unknown = "Unknown"
  /// Nothing has been begun.
  case empty = "Empty"
  /// One is open.
  case ongoing = "Ongoing"
  /// It is committed; not all partitions have been told.
  case prepareCommit = "PrepareCommit"
  /// It is aborted; not all partitions have been told.
  case prepareAbort = "PrepareAbort"
  /// The last one was committed.
  case completeCommit = "CompleteCommit"
  /// The last one was aborted.
  case completeAbort = "CompleteAbort"
  /// Its producer is being replaced by a newer one.
  case prepareEpochFence = "PrepareEpochFence"
}

/// A transactional id that there is.
public struct TransactionListing: Hashable, Sendable {
  /// `transactional.id`
  public let transactionalID: String
  /// The producer's, which the coordinator has given it.
  public let producerID: Int64
  /// How far its transaction is.
  public let state: TransactionState
  /// The broker that coordinates it.
  public let coordinator: Int32
}

/// A transactional id and what its producer has begun.
public struct TransactionDescription: Hashable, Sendable {
  /// `transactional.id`
  public let transactionalID: String
  /// How far its transaction is.
  public let state: TransactionState
  /// The producer's, which the coordinator has given it.
  public let producerID: Int64
  /// Grows with each producer of the transactional id, and from Kafka 4.0 on with each transaction.
  public let producerEpoch: Int16
  /// After so many milliseconds the coordinator aborts.
  public let timeoutMilliseconds: Int32
  /// Epoch milliseconds; `nil` while none is open.
  public let startTime: Int64?
  /// What takes part by now.
  public let partitions: Set<TopicPartition>
  /// The broker that coordinates it.
  public let coordinator: Int32
}

/// A producer as a partition remembers it.
public struct ProducerState: Hashable, Sendable {
  /// As it stands in its batches.
  public let producerID: Int64
  /// Of its last batch; older ones are fenced.
  public let producerEpoch: Int32
  /// `nil` where it is not known.
  public let lastSequence: Int32?
  /// Epoch milliseconds.
  public let lastTimestamp: Int64
  /// Of the last marker; `nil` without one.
  public let coordinatorEpoch: Int32?
  /// Where its open transaction begins in the partition; `nil` without one.
  public let currentTransactionStartOffset: Int64?
}

/// A transaction that is to be aborted in one partition, whatever its coordinator knows of it.
public struct AbortTransactionSpec: Hashable, Sendable {
  /// Where.
  public var partition: TopicPartition
  /// Whose: `ProducerState.producerID`.
  public var producerID: Int64
  /// `ProducerState.producerEpoch`.
  public var producerEpoch: Int16
  /// `ProducerState.coordinatorEpoch`, or 0 without one.
  public var coordinatorEpoch: Int32

  /// What `Admin.describeProducers` has told of the producer.
  public init(
    _ partition: TopicPartition, producerID: Int64, producerEpoch: Int16, coordinatorEpoch: Int32
  ) {
    self.partition = partition
    self.producerID = producerID
    self.producerEpoch = producerEpoch
    self.coordinatorEpoch = coordinatorEpoch
  }
}
