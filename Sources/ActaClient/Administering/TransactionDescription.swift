/// How far a transaction is; the words are Kafka's.
public enum TransactionState: String, CaseIterable, Sendable {
  case unknown = "Unknown"
  case empty = "Empty"
  case ongoing = "Ongoing"
  case prepareCommit = "PrepareCommit"
  case prepareAbort = "PrepareAbort"
  case completeCommit = "CompleteCommit"
  case completeAbort = "CompleteAbort"
  case prepareEpochFence = "PrepareEpochFence"
}

/// A transactional id that there is.
public struct TransactionListing: Hashable, Sendable {
  public let transactionalID: String
  public let producerID: Int64
  public let state: TransactionState
  /// The broker that coordinates it.
  public let coordinator: Int32
}

/// A transactional id and what its producer has begun.
public struct TransactionDescription: Hashable, Sendable {
  public let transactionalID: String
  public let state: TransactionState
  public let producerID: Int64
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
  public let producerID: Int64
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
  public var partition: TopicPartition
  public var producerID: Int64
  public var producerEpoch: Int16
  public var coordinatorEpoch: Int32

  public init(
    _ partition: TopicPartition, producerID: Int64, producerEpoch: Int16, coordinatorEpoch: Int32
  ) {
    self.partition = partition
    self.producerID = producerID
    self.producerEpoch = producerEpoch
    self.coordinatorEpoch = coordinatorEpoch
  }
}
