import ClientCore
import SASL
import TLS

/// What a client's connections need of its security: ready to use, shared by all of them.
struct NetworkSecurity: Sendable {
  /// `nil` without TLS.
  let tls: TLSContext?
  let checksHost: Bool
  /// `nil` without SASL.
  let sasl: SASLConfiguration?

  static let plaintext = NetworkSecurity()

  private init() {
    tls = nil
    checksHost = false
    sasl = nil
  }

  /// - Throws: `invalidArgument` for files that cannot be used.
  init(_ security: ClientSecurity) throws(ClientFailure) {
    if let tls = security.tls { self.tls = try tls.context() } else { tls = nil }
    checksHost = security.tls?.verifiesHostName ?? false
    sasl = security.sasl
  }
}
