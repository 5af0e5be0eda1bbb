import ActaModel
import KafkaConfig
import KafkaWire

/// FindCoordinator, versions 0–6: this node coordinates every group and every transactional id
/// (KafkaWire/PROTOCOL.md §9).
///
/// Rights: DESCRIBE of the group or the transactional id; CLUSTER_ACTION for share groups.
///
/// - v1: key types and an error message. v4: many keys at once, each with its own answer.
///   v6: share groups (type 2), which this broker does not offer.
struct FindCoordinatorHandler: Handler {
  let broker: Broker

  func handle(
    _ request: FindCoordinatorRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<FindCoordinatorResponse>) -> Void
  ) {
    guard context.version >= 4 else {
      return respond(.response(FindCoordinatorResponse(answer(request.key, request, context))))
    }
    let host = broker.endpoint(for: context.connection).host
    let bytes = AnswerSize.sum(request.coordinatorKeys) {
      AnswerSize.element + AnswerSize.text($0) + AnswerSize.text(host)
    }
    respond(
      .large(
        LargeAnswer(bytes: bytes) {
          var response = FindCoordinatorResponse()
          response.coordinators = request.coordinatorKeys.map { answer($0, request, context) }
          return response
        }))
  }

  private func answer(
    _ key: String, _ request: FindCoordinatorRequest, _ context: RequestContext
  ) -> FindCoordinatorResponse.Coordinator {
    var answer = FindCoordinatorResponse.Coordinator()
    answer.key = key
    answer.errorMessage = context.version >= 4 ? "" : "NONE"
    do throws(ProtocolError) {
      try check(key, type: request.keyType, context)
      let endpoint = broker.endpoint(for: context.connection)
      answer.nodeID = broker.config.nodeID
      answer.host = endpoint.host
      answer.port = Int32(endpoint.port)
    } catch {
      answer.nodeID = -1
      answer.port = -1
      answer.errorCode = error.code
      answer.errorMessage = error.message
    }
    return answer
  }

  private func check(
    _ key: String, type: Int8, _ context: RequestContext
  ) throws(ProtocolError) {
    let session = context.session
    switch type {
    case 0: return try session.require(.describe, .group(key))
    case 1: return try session.require(.describe, .transactionalID(key))
    case 2: try session.require(.clusterAction, .cluster)
    default: break
    }
    throw ProtocolError(.invalidRequest, ProtocolError.malformedRequest)
  }
}

extension FindCoordinatorResponse {
  /// In the versions that ask for one.
  fileprivate init(_ answer: Coordinator) {
    self.init()
    errorCode = answer.errorCode
    errorMessage = answer.errorMessage
    nodeID = answer.nodeID
    host = answer.host
    port = answer.port
  }
}
