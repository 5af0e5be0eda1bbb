import ActaModel
import KafkaWire

/// SaslHandshake, versions 0–1: a client that need not authenticate must not try to. Clients take the
/// API for the sign of a release that is not very old.
struct SaslHandshakeHandler: Handler {
  func handle(
    _ request: SaslHandshakeRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<SaslHandshakeResponse>) -> Void
  ) {
    var response = SaslHandshakeResponse()
    response.errorCode = .illegalSaslState
    respond(.response(response))
  }
}
