import ActaModel
import Coordination
import LogStorage

/// What is stored of producers is a snapshot; the batches behind it say the rest, and are gone through when
/// somebody asks.
extension EngineTurn {
  /// Takes in what the batches behind the snapshot tell, once after a start.
  func replayProducers(of partition: PartitionState) throws(StoreError) {
    if partition.log.hasReplayed { return }
    let expiration = writer.options.producerExpiration()
    let id = partition.id
    // All of them or none: an error must not leave producers that are half known.
    var log = partition.log
    log.forgetProducers()
    let count = try rows.evidence(in: id, from: log.row.producersThrough) {
      (found) throws(StoreError) in
      guard let evidence = evidence(found, in: id) else { return }
      guard try learn(of: evidence.producer.id, in: &log) else { return }
      log.replay(evidence, expirationMilliseconds: expiration)
    }
    log.endReplay(ofBatches: count)
    partition.log = log
  }

  /// False where its row is damaged: then its own requests are refused, and nobody else's.
  private func learn(
    of producer: ProducerID, in log: inout PartitionLog
  ) throws(StoreError) -> Bool {
    if log.knows(producer: producer) { return true }
    do throws(StoreError) {
      log.learn(try rows.producer(producer, in: log.id), of: producer)
      return true
    } catch {
      guard case .damaged = error else { throw error }
      return false
    }
  }

  /// A batch's row that another has made unreadable keeps nobody from writing.
  private func evidence(
    _ found: Result<ProducerEvidence, StoreError>, in partition: PartitionID
  ) -> ProducerEvidence? {
    switch found {
    case .success(let evidence): return evidence
    case .failure(let error):
      writer.tell(
        error,
        "a batch of \(writer.topics.named(partition)) tells nothing of its producer, which may send it again: \(error)"
      )
      return nil
    }
  }

  /// Writes the snapshot anew. The partition's row, which says up to where it is true, is written at the turn's
  /// end.
  func saveProducers(of partition: PartitionState) throws(StoreError) {
    try replayProducers(of: partition)
    for (id, row) in partition.log.takeProducers() {
      try rows.write(row, of: id, in: partition.id)
    }
    changes.markDirty(partition)
  }

  /// Before batches up to `offset` go that the snapshot does not know of.
  func saveProducers(of partition: PartitionState, through offset: Offset) throws(StoreError) {
    if offset >= partition.log.row.producersThrough { try saveProducers(of: partition) }
  }
}
