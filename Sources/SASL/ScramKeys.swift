/// What a password is worth under a salt: the keys of section 3 of RFC 5802, for either side.
package struct ScramKeys: Sendable {
  private let hash: ScramHash
  private let clientKey: [UInt8]
  package let storedKey: [UInt8]
  package let serverKey: [UInt8]

  package init(_ hash: ScramHash, password: String, salt: [UInt8], iterations: Int) {
    self.hash = hash
    let salted = hash.saltedPassword(password, salt: salt, iterations: iterations)
    clientKey = hash.hmac(salted, Array("Client Key".utf8))
    storedKey = hash.hash(clientKey)
    serverKey = hash.hmac(salted, Array("Server Key".utf8))
  }

  /// `p=`
  package func proof(_ authMessage: String) -> [UInt8] {
    let signature = hash.hmac(storedKey, Array(authMessage.utf8))
    return zip(clientKey, signature).map { $0 ^ $1 }
  }

  /// `v=`
  package func serverSignature(_ authMessage: String) -> [UInt8] {
    hash.hmac(serverKey, Array(authMessage.utf8))
  }
}
