import ActaModel
import KafkaWire

/// ExpireDelegationToken, versions 1–2: see CreateDelegationToken.
struct ExpireDelegationTokenHandler: Handler {
  func handle(
    _ request: ExpireDelegationTokenRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<ExpireDelegationTokenResponse>) -> Void
  ) {
    var response = ExpireDelegationTokenResponse()
    response.errorCode = .delegationTokenRequestNotAllowed
    response.expiryTimestampMilliseconds = -1
    respond(.response(response))
  }
}
