package import ActaModel

/// SaslHandshake, versions 0–1, never flexible. Which mechanism the client will authenticate
/// with.
///
/// - v0: raw tokens follow. v1: SaslAuthenticate requests follow.
package struct SaslHandshakeRequest: RequestMessage {
  package typealias Response = SaslHandshakeResponse
  package static let api = APIKey.saslHandshake

  package var mechanism = ""

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("Mechanism", &mechanism)
  }
}

package struct SaslHandshakeResponse: ResponseMessage {
  package static let api = APIKey.saslHandshake

  package var errorCode = ErrorCode.none
  package var mechanisms: [String] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ErrorCode", &errorCode)
    try c.field("Mechanisms", &mechanisms)
  }
}
