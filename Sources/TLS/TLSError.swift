/// Why there is no session with a peer, or no longer one. Sentences go on after a peer's address.
package enum TLSError: Error, Hashable, Sendable {
  /// The peer's certificate does not prove who it is; which one, and why.
  case certificate(String)
  /// The peer ended the session with an alert of section 6 of RFC 8446.
  case alert(number: UInt8, name: String)
  /// What came is not TLS.
  case notTLS
  /// Anything else that OpenSSL objects to, in its words.
  case failed(String)
  /// The connection ended before the handshake.
  case endedInHandshake
  case timedOut(milliseconds: Int64)
}

extension TLSError {
  /// Whether to try the same again is of no use: one side does not accept the other.
  package var isRefusal: Bool {
    switch self {
    case .certificate, .notTLS, .failed: true
    // All but close_notify, unexpected or damaged records, internal errors and a user's change of mind.
    case .alert(let number, _): ![0, 10, 20, 22, 80, 90].contains(number)
    case .endedInHandshake, .timedOut: false
    }
  }
}

extension TLSError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .certificate(let sentence): sentence
    case .alert(116, _), .alert(42, _):
      "the handshake was refused: it wants a certificate of this side, and has got none that it takes"
    case .alert(40, let name):
      "the handshake was refused: \(name) (alert 40): it takes no version or cipher suite of this side, or misses a certificate"
    case .alert(let number, let name): "the handshake was refused: \(name) (alert \(number))"
    case .notTLS: "it does not speak TLS"
    case .failed(let words): "TLS failed: \(words)"
    case .endedInHandshake: "it closed the connection during the TLS handshake"
    case .timedOut(let milliseconds): "no TLS handshake within \(milliseconds) ms"
    }
  }
}

/// Settings of which no context can be made; the sentence never has a password or a key in it.
package struct TLSSettingsError: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}
