import ActaModel

// EndTxn, and what ends a transaction without it.
extension Transaction {
  /// - Parameter raisesEpoch: The producer is of the second generation (EndTxn v5): it is told a new epoch,
  ///   and may abort what it has not begun.
  /// - Returns: Who the producer is in its next transaction.
  mutating func end(
    committing isCommit: Bool, by producer: ProducerClaim, raisesEpoch: Bool,
    _ turn: inout TransactionTurn, freshID: () throws -> ProducerID
  ) throws -> ProducerClaim {
    let isRetry = raisesEpoch && isRetry(by: producer)
    if !isRetry { try check(producer) }
    switch row.state {
    case .ongoing:
      try finish(committing: isCommit, raisesEpoch: raisesEpoch, &turn, freshID: freshID)
    case .completeCommit where isCommit && (isRetry || !raisesEpoch),
      .completeAbort where !isCommit && (isRetry || !raisesEpoch):
      break
    case .empty where raisesEpoch && !isCommit,
      .completeCommit where raisesEpoch && !isCommit && !isRetry,
      .completeAbort where raisesEpoch && !isCommit && !isRetry:
      // Something was sent and never came, as far as the producer knows.
      try finish(committing: false, raisesEpoch: true, &turn, freshID: freshID)
    default:
      throw TransactionRefusal(.invalidTxnState)
    }
    return row.producer
  }

  /// Whether the producer has been told of the end that it asks for, and has not heard it. An epoch that
  /// was raised by fencing is nobody's.
  private func isRetry(by producer: ProducerClaim) -> Bool {
    guard row.state == .completeCommit || row.state == .completeAbort,
      row.lastEpoch == producer.epoch
    else { return false }
    if producer.id == row.producer.id { return row.producer.epoch - 1 == producer.epoch }
    return producer.id == row.previousProducerID && row.producer.epoch == 0
      && producer.epoch >= Self.lastEpoch
  }

  private mutating func finish(
    committing isCommit: Bool, raisesEpoch: Bool, _ turn: inout TransactionTurn,
    freshID: () throws -> ProducerID
  ) throws {
    let producer = row.producer
    guard raisesEpoch else {
      return finish(
        committing: isCommit, markerEpoch: producer.epoch, next: producer,
        lastEpoch: row.lastEpoch, &turn)
    }
    let raised = ProducerClaim(id: producer.id, epoch: raisedEpoch)
    let next = isExhausted ? ProducerClaim(id: try freshID(), epoch: 0) : raised
    finish(
      committing: isCommit, markerEpoch: raised.epoch, next: next, lastEpoch: producer.epoch, &turn)
  }
}
