/// Why authentication came to nothing on this side. Sentences go on after a broker's address, and never have a
/// password, a proof or a salt in them.
package enum SASLError: Error, Hashable, Sendable {
  /// Credentials that cannot be said in the mechanism.
  case unspeakable(String)
  /// What came is not what the mechanism has at this place.
  case malformed(String)
  /// The server does not know the password either, so it is not who it says.
  case serverNotAuthentic
  /// The server's own word for its refusal.
  case refused(String)
}

extension SASLError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unspeakable(let sentence): sentence
    case .malformed(let sentence): "it does not keep to SCRAM: \(sentence)"
    case .serverNotAuthentic:
      "it could not prove that it knows the password: it is not the broker that it should be"
    case .refused(let word): "it refuses the credentials: \(word)"
    }
  }
}
