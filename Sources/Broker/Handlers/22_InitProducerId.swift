import ActaModel
import KafkaWire

/// InitProducerId, versions 0–5: a producer id that was never given before
/// (KafkaWire/PROTOCOL.md §15).
///
/// Idempotent producers only; a transactional id is refused, since no transaction API is offered.
struct InitProducerIdHandler: Handler {
  let broker: Broker

  func handle(
    _ request: InitProducerIdRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<InitProducerIdResponse>) -> Void
  ) {
    if let transactionalID = request.transactionalID {
      respond(.response(.refusal(transactionalID.isEmpty ? .invalidRequest : .unsupportedVersion)))
      return
    }
    broker.storage.allocateProducerID { result in
      switch result {
      case .success(let id):
        var response = InitProducerIdResponse()
        response.producerID = id
        response.producerEpoch = 0
        respond(.response(response))
      case .failure(let error):
        respond(.response(.refusal(ProtocolError(error, about: "producer id").code)))
      }
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
