package import ActaModel
package import Bytes

/// SaslAuthenticate, versions 0–2. A token of the mechanism that SaslHandshake has chosen.
///
/// - v1: the response says how long the session lasts.
/// - v2: flexible.
package struct SaslAuthenticateRequest: RequestMessage {
  package typealias Response = SaslAuthenticateResponse
  package static let api = APIKey.saslAuthenticate

  package var authBytes = ByteSlice()

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("AuthBytes", &authBytes)
  }
}

package struct SaslAuthenticateResponse: ResponseMessage {
  package static let api = APIKey.saslAuthenticate

  package var errorCode = ErrorCode.none
  package var errorMessage: String?
  package var authBytes: [UInt8] = []
  package var sessionLifetimeMilliseconds: Int64 = 0

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ErrorCode", &errorCode)
    try c.field("ErrorMessage", &errorMessage, nullableSince: 0)
    try c.field("AuthBytes", &authBytes)
    try c.field("SessionLifetimeMs", &sessionLifetimeMilliseconds, since: 1)
  }
}
