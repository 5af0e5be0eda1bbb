import Bytes
package import SASL

/// A server's side of SCRAM, which may lie.
package struct ScriptedScramServer: Sendable {
  package enum Lie: Sendable {
    case wrongSignature
    /// Its nonce is not longer than the client's.
    case shortNonce
    case otherNonce
    case iterations(String)
    case noSalt
    case mandatoryExtension
    case refusal(String)
    case noSignature
  }

  private let hash: ScramHash
  private let password: String
  private let salt: [UInt8]
  private let serverNonce: String
  private let iterations: Int
  private let lie: Lie?
  private var first = ""
  private var clientFirstBare = ""

  package init(
    _ hash: ScramHash, password: String, salt: [UInt8] = Array("some salt here".utf8),
    nonce: String = "3rfcNHYJY1ZVvWVs7j", iterations: Int = 4_096, lie: Lie? = nil
  ) {
    self.hash = hash
    self.password = password
    self.salt = salt
    serverNonce = nonce
    self.iterations = iterations
    self.lie = lie
  }

  /// The answer to `client-first-message`.
  package mutating func begin(_ message: [UInt8]) -> [UInt8] {
    let text = String(decoding: message, as: UTF8.self)
    precondition(text.hasPrefix("n,,"), "no channel binding was expected")
    clientFirstBare = String(text.dropFirst(3))
    let clientNonce = clientFirstBare.split(separator: ",").first { $0.hasPrefix("r=") } ?? "r="
    first = "\(clientNonce)\(serverNonce),s=\(Base64.text(salt)),i=\(iterations)"
    switch lie {
    case .shortNonce: first = "\(clientNonce),s=\(Base64.text(salt)),i=\(iterations)"
    case .otherNonce: first = "r=other\(serverNonce),s=\(Base64.text(salt)),i=\(iterations)"
    case .iterations(let text):
      first = "\(clientNonce)\(serverNonce),s=\(Base64.text(salt)),i=\(text)"
    case .noSalt: first = "\(clientNonce)\(serverNonce),i=\(iterations)"
    case .mandatoryExtension: first = "m=new,\(first)"
    case .wrongSignature, .refusal, .noSignature, nil: break
    }
    return Array(first.utf8)
  }

  /// The answer to `client-final-message`; `nil` for a proof that is none.
  package func end(_ message: [UInt8]) -> [UInt8]? {
    let text = String(decoding: message, as: UTF8.self)
    guard let cut = text.range(ofLast: ",p="),
      let given = Base64.decode(text[cut.upperBound...].utf8)
    else { return nil }
    let authMessage = "\(clientFirstBare),\(first),\(text[..<cut.lowerBound])"
    let keys = ScramKeys(hash, password: password, salt: salt, iterations: iterations)
    guard given == keys.proof(authMessage) else { return nil }
    var signature = keys.serverSignature(authMessage)
    switch lie {
    case .wrongSignature: signature[0] ^= 1
    case .refusal(let word): return Array("e=\(word)".utf8)
    case .noSignature: return []
    default: break
    }
    return Array("v=\(Base64.text(signature))".utf8)
  }
}

extension String {
  fileprivate func range(ofLast mark: String) -> Range<Index>? {
    var index = endIndex
    while index > startIndex {
      index = self.index(before: index)
      if self[index...].hasPrefix(mark) {
        return index..<self.index(index, offsetBy: mark.count)
      }
    }
    return nil
  }
}
