import ClientCore
import TLS

/// How TLS is spoken: whom the client trusts, and who it is itself. Names of settings in brackets are Kafka's.
/// Files are read when the client is made.
public struct TLSConfiguration: Sendable {
  /// Whose certificates count.
  public struct Trust: Sendable {
    let trust: TLSSettings.Trust

    /// What the system trusts; the default.
    public static let system = Self(trust: .system)

    /// Certificates as PEM text (`ssl.truststore.certificates`).
    public static func pem(_ certificates: String) -> Self {
      Self(trust: .pem(.text(certificates)))
    }

    /// A file of PEM certificates (`ssl.truststore.location` with `ssl.truststore.type=PEM`).
    public static func pemFile(_ path: String) -> Self { Self(trust: .pem(.file(path))) }

    /// A PKCS12 store (`ssl.truststore.location`, `.password`, `.type=PKCS12`).
    public static func pkcs12(file: String, password: String) -> Self {
      Self(trust: .pkcs12(file: file, password: password))
    }
  }

  /// The client's own certificate and key, for brokers that want one.
  public struct Identity: Sendable {
    let identity: TLSSettings.Identity

    /// PEM text (`ssl.keystore.certificate.chain`, `ssl.keystore.key`, `ssl.key.password`); the chain begins with
    /// the client's own certificate, and an encrypted key is PKCS#8.
    public static func pem(certificateChain: String, key: String, keyPassword: String? = nil)
      -> Self
    {
      Self(
        identity: .pem(chain: .text(certificateChain), key: .text(key), keyPassword: keyPassword))
    }

    /// One file with key and chain (`ssl.keystore.location` with `ssl.keystore.type=PEM`).
    public static func pemFile(_ path: String, keyPassword: String? = nil) -> Self {
      Self(identity: .pem(chain: .file(path), key: .file(path), keyPassword: keyPassword))
    }

    /// A PKCS12 store (`ssl.keystore.location`, `.password`, `.type=PKCS12`).
    public static func pkcs12(file: String, password: String) -> Self {
      Self(identity: .pkcs12(file: file, password: password))
    }
  }

  /// A version of TLS, by Kafka's name.
  public enum Version: String, Sendable, CaseIterable {
    /// TLS 1.2
    case tls12 = "TLSv1.2"
    /// TLS 1.3
    case tls13 = "TLSv1.3"
  }

  /// `ssl.truststore.…`, what the system trusts.
  public var trust = Trust.system
  /// `ssl.keystore.…`, none; without one the client shows no certificate.
  public var identity: Identity?
  /// `ssl.endpoint.identification.algorithm`, https: whether a broker's certificate must be for the name or the address
  /// that the client connects to. Without it, whoever has any trusted certificate can stand in the middle.
  public var verifiesHostName = true
  /// `ssl.enabled.protocols`, TLS 1.2 and 1.3.
  public var enabledProtocols = Set(Version.allCases)
  /// `ssl.cipher.suites`, none: by IANA's names (`TLS_AES_256_GCM_SHA384`, `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`), those
  /// of both versions in one list; empty leaves it to OpenSSL.
  public var cipherSuites: [String] = []

  /// Whom the client trusts, and who it is; all else as by default.
  public init(trust: Trust = .system, identity: Identity? = nil) {
    self.trust = trust
    self.identity = identity
  }
}

extension TLSConfiguration {
  /// - Throws: `invalidArgument`, with the file or the setting and what is wrong with it.
  func context() throws(ClientFailure) -> TLSContext {
    var settings = TLSSettings(.client)
    settings.trust = trust.trust
    settings.identity = identity?.identity
    settings.versions = Set(
      enabledProtocols.compactMap { TLSSettings.Version(rawValue: $0.rawValue) })
    settings.cipherSuites = cipherSuites
    do throws(TLSSettingsError) {
      return try TLSContext(settings)
    } catch {
      throw ClientFailure(.invalidArgument, error.description)
    }
  }
}

// What is printed of them has neither passwords nor keys.

extension TLSConfiguration.Trust: CustomStringConvertible, CustomReflectable {
  /// Where the certificates are.
  public var description: String {
    switch trust {
    case .system: "system"
    case .pem(.text): "PEM"
    case .pem(.file(let path)), .pkcs12(let path, _): path
    }
  }

  public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}

extension TLSConfiguration.Identity: CustomStringConvertible, CustomReflectable {
  /// Where certificate and key are.
  public var description: String {
    switch identity {
    case .pem(.text, _, _): "PEM"
    case .pem(.file(let path), _, _), .pkcs12(let path, _): path
    }
  }

  public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
