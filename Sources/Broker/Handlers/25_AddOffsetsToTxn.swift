import ActaModel
import Coordination
import KafkaWire

/// AddOffsetsToTxn, versions 0–4: takes a group into a transaction, which it begins if none is ongoing
/// (KafkaWire/PROTOCOL.md §15). Whether there is such a group is of no interest yet.
///
/// Rights: WRITE of the transactional id, READ of the group.
///
/// - v2: PRODUCER_FENCED, which before is INVALID_PRODUCER_EPOCH.
struct AddOffsetsToTxnHandler: Handler {
  let broker: Broker

  func handle(
    _ request: AddOffsetsToTxnRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<AddOffsetsToTxnResponse>) -> Void
  ) {
    let finish: @Sendable (ErrorCode) -> Void = { code in
      var response = AddOffsetsToTxnResponse()
      response.errorCode = code.toCoordinatorsClient(version: context.version, fencedSince: 2)
      respond(.response(response))
    }
    do throws(ProtocolError) {
      try context.session.require(.write, .transactionalID(request.transactionalID))
      try context.session.require(.read, .group(request.groupID))
      if request.groupID.utf8.contains(0) { throw ProtocolError(.invalidGroupID) }
    } catch {
      return finish(error.code)
    }
    let producer = ProducerClaim(id: ProducerID(request.producerID), epoch: request.producerEpoch)
    broker.transactions.perform { coordinator, turn, _ in
      try coordinator.add(
        group: request.groupID, to: request.transactionalID, by: producer, &turn)
    } completion: { result in
      switch result {
      case .success: finish(.none)
      case .failure(let error): finish(error.code)
      }
    }
  }
}
