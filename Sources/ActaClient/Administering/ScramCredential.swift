/// How a password is proved (RFC 5802, RFC 7677).
public enum ScramMechanism: Int8, CaseIterable, Sendable {
  /// One that this client has never heard of.
  case unknown = 0
  /// SCRAM-SHA-256
  case sha256
  /// SCRAM-SHA-512
  case sha512

  /// Kafka's: `SCRAM-SHA-256`.
  public var name: String {
    switch self {
    case .unknown: "UNKNOWN"
    case .sha256: "SCRAM-SHA-256"
    case .sha512: "SCRAM-SHA-512"
    }
  }
}

/// What may be told of a user's credential.
public struct ScramCredentialInfo: Hashable, Sendable {
  /// Of which there may be one credential each.
  public let mechanism: ScramMechanism
  /// How often the password was hashed.
  public let iterations: Int32
}

/// What a user is to authenticate with. The password itself is never sent.
public struct ScramCredential: Hashable, Sendable {
  /// In place of the user's credential for it, if there is one.
  public var mechanism: ScramMechanism
  /// From 4,096 to 16,384.
  public var iterations: Int32
  /// Random bytes, others for each credential.
  public var salt: [UInt8]
  /// PBKDF2 of the password with the salt, as long as the hash: 32 or 64 bytes.
  public var saltedPassword: [UInt8]

  /// A credential of what was made of the password already.
  public init(
    _ mechanism: ScramMechanism, iterations: Int32 = 4_096, salt: [UInt8], saltedPassword: [UInt8]
  ) {
    self.mechanism = mechanism
    self.iterations = iterations
    self.salt = salt
    self.saltedPassword = saltedPassword
  }
}

/// What is to become of a user's credential for one mechanism.
public enum ScramCredentialAlteration: Hashable, Sendable {
  /// It is this, whether there was one or not.
  case set(ScramCredential)
  /// It is gone; where there is none that is an error.
  case delete(ScramMechanism)
}
