import ActaModel
import Coordination
import KafkaWire
import LogStorage

/// EndTxn, versions 0–5: commits or aborts (KafkaWire/PROTOCOL.md §15). Markers, positions and the
/// transaction's own row are one turn, and the answer leaves when it is synced: nobody has to wait for a
/// transaction that is "about to be committed".
///
/// Rights: WRITE of the transactional id.
///
/// - v2: PRODUCER_FENCED, which before is INVALID_PRODUCER_EPOCH. v5: each end raises the epoch, and says
///   who the producer is in its next transaction; a producer may abort what it has not begun.
struct EndTxnHandler: Handler {
  let broker: Broker

  func handle(
    _ request: EndTxnRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<EndTxnResponse>) -> Void
  ) {
    let finish: @Sendable (Checked<ProducerClaim>) -> Void = { result in
      respond(.response(EndTxnResponse(result, version: context.version)))
    }
    do throws(ProtocolError) {
      try context.session.require(.write, .transactionalID(request.transactionalID))
    } catch {
      return finish(.failure(error))
    }
    let producer = ProducerClaim(id: ProducerID(request.producerID), epoch: request.producerEpoch)
    broker.transactions.perform(
      { coordinator, turn, rows in
        try coordinator.end(
          request.transactionalID, committing: request.committed, by: producer,
          raisesEpoch: context.version >= 5, &turn, freshID: { try rows.allocateProducerID() })
      }, completion: finish)
  }
}

extension EndTxnResponse {
  fileprivate init(_ result: Checked<ProducerClaim>, version: Int16) {
    self.init()
    switch result {
    case .success(let producer):
      producerID = producer.id.value
      producerEpoch = producer.epoch
    case .failure(let error):
      errorCode = error.code.toCoordinatorsClient(version: version, fencedSince: 2)
    }
  }
}
