import ActaModel

// What the coordinator of transactions refuses, in the words of those who ask: some codes came with later
// versions, and of some Kafka's own coordinator is never heard directly (KafkaWire/PROTOCOL.md §15).
extension ErrorCode {
  /// For APIs of the coordinator.
  ///
  /// - Parameter first: The version that knows PRODUCER_FENCED.
  func toCoordinatorsClient(version: Int16, fencedSince first: Int16) -> ErrorCode {
    self == .producerFenced && version < first ? .invalidProducerEpoch : self
  }

  /// For APIs that write in a transaction and have Kafka's broker ask the coordinator for them.
  ///
  /// - Parameter first: The version that knows TRANSACTION_ABORTABLE.
  func toTransactionalWriter(version: Int16, abortableSince first: Int16) -> ErrorCode {
    switch self {
    case .producerFenced: .invalidProducerEpoch
    case .transactionAbortable where version < first: .invalidTxnState
    default: self
    }
  }
}
