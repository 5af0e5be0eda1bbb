package import ActaModel

/// CreateDelegationToken, versions 1–3.
///
/// - v1: the baseline.
/// - v2: flexible.
/// - v3: tokens for others than the one who asks.
package struct CreateDelegationTokenRequest: RequestMessage {
  package typealias Response = CreateDelegationTokenResponse
  package static let api = APIKey.createDelegationToken

  package var ownerPrincipalType: String?
  package var ownerPrincipalName: String?
  package var renewers: [Renewer] = []
  package var maxLifetimeMilliseconds: Int64 = 0

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("OwnerPrincipalType", &ownerPrincipalType, since: 3, nullableSince: 3)
    try c.field("OwnerPrincipalName", &ownerPrincipalName, since: 3, nullableSince: 3)
    try c.field("Renewers", &renewers)
    try c.field("MaxLifetimeMs", &maxLifetimeMilliseconds)
  }

  package struct Renewer: WireStruct {
    package var principalType = ""
    package var principalName = ""

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("PrincipalType", &principalType)
      try c.field("PrincipalName", &principalName)
    }
  }
}

package struct CreateDelegationTokenResponse: ResponseMessage {
  package static let api = APIKey.createDelegationToken

  package var errorCode = ErrorCode.none
  package var principalType = ""
  package var principalName = ""
  package var tokenRequesterPrincipalType = ""
  package var tokenRequesterPrincipalName = ""
  package var issueTimestampMilliseconds: Int64 = 0
  package var expiryTimestampMilliseconds: Int64 = 0
  package var maxTimestampMilliseconds: Int64 = 0
  package var tokenID = ""
  package var hmac: [UInt8] = []
  package var throttleTimeMilliseconds: Int32 = 0

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ErrorCode", &errorCode)
    try c.field("PrincipalType", &principalType)
    try c.field("PrincipalName", &principalName)
    try c.field("TokenRequesterPrincipalType", &tokenRequesterPrincipalType, since: 3)
    try c.field("TokenRequesterPrincipalName", &tokenRequesterPrincipalName, since: 3)
    try c.field("IssueTimestampMs", &issueTimestampMilliseconds)
    try c.field("ExpiryTimestampMs", &expiryTimestampMilliseconds)
    try c.field("MaxTimestampMs", &maxTimestampMilliseconds)
    try c.field("TokenId", &tokenID)
    try c.field("Hmac", &hmac)
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
  }
}
