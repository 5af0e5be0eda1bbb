import COpenSSL

/// The hash of a SCRAM mechanism, and what section 2.2 of RFC 5802 makes of it.
package enum ScramHash: Sendable {
  case sha256, sha512

  private var algorithm: OpaquePointer? {
    switch self {
    case .sha256: EVP_sha256()
    case .sha512: EVP_sha512()
    }
  }

  package var byteCount: Int {
    switch self {
    case .sha256: 32
    case .sha512: 64
    }
  }

  package func hash(_ bytes: [UInt8]) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: byteCount)
    let isDone = EVP_Digest(bytes, bytes.count, &result, nil, algorithm, nil)
    precondition(isDone == 1, "libcrypto has no such hash")
    return result
  }

  package func hmac(_ key: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: byteCount)
    let made = HMAC(algorithm, key, Int32(key.count), bytes, bytes.count, &result, nil)
    precondition(made != nil, "libcrypto has no such hash")
    return result
  }

  /// `Hi` of RFC 5802: PBKDF2. 4,096 iterations take two to five milliseconds.
  package func saltedPassword(_ password: String, salt: [UInt8], iterations: Int) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: byteCount)
    let isDone = password.withCString {
      PKCS5_PBKDF2_HMAC(
        $0, Int32(password.utf8.count), salt, Int32(salt.count), Int32(iterations), algorithm,
        Int32(byteCount), &result)
    }
    precondition(isDone == 1, "libcrypto has no such hash")
    return result
  }

  /// Takes as long whatever differs.
  package static func isSame(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
  }
}
