package import ActaModel
package import Bytes

/// ExpireDelegationToken, versions 1–2.
///
/// - v1: the baseline.
/// - v2: flexible.
package struct ExpireDelegationTokenRequest: RequestMessage {
  package typealias Response = ExpireDelegationTokenResponse
  package static let api = APIKey.expireDelegationToken

  package var hmac = ByteSlice()
  package var expiryTimePeriodMilliseconds: Int64 = 0

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("Hmac", &hmac)
    try c.field("ExpiryTimePeriodMs", &expiryTimePeriodMilliseconds)
  }
}

package struct ExpireDelegationTokenResponse: ResponseMessage {
  package static let api = APIKey.expireDelegationToken

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
