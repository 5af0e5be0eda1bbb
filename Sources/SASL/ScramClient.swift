import Bytes

/// A client's side of SCRAM without channel binding (RFC 5802, RFC 7677). Passwords are taken as they are, without
/// SASLprep, as Kafka does.
struct ScramClient: Sendable {
  /// What RFC 7677 asks for at least, and what a hostile server may make this side compute at most: a third of a
  /// second.
  static let iterations = 4_096...262_144
  /// Of a server's message; Kafka's have about a hundred bytes.
  private static let maxMessageBytes = 4_096

  private enum Phase {
    case begun
    case proved(serverSignature: [UInt8])
    case done
  }

  private let hash: ScramHash
  private let password: String
  private let nonce: String
  /// `client-first-message-bare`
  private let firstBare: String
  private var phase = Phase.begun

  init(_ hash: ScramHash, _ credentials: SASLCredentials, nonce: String) {
    self.hash = hash
    password = credentials.password
    self.nonce = nonce
    firstBare = "n=\(Self.saslName(credentials.username)),r=\(nonce)"
  }

  var isDone: Bool { if case .done = phase { true } else { false } }

  /// No channel binding, no other identity.
  var firstMessage: String { Self.header + firstBare }

  private static let header = "n,,"

  /// - Returns: The final message after the server's first; `nil` after the server's last, which must prove that it
  ///   knows the password.
  mutating func answer(_ challenge: [UInt8]) throws(SASLError) -> String? {
    guard challenge.count <= Self.maxMessageBytes,
      let text = String(validating: ByteSlice(challenge))
    else { throw .malformed("its message is too long, or no UTF-8") }
    switch phase {
    case .begun: return try prove(text)
    case .proved(let signature):
      try verify(text, signature)
      phase = .done
      return nil
    case .done: throw .malformed("it goes on after the end")
    }
  }

  private mutating func prove(_ text: String) throws(SASLError) -> String {
    let first = try ServerFirst(text, clientNonce: nonce)
    let keys = ScramKeys(hash, password: password, salt: first.salt, iterations: first.iterations)
    let withoutProof = "c=\(Base64.text(Array(Self.header.utf8))),r=\(first.nonce)"
    let authMessage = "\(firstBare),\(text),\(withoutProof)"
    phase = .proved(serverSignature: keys.serverSignature(authMessage))
    return "\(withoutProof),p=\(Base64.text(keys.proof(authMessage)))"
  }

  private func verify(_ text: String, _ signature: [UInt8]) throws(SASLError) {
    let attributes = ScramAttributes(text)
    if let word = attributes["e"] { throw .refused(word) }
    guard let given = attributes["v"].flatMap({ Base64.decode($0.utf8) }) else {
      throw .malformed("its last message has no signature")
    }
    guard ScramHash.isSame(given, signature) else { throw .serverNotAuthentic }
  }

  /// Commas and equals signs would end a name.
  private static func saslName(_ name: String) -> String {
    // By scalars: a comma with an accent on it is still a comma to the server.
    name.unicodeScalars.reduce(into: "") { result, scalar in
      switch scalar {
      case ",": result += "=2C"
      case "=": result += "=3D"
      default: result.unicodeScalars.append(scalar)
      }
    }
  }
}

/// `server-first-message`: the nonce of both, salt and iterations.
private struct ServerFirst {
  let nonce: String
  let salt: [UInt8]
  let iterations: Int

  init(_ text: String, clientNonce: String) throws(SASLError) {
    let attributes = ScramAttributes(text)
    if let word = attributes["e"] { throw .refused(word) }
    guard attributes["m"] == nil else {
      throw .malformed("it wants an extension that is not known here")
    }
    guard let nonce = attributes["r"], nonce.utf8.starts(with: clientNonce.utf8),
      nonce.utf8.count > clientNonce.utf8.count
    else { throw .malformed("its nonce does not go on from this side's") }
    guard let salt = attributes["s"].flatMap({ Base64.decode($0.utf8) }), !salt.isEmpty else {
      throw .malformed("it gives no salt")
    }
    guard let iterations = attributes["i"].flatMap({ Int($0) }) else {
      throw .malformed("it gives no count of iterations")
    }
    let allowed = ScramClient.iterations
    guard allowed.contains(iterations) else {
      throw .malformed(
        "it wants \(iterations) iterations, and not \(allowed.lowerBound) to \(allowed.upperBound)")
    }
    self.nonce = nonce
    self.salt = salt
    self.iterations = iterations
  }
}

/// `a=value,b=value`; a value may have equals signs in it.
struct ScramAttributes {
  private var values: [String: String] = [:]

  init(_ text: String) {
    for part in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      let halves = part.split(
        separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      guard halves.count == 2 else { continue }
      let name = String(Substring(halves[0]))
      // Of two with one name the first holds.
      values[name] = values[name] ?? String(Substring(halves[1]))
    }
  }

  subscript(_ name: String) -> String? { values[name] }
}
