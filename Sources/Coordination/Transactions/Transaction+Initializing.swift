import ActaModel

// InitProducerId: a producer takes the id over, or goes on after an error (KIP-360).
extension Transaction {
  /// Whoever had the id before is fenced, and what it had begun is aborted.
  ///
  /// - Parameter claim: Who the producer has been so far, if it goes on. One that is not up to date is
  ///   fenced; one that repeats its call is told again what it was told.
  /// - Parameter freshID: A producer id that was never given before, for when the epochs of this one have run
  ///   out.
  mutating func initialize(
    timeoutMilliseconds: Int32, claim: ProducerClaim?, _ turn: inout TransactionTurn,
    freshID: () throws -> ProducerID
  ) throws {
    if let claim, !isOurs(claim) { throw TransactionRefusal(.producerFenced) }
    if row.state == .ongoing {
      fence(&turn)
      // The epoch has gone on without it. In Kafka its next call says so.
      if claim != nil { throw TransactionRefusal(.producerFenced) }
    }
    if isExhausted, claim.map({ $0.epoch == row.producer.epoch }) ?? true {
      let fresh = ProducerClaim(id: try freshID(), epoch: 0)
      let epoch = claim == nil ? nil : row.producer.epoch
      restart(as: fresh, lastEpoch: epoch, timeoutMilliseconds, &turn)
    } else {
      let (epoch, lastEpoch) = try raisedEpoch(for: claim)
      restart(
        as: ProducerClaim(id: row.producer.id, epoch: epoch), lastEpoch: lastEpoch,
        timeoutMilliseconds, &turn)
    }
  }

  /// Aborts the ongoing transaction so that its producer can do nothing more in it.
  mutating func fence(_ turn: inout TransactionTurn) {
    let raised = ProducerClaim(id: row.producer.id, epoch: raisedEpoch)
    finish(committing: false, markerEpoch: raised.epoch, next: raised, lastEpoch: nil, &turn)
  }

  /// Whether the claim may be of the producer that has the id, whatever its epoch.
  private func isOurs(_ claim: ProducerClaim) -> Bool {
    row.producer.epoch < 0 || claim.id == row.producer.id
      || (claim.id == row.previousProducerID && claim.epoch >= Self.lastEpoch)
  }

  private func raisedEpoch(
    for claim: ProducerClaim?
  ) throws(TransactionRefusal) -> (epoch: Int16, last: Int16?) {
    let epoch = row.producer.epoch
    guard let claim else { return (epoch + 1, nil) }
    if epoch < 0 { return (0, nil) }
    if claim.epoch == epoch { return (epoch + 1, epoch) }
    if claim.epoch == row.lastEpoch { return (epoch, row.lastEpoch) }
    throw TransactionRefusal(.producerFenced)
  }

  private mutating func restart(
    as producer: ProducerClaim, lastEpoch: Int16?, _ timeoutMilliseconds: Int32,
    _ turn: inout TransactionTurn
  ) {
    change(
      { row in
        if producer.id != row.producer.id { row.previousProducerID = row.producer.id }
        row.producer = producer
        row.lastEpoch = lastEpoch
        row.timeoutMilliseconds = timeoutMilliseconds
        row.state = .empty
      }, &turn)
  }
}
