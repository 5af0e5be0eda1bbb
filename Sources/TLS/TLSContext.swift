// TLS over memory: ciphertext in and out, plaintext in and out, whatever carries the bytes. A context has what
// many sessions share (whom to trust, who one is, what is spoken), a session is one peer. No sockets, no clock,
// no Kafka.

import COpenSSL

/// What the sessions of one side share. OpenSSL counts references to what is in here, so that a session may outlive
/// it.
///
/// `@unchecked Sendable`: nothing changes it once it is made, and OpenSSL lets any number of threads make sessions
/// of one context.
package final class TLSContext: @unchecked Sendable {
  let handle: OpaquePointer
  let isServer: Bool

  /// Reads what files there are.
  ///
  /// - Throws: `TLSSettingsError` with the file, or the setting, and what is wrong with it.
  package init(_ settings: TLSSettings) throws(TLSSettingsError) {
    if case .server = settings.role { isServer = true } else { isServer = false }
    guard let handle = SSL_CTX_new(isServer ? TLS_server_method() : TLS_client_method()) else {
      throw TLSSettingsError("OpenSSL cannot begin: \(OpenSSLErrors.take()).")
    }
    self.handle = handle
    acta_ssl_set_modes(handle)
    try setVersions(settings)
    if case .server(.none) = settings.role {} else { try trust(settings.trust) }
    if let identity = settings.identity { try identify(identity) }
    SSL_CTX_set_verify(handle, settings.role.verifyMode, noteObjection)
  }

  deinit { SSL_CTX_free(handle) }

  private func setVersions(_ settings: TLSSettings) throws(TLSSettingsError) {
    let suites = try CipherSuites(settings.cipherSuites)
    let versions = suites.narrowing(settings.versions)
    guard let oldest = versions.map(\.number).min(), let newest = versions.map(\.number).max()
    else {
      throw TLSSettingsError("No version of TLS is enabled that has one of the cipher suites.")
    }
    guard acta_ssl_set_versions(handle, oldest, newest) == 1, suites.apply(to: handle) else {
      throw TLSSettingsError(
        "OpenSSL does not take these versions and cipher suites: \(OpenSSLErrors.take()).")
    }
  }
}

extension TLSSettings.Role {
  fileprivate var verifyMode: Int32 {
    switch self {
    case .client, .server(.requested): SSL_VERIFY_PEER
    case .server(.required): SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
    case .server(.none): SSL_VERIFY_NONE
    }
  }
}

extension TLSSettings.Version {
  fileprivate var number: Int32 {
    switch self {
    case .tls12: TLS1_2_VERSION
    case .tls13: TLS1_3_VERSION
    }
  }
}
