import ActaModel
import KafkaWire

/// FindCoordinator, versions 0–6: this node coordinates everything (KafkaWire/PROTOCOL.md §9).
///
/// - v1: key types and an error message. v4: many keys at once, each with its own answer.
///   v6: share groups (type 2), which this broker does not offer.
struct FindCoordinatorHandler: Handler {
  let broker: Broker

  func handle(
    _ request: FindCoordinatorRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<FindCoordinatorResponse>) -> Void
  ) {
    let endpoint = broker.endpoint(for: context.connection)
    let isKnownType = (0...1).contains(request.keyType)
    let message = isKnownType ? nil : "Unknown coordinator type \(request.keyType)."
    let code: ErrorCode = isKnownType ? .none : .invalidRequest
    var response = FindCoordinatorResponse()
    if context.version >= 4 {
      response.coordinators = request.coordinatorKeys.map { key in
        var answer = FindCoordinatorResponse.Coordinator()
        answer.key = key
        answer.nodeID = isKnownType ? broker.config.nodeID : -1
        answer.host = isKnownType ? endpoint.host : ""
        answer.port = isKnownType ? Int32(endpoint.port) : -1
        answer.errorCode = code
        answer.errorMessage = message
        return answer
      }
    } else {
      response.errorCode = code
      response.errorMessage = message
      response.nodeID = isKnownType ? broker.config.nodeID : -1
      response.host = isKnownType ? endpoint.host : ""
      response.port = isKnownType ? Int32(endpoint.port) : -1
    }
    respond(.response(response))
  }
}
