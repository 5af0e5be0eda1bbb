// How clients prove who they are (RFC 4422): mechanisms as values, token in, token out. No sockets, no Kafka, no
// randomness but what is given; the cryptography is libcrypto's.

/// A mechanism by its registered name.
package enum SASLMechanism: String, Sendable, CaseIterable {
  case plain = "PLAIN"
  case scramSHA256 = "SCRAM-SHA-256"
  case scramSHA512 = "SCRAM-SHA-512"
}

/// A name and its password. Printed, it shows neither the password nor that there is one.
package struct SASLCredentials: Hashable, Sendable {
  package let username: String
  package let password: String

  package init(username: String, password: String) {
    self.username = username
    self.password = password
  }
}

extension SASLCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable
{
  package var description: String { "user \(username)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: ["username": username]) }
}
