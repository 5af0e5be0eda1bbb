import ActaModel
import KafkaWire
import LogStorage

/// InitProducerId, versions 0–5: a producer id that was never given before
/// (KafkaWire/PROTOCOL.md §15).
///
/// Idempotent producers only; a transactional id is refused (`refusalOfTransactions`).
///
/// Rights: WRITE of the transactional id; without one IDEMPOTENT_WRITE of the cluster, or WRITE of
/// whatever topic.
struct InitProducerIdHandler: Handler {
  let broker: Broker

  func handle(
    _ request: InitProducerIdRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<InitProducerIdResponse>) -> Void
  ) {
    do throws(ProtocolError) {
      try Self.check(request, context.session)
    } catch {
      return respond(.response(.refusal(error.code)))
    }
    if let transactionalID = request.transactionalID {
      let isEmpty = transactionalID.isEmpty
      let code =
        isEmpty ? .invalidRequest : broker.refusalOfTransactions(transactionalID, context).code
      return respond(.response(.refusal(code)))
    }
    broker.storage.allocateProducerID { result in
      switch result {
      case .success(let id):
        var response = InitProducerIdResponse()
        response.producerID = id.value
        response.producerEpoch = 0
        respond(.response(response))
      case .failure(let error):
        respond(.response(.refusal(ProtocolError(error, about: "producer id").code)))
      }
    }
  }
}

extension InitProducerIdHandler {
  private static func check(
    _ request: InitProducerIdRequest, _ session: Session
  ) throws(ProtocolError) {
    if let id = request.transactionalID {
      return try session.require(.write, .transactionalID(id))
    }
    if !session.authorizeQuietly(.idempotentWrite, .cluster) {
      try session.require(.write, any: .topic)
    }
    // Both name the producer that goes on, or neither does.
    guard (request.producerID == -1) == (request.producerEpoch == -1) else {
      throw ProtocolError(.invalidRequest)
    }
  }
}

extension InitProducerIdResponse {
  fileprivate static func refusal(_ code: ErrorCode) -> InitProducerIdResponse {
    var response = InitProducerIdResponse()
    response.errorCode = code
    response.producerID = -1
    response.producerEpoch = -1
    return response
  }
}
