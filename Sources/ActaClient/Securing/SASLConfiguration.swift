import SASL

/// A mechanism of SASL (`sasl.mechanism`), with a name and a password (`sasl.jaas.config`).
///
/// When a session's life is bounded (`connections.max.reauth.ms` of the broker), the client authenticates again before
/// its end on the open connection.
public struct SASLConfiguration: Sendable {
  let mechanism: SASLMechanism
  let credentials: SASLCredentials

  /// `PLAIN`: the broker is told the password.
  public static func plain(username: String, password: String) -> Self {
    Self(mechanism: .plain, credentials: SASLCredentials(username: username, password: password))
  }

  /// `SCRAM-SHA-256`: both sides prove that they know the password, and neither says it. A broker that wants fewer
  /// than 4,096 or more than 262,144 iterations is refused.
  public static func scramSHA256(username: String, password: String) -> Self {
    Self(
      mechanism: .scramSHA256, credentials: SASLCredentials(username: username, password: password))
  }

  /// `SCRAM-SHA-512`: the same with another hash.
  public static func scramSHA512(username: String, password: String) -> Self {
    Self(
      mechanism: .scramSHA512, credentials: SASLCredentials(username: username, password: password))
  }
}

extension SASLConfiguration: CustomStringConvertible, CustomReflectable {
  /// The mechanism and the name.
  public var description: String { "\(mechanism.rawValue), \(credentials)" }

  public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
