/// A transactional id as it is stored: whose it is, and how far its transaction has come.
///
/// Of Kafka's states those are missing that say "the outcome is decided and not everywhere yet"
/// (PrepareCommit, PrepareAbort, PrepareEpochFence): here a transaction ends in one turn, with its markers and
/// its positions.
package struct TransactionRow: Equatable, Sendable {
  /// The raw values are Kafka's names.
  package enum State: String, CaseIterable, Sendable {
    case empty = "Empty"
    case ongoing = "Ongoing"
    case completeCommit = "CompleteCommit"
    case completeAbort = "CompleteAbort"
  }

  package let transactionalID: String
  package var producer: ProducerClaim
  /// The id from before the epochs of that one ran out; `nil` if there was none.
  package var previousProducerID: ProducerID?
  /// The epoch before this one, if it was the producer's own call that raised it: who calls again with it
  /// has not heard the answer.
  package var lastEpoch: Int16?
  /// After which an ongoing transaction is aborted.
  package var timeoutMilliseconds: Int32
  package var state: State
  /// What an ongoing transaction has written to.
  package var partitions: Set<PartitionID>
  /// Groups of which it commits positions.
  package var groups: Set<ExactText>
  /// When the ongoing transaction began, epoch milliseconds.
  package var startedAt: Int64?
  /// When anything was last changed here, epoch milliseconds.
  package var updatedAt: Int64

  package init(
    transactionalID: String, producer: ProducerClaim, previousProducerID: ProducerID? = nil,
    lastEpoch: Int16? = nil, timeoutMilliseconds: Int32, state: State = .empty,
    partitions: Set<PartitionID> = [], groups: Set<ExactText> = [], startedAt: Int64? = nil,
    updatedAt: Int64
  ) {
    self.transactionalID = transactionalID
    self.producer = producer
    self.previousProducerID = previousProducerID
    self.lastEpoch = lastEpoch
    self.timeoutMilliseconds = timeoutMilliseconds
    self.state = state
    self.partitions = partitions
    self.groups = groups
    self.startedAt = startedAt
    self.updatedAt = updatedAt
  }
}
