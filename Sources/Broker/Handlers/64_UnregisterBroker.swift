import ActaModel
import KafkaConfig
import KafkaWire

/// UnregisterBroker, version 0: there is one broker, and it runs. Kafka would take it off its list.
///
/// Rights: ALTER of the cluster.
struct UnregisterBrokerHandler: Handler {
  let broker: Broker

  func handle(
    _ request: UnregisterBrokerRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<UnregisterBrokerResponse>) -> Void
  ) {
    var response = UnregisterBrokerResponse()
    if !context.session.authorize(.alter, .cluster) {
      let refusal = context.session.refusal(of: .alter, .cluster)
      response.errorCode = refusal.code
      response.errorMessage = refusal.message
    } else if request.brokerID == broker.config.nodeID {
      response.errorCode = .invalidRequest
      response.errorMessage = "Broker ID \(request.brokerID) is running and answers you"
    } else {
      response.errorCode = .brokerIDNotRegistered
      response.errorMessage = "Broker ID \(request.brokerID) is not currently registered"
    }
    respond(.response(response))
  }
}
