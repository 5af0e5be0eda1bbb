package import ActaModel

/// DescribeDelegationToken, versions 1–3.
///
/// - v1: the baseline.
/// - v2: flexible.
/// - v3: who asked for each token.
package struct DescribeDelegationTokenRequest: RequestMessage {
  package typealias Response = DescribeDelegationTokenResponse
  package static let api = APIKey.describeDelegationToken

  package var owners: [Owner]? = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("Owners", &owners, nullableSince: 0)
  }

  package struct Owner: WireStruct {
    package var principalType = ""
    package var principalName = ""

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("PrincipalType", &principalType)
      try c.field("PrincipalName", &principalName)
    }
  }
}

package struct DescribeDelegationTokenResponse: ResponseMessage {
  package static let api = APIKey.describeDelegationToken

  package var errorCode = ErrorCode.none
  package var tokens: [Token] = []
  package var throttleTimeMilliseconds: Int32 = 0

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ErrorCode", &errorCode)
    try c.field("Tokens", &tokens)
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
  }

  package struct Token: WireStruct {
    package var principalType = ""
    package var principalName = ""
    package var tokenRequesterPrincipalType = ""
    package var tokenRequesterPrincipalName = ""
    package var issueTimestamp: Int64 = 0
    package var expiryTimestamp: Int64 = 0
    package var maxTimestamp: Int64 = 0
    package var tokenID = ""
    package var hmac: [UInt8] = []
    package var renewers: [Renewer] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("PrincipalType", &principalType)
      try c.field("PrincipalName", &principalName)
      try c.field("TokenRequesterPrincipalType", &tokenRequesterPrincipalType, since: 3)
      try c.field("TokenRequesterPrincipalName", &tokenRequesterPrincipalName, since: 3)
      try c.field("IssueTimestamp", &issueTimestamp)
      try c.field("ExpiryTimestamp", &expiryTimestamp)
      try c.field("MaxTimestamp", &maxTimestamp)
      try c.field("TokenId", &tokenID)
      try c.field("Hmac", &hmac)
      try c.field("Renewers", &renewers)
    }
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
