import ActaModel
import KafkaConfig
import KafkaWire
import LogStorage

/// DescribeCluster, versions 0–2: the one broker. v1: the endpoint type must be brokers (1).
/// Rights: none; who may not DESCRIBE the cluster is told that it may do nothing.
struct DescribeClusterHandler: Handler {
  let broker: Broker

  func handle(
    _ request: DescribeClusterRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<DescribeClusterResponse>) -> Void
  ) {
    var response = DescribeClusterResponse()
    if context.version >= 1, let refusal = Self.objection(toEndpointType: request.endpointType) {
      response.errorCode = refusal.code
      response.errorMessage = refusal.message
      return respond(.response(response))
    }
    let endpoint = broker.endpoint(for: context.connection)
    var node = DescribeClusterResponse.Broker()
    node.brokerID = broker.config.nodeID
    node.host = endpoint.host
    node.port = Int32(endpoint.port)
    response.brokers = [node]
    response.clusterID = broker.storage.identity.clusterID
    response.controllerID = broker.config.nodeID
    if request.includeClusterAuthorizedOperations {
      let session = context.session
      response.clusterAuthorizedOperations =
        session.authorize(.describe, .cluster) ? session.authorizedOperations(on: .cluster) : 0
    }
    respond(.response(response))
  }

  private static func objection(toEndpointType type: Int8) -> ProtocolError? {
    switch type {
    case 1: nil
    case 2:
      ProtocolError(
        .mismatchedEndpointType,
        "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type"
          + " CONTROLLER")
    default: ProtocolError(.unsupportedEndpointType, "Unsupported endpoint type \(type)")
    }
  }
}
