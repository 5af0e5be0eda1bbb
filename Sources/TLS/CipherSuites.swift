import COpenSSL

/// Suites by the names of IANA, as OpenSSL wants them: those of TLS 1.2 under names of its own, those of TLS 1.3
/// in a list of their own.
struct CipherSuites {
  private var tls12: [String] = []
  private var tls13: [String] = []

  /// - Throws: For a name that OpenSSL does not have.
  init(_ names: [String]) throws(TLSSettingsError) {
    for name in names {
      let known = OPENSSL_cipher_name(name).map { String(cString: $0) }
      guard let known, known != "(NONE)" else {
        throw TLSSettingsError("There is no cipher suite \(name) here.")
      }
      // Those of TLS 1.3 are called the same by both.
      if known == name { tls13.append(name) } else { tls12.append(known) }
    }
  }

  /// Versions of which there is a suite: with none OpenSSL would offer a version that it cannot keep.
  func narrowing(_ versions: Set<TLSSettings.Version>) -> Set<TLSSettings.Version> {
    if tls12.isEmpty, tls13.isEmpty { return versions }
    return versions.filter { $0 == .tls12 ? !tls12.isEmpty : !tls13.isEmpty }
  }

  /// - Returns: Whether OpenSSL takes them.
  func apply(to context: OpaquePointer) -> Bool {
    if !tls12.isEmpty, SSL_CTX_set_cipher_list(context, tls12.joined(separator: ":")) != 1 {
      return false
    }
    if !tls13.isEmpty, SSL_CTX_set_ciphersuites(context, tls13.joined(separator: ":")) != 1 {
      return false
    }
    return true
  }
}
