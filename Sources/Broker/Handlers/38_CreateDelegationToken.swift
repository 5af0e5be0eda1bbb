import ActaModel
import KafkaWire

/// CreateDelegationToken, versions 1–3: only who has authenticated may have a token, and here nobody
/// has.
///
/// - v3: tokens for others than the one who asks.
struct CreateDelegationTokenHandler: Handler {
  func handle(
    _ request: CreateDelegationTokenRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<CreateDelegationTokenResponse>) -> Void
  ) {
    let principal = context.session.principal
    var response = CreateDelegationTokenResponse()
    response.errorCode = .delegationTokenRequestNotAllowed
    response.principalType = principal.type
    response.principalName = principal.name
    if let name = request.ownerPrincipalName, !name.isEmpty {
      response.principalType = request.ownerPrincipalType ?? principal.type
      response.principalName = name
    }
    response.tokenRequesterPrincipalType = principal.type
    response.tokenRequesterPrincipalName = principal.name
    response.issueTimestampMilliseconds = -1
    response.expiryTimestampMilliseconds = -1
    response.maxTimestampMilliseconds = -1
    respond(.response(response))
  }
}
