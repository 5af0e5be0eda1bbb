import ActaModel
import KafkaWire

/// DescribeDelegationToken, versions 1–3: see CreateDelegationToken.
struct DescribeDelegationTokenHandler: Handler {
  func handle(
    _ request: DescribeDelegationTokenRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<DescribeDelegationTokenResponse>) -> Void
  ) {
    var response = DescribeDelegationTokenResponse()
    response.errorCode = .delegationTokenRequestNotAllowed
    respond(.response(response))
  }
}
