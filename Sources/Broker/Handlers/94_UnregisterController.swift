import ActaModel
import KafkaConfig
import KafkaWire

/// UnregisterController, version 0: there is one controller, and it is active.
///
/// Rights: ALTER of the cluster.
struct UnregisterControllerHandler: Handler {
  let broker: Broker

  func handle(
    _ request: UnregisterControllerRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<UnregisterControllerResponse>) -> Void
  ) {
    var response = UnregisterControllerResponse()
    if !context.session.authorize(.alter, .cluster) {
      let refusal = context.session.refusal(of: .alter, .cluster)
      response.errorCode = refusal.code
      response.errorMessage = refusal.message
    } else if request.controllerID == broker.config.nodeID {
      response.errorCode = .invalidRequest
      response.errorMessage = "Controller cannot unregister itself while it is active."
    } else {
      response.errorCode = .controllerIDNotRegistered
      response.errorMessage =
        "Controller ID \(request.controllerID) is not currently registered."
    }
    respond(.response(response))
  }
}
