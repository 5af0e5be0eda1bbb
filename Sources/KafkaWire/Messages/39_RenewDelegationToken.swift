package import ActaModel
package import Bytes

/// RenewDelegationToken, versions 1–2.
///
/// - v1: the baseline.
/// - v2: flexible.
package struct RenewDelegationTokenRequest: RequestMessage {
  package typealias Response = RenewDelegationTokenResponse
  package static let api = APIKey.renewDelegationToken

  package var hmac = ByteSlice()
  package var renewPeriodMilliseconds: Int64 = 0

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("Hmac", &hmac)
    try c.field("RenewPeriodMs", &renewPeriodMilliseconds)
  }
}

package struct RenewDelegationTokenResponse: ResponseMessage {
  package static let api = APIKey.renewDelegationToken

  package var errorCode = ErrorCode.none
  package var expiryTimestampMilliseconds: Int64 = 0
  package var throttleTimeMilliseconds: Int32 = 0

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ErrorCode", &errorCode)
    try c.field("ExpiryTimestampMs", &expiryTimestampMilliseconds)
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
  }
}
