/// A client's side of one authentication.
package struct SASLClient: Sendable {
  private enum Phase {
    case plain
    case scram(ScramClient)
  }

  package let mechanism: SASLMechanism
  private let credentials: SASLCredentials
  private var phase: Phase

  /// - Parameter nonce: Printable characters without a comma that nobody can foresee, other ones each time.
  package init(_ mechanism: SASLMechanism, _ credentials: SASLCredentials, nonce: String) {
    self.mechanism = mechanism
    self.credentials = credentials
    switch mechanism {
    case .plain: phase = .plain
    case .scramSHA256: phase = .scram(ScramClient(.sha256, credentials, nonce: nonce))
    case .scramSHA512: phase = .scram(ScramClient(.sha512, credentials, nonce: nonce))
    }
  }

  /// The first token.
  package func begin() throws(SASLError) -> [UInt8] {
    switch phase {
    case .plain: try PlainToken.encode(credentials)
    case .scram(let client): Array(client.firstMessage.utf8)
    }
  }

  /// - Returns: The next token; `nil` when the server has said all that it has to prove.
  package mutating func answer(_ challenge: [UInt8]) throws(SASLError) -> [UInt8]? {
    // RFC 4616: nothing is said to a token of PLAIN.
    guard case .scram(var client) = phase else { return nil }
    defer { phase = .scram(client) }
    return try client.answer(challenge).map { Array($0.utf8) }
  }

  /// Whether the server has proved that it knows the password, where the mechanism wants that.
  package var isServerAuthentic: Bool {
    switch phase {
    case .plain: true
    case .scram(let client): client.isDone
    }
  }
}

/// RFC 4616: no other identity than the name, the name and the password, with NUL between.
enum PlainToken {
  static func encode(_ credentials: SASLCredentials) throws(SASLError) -> [UInt8] {
    guard !credentials.username.isEmpty, !credentials.password.isEmpty else {
      throw .unspeakable("PLAIN wants a name and a password")
    }
    guard !credentials.username.utf8.contains(0), !credentials.password.utf8.contains(0) else {
      throw .unspeakable("PLAIN cannot say a name or a password with a NUL in it")
    }
    return [0] + Array(credentials.username.utf8) + [0] + Array(credentials.password.utf8)
  }
}
