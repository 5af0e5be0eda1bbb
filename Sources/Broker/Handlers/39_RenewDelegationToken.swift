import ActaModel
import KafkaWire

/// RenewDelegationToken, versions 1–2: see CreateDelegationToken.
struct RenewDelegationTokenHandler: Handler {
  func handle(
    _ request: RenewDelegationTokenRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<RenewDelegationTokenResponse>) -> Void
  ) {
    var response = RenewDelegationTokenResponse()
    response.errorCode = .delegationTokenRequestNotAllowed
    response.expiryTimestampMilliseconds = -1
    respond(.response(response))
  }
}
