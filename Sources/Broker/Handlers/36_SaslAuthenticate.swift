import ActaModel
import KafkaWire

/// SaslAuthenticate, versions 0–2: see SaslHandshake.
struct SaslAuthenticateHandler: Handler {
  func handle(
    _ request: SaslAuthenticateRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<SaslAuthenticateResponse>) -> Void
  ) {
    var response = SaslAuthenticateResponse()
    response.errorCode = .illegalSaslState
    response.errorMessage =
      "SaslAuthenticate request received after successful authentication"
    respond(.response(response))
  }
}
