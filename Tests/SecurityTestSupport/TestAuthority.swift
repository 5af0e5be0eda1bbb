import COpenSSL

/// Issues certificates for tests, valid from now on a little while.
///
/// `@unchecked Sendable`: its key and its certificate do not change.
package final class TestAuthority: @unchecked Sendable {
  private let key: OpaquePointer
  private let own: OpaquePointer
  private let name: String

  package init(_ name: String) {
    self.name = name
    key = Self.makeKey()
    own = Self.certificate(
      name, issuer: name, ["basicConstraints": "critical,CA:TRUE", "keyUsage": "keyCertSign"], key,
      signedWith: key, days: -1...2)
  }

  deinit {
    X509_free(own)
    EVP_PKEY_free(key)
  }

  /// As PEM.
  package var certificate: String { PEM.text { PEM_write_bio_X509($0, own) } }

  /// - Parameters:
  ///   - names: `DNS:localhost,IP:127.0.0.1`; `nil` is none.
  ///   - days: When it is valid, counted from today.
  package func issue(
    _ subject: String, names: String? = "DNS:localhost,IP:127.0.0.1",
    days: ClosedRange<Int> = -1...2
  ) -> TestIdentity {
    let subjectKey = Self.makeKey()
    let certificate = Self.certificate(
      subject, issuer: name, names.map { ["subjectAltName": $0] } ?? [:], subjectKey,
      signedWith: key, days: days)
    return TestIdentity(key: subjectKey, certificate: certificate, authority: own)
  }

  private static func makeKey() -> OpaquePointer {
    let context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil)
    defer { EVP_PKEY_CTX_free(context) }
    var key: OpaquePointer?
    EVP_PKEY_keygen_init(context)
    EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1)
    EVP_PKEY_keygen(context, &key)
    guard let key else { preconditionFailure("no key") }
    return key
  }

  private static func certificate(
    _ subject: String, issuer: String, _ extensions: [String: String], _ key: OpaquePointer,
    signedWith signer: OpaquePointer, days: ClosedRange<Int>
  ) -> OpaquePointer {
    guard let certificate = X509_new() else { preconditionFailure("no certificate") }
    X509_set_version(certificate, 2)
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), Int.random(in: 1...(1 << 40)))
    X509_gmtime_adj(X509_getm_notBefore(certificate), days.lowerBound * 86_400)
    X509_gmtime_adj(X509_getm_notAfter(certificate), days.upperBound * 86_400)
    X509_set_pubkey(certificate, key)
    setName(X509_get_subject_name(certificate), subject)
    setName(X509_get_issuer_name(certificate), issuer)
    for (name, value) in extensions.sorted(by: { $0.key < $1.key }) {
      let made = X509V3_EXT_conf(nil, nil, name, value)
      X509_add_ext(certificate, made, -1)
      X509_EXTENSION_free(made)
    }
    X509_sign(certificate, signer, EVP_sha256())
    return certificate
  }

  private static func setName(_ name: OpaquePointer?, _ text: String) {
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1, -1, 0)
  }
}

/// A certificate with its key.
///
/// `@unchecked Sendable`: neither changes.
package final class TestIdentity: @unchecked Sendable {
  private let privateKey: OpaquePointer
  private let own: OpaquePointer
  private let authority: OpaquePointer

  init(key: OpaquePointer, certificate: OpaquePointer, authority: OpaquePointer) {
    privateKey = key
    own = certificate
    X509_up_ref(authority)
    self.authority = authority
  }

  deinit {
    X509_free(own)
    X509_free(authority)
    EVP_PKEY_free(privateKey)
  }

  /// As PEM.
  package var certificate: String { PEM.text { PEM_write_bio_X509($0, own) } }

  /// PKCS#8 as PEM.
  package var key: String {
    PEM.text { PEM_write_bio_PKCS8PrivateKey($0, privateKey, nil, nil, 0, nil, nil) }
  }

  package func key(encryptedWith password: String) -> String {
    PEM.text {
      PEM_write_bio_PKCS8PrivateKey(
        $0, privateKey, EVP_aes_256_cbc(), password, Int32(password.utf8.count), nil, nil)
    }
  }

  /// A store with key, certificate and the authority's.
  package func pkcs12(_ password: String) -> [UInt8] {
    let others = OPENSSL_sk_new_null()
    OPENSSL_sk_push(others, UnsafeRawPointer(authority))
    defer { OPENSSL_sk_free(others) }
    let store = PKCS12_create(password, "test", privateKey, own, others, 0, 0, 0, 0, 0)
    defer { PKCS12_free(store) }
    return PEM.bytes { i2d_PKCS12_bio($0, store) }
  }
}

private enum PEM {
  static func text(_ write: (OpaquePointer?) -> Int32) -> String {
    String(decoding: bytes(write), as: UTF8.self)
  }

  static func bytes(_ write: (OpaquePointer?) -> Int32) -> [UInt8] {
    let bio = BIO_new(BIO_s_mem())
    defer { BIO_free(bio) }
    precondition(write(bio) == 1, "nothing was written")
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    let count = BIO_read(bio, &buffer, Int32(buffer.count))
    return Array(buffer.prefix(max(0, Int(count))))
  }
}
