/// What a side of TLS goes by.
package struct TLSSettings: Sendable {
  package enum Role: Sendable {
    case client
    case server(clientCertificates: CertificateDemand)
  }

  /// Whether a server asks its clients for certificates.
  package enum CertificateDemand: Sendable {
    case none, requested, required
  }

  package enum Version: String, Sendable, CaseIterable {
    case tls12 = "TLSv1.2"
    case tls13 = "TLSv1.3"
  }

  /// Where certificates or keys are.
  package enum Source: Sendable {
    /// PEM itself; blanks may stand for its line ends.
    case text(String)
    case file(String)
  }

  /// Whose certificates count.
  package enum Trust: Sendable {
    /// Those that the system trusts.
    case system
    case pem(Source)
    case pkcs12(file: String, password: String)
  }

  /// Who this side is.
  package enum Identity: Sendable {
    /// The chain begins with this side's own certificate.
    case pem(chain: Source, key: Source, keyPassword: String?)
    case pkcs12(file: String, password: String)
  }

  package var role: Role
  package var trust = Trust.system
  package var identity: Identity?
  package var versions = Set(Version.allCases)
  /// By the names of IANA, those of TLS 1.2 and 1.3 in one list; empty leaves it to OpenSSL.
  package var cipherSuites: [String] = []

  package init(_ role: Role) { self.role = role }
}
