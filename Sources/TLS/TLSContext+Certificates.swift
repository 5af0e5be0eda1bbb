import COpenSSL

// Certificates and keys from where they are kept. Everything that OpenSSL hands out here is given back at once: a
// context counts its own references.

extension TLSContext {
  /// - Throws: `TLSSettingsError`
  func trust(_ trust: TLSSettings.Trust) throws(TLSSettingsError) {
    switch trust {
    case .system:
      guard SSL_CTX_set_default_verify_paths(handle) == 1 else {
        throw TLSSettingsError("The system's certificates cannot be read: \(OpenSSLErrors.take()).")
      }
    case .pem(let source):
      let certificates = try Certificates(pem: source)
      try add(certificates, from: source.name)
    case .pkcs12(let file, let password):
      try add(try PKCS12(file, password: password).certificates, from: file)
    }
  }

  private func add(_ certificates: borrowing Certificates, from name: String)
    throws(TLSSettingsError)
  {
    guard !certificates.all.isEmpty else {
      throw TLSSettingsError("\(name) has no certificate in it.")
    }
    let store = SSL_CTX_get_cert_store(handle)
    for certificate in certificates.all {
      guard X509_STORE_add_cert(store, certificate) == 1 else {
        throw TLSSettingsError("\(name): \(OpenSSLErrors.take()).")
      }
    }
  }

  func identify(_ identity: TLSSettings.Identity) throws(TLSSettingsError) {
    switch identity {
    case .pem(let chain, let key, let password):
      try use(
        Certificates(pem: chain), PrivateKey(pem: key, password: password), from: chain.name)
    case .pkcs12(let file, let password):
      let store = try PKCS12(file, password: password)
      guard let key = store.key else { throw TLSSettingsError("\(file) has no private key in it.") }
      try use(store.certificates, PrivateKey(sharing: key), from: file)
    }
  }

  private func use(
    _ chain: borrowing Certificates, _ key: borrowing PrivateKey, from name: String
  ) throws(TLSSettingsError) {
    guard let own = chain.all.first else {
      throw TLSSettingsError("\(name) has no certificate in it.")
    }
    guard SSL_CTX_use_certificate(handle, own) == 1,
      SSL_CTX_use_PrivateKey(handle, key.handle) == 1,
      SSL_CTX_check_private_key(handle) == 1
    else {
      throw TLSSettingsError(
        "\(name): certificate and key do not go together: \(OpenSSLErrors.take()).")
    }
    for certificate in chain.all.dropFirst() {
      guard acta_ssl_add_chain_certificate(handle, certificate) == 1 else {
        throw TLSSettingsError("\(name): \(OpenSSLErrors.take()).")
      }
    }
  }
}

/// Certificates, in the order of their file.
struct Certificates: ~Copyable {
  let all: [OpaquePointer]

  init(owning all: [OpaquePointer]) { self.all = all }

  init(pem source: TLSSettings.Source) throws(TLSSettingsError) {
    let input = MemoryReader(try source.pem())
    var found: [OpaquePointer] = []
    while let certificate = PEM_read_bio_X509(input.bio, nil, nil, nil) {
      found.append(certificate)
    }
    let reason = ERR_GET_REASON(ERR_peek_last_error())
    guard reason == PEM_R_NO_START_LINE || reason == 0 else {
      for certificate in found { X509_free(certificate) }
      throw TLSSettingsError("\(source.name) is not PEM: \(OpenSSLErrors.take()).")
    }
    OpenSSLErrors.clear()
    all = found
  }

  deinit { for certificate in all { X509_free(certificate) } }
}

struct PrivateKey: ~Copyable {
  let handle: OpaquePointer

  /// One more owner of a key.
  init(sharing handle: OpaquePointer) {
    EVP_PKEY_up_ref(handle)
    self.handle = handle
  }

  init(pem source: TLSSettings.Source, password: String?) throws(TLSSettingsError) {
    let input = MemoryReader(try source.pem(), isSecret: true)
    // With no password given there must be nobody at a terminal who is asked for one.
    let text = password ?? ""
    let key = text.withCString {
      PEM_read_bio_PrivateKey(
        input.bio, nil, password == nil ? { _, _, _, _ in -1 } : nil,
        UnsafeMutableRawPointer(mutating: $0))
    }
    guard let key else {
      let hint = password == nil ? "" : "; or the key's password is wrong"
      throw TLSSettingsError(
        "\(source.name) has no private key that can be read: \(OpenSSLErrors.take())\(hint).")
    }
    handle = key
  }

  deinit { EVP_PKEY_free(handle) }
}

/// A store with a key, its certificates, and those of others.
struct PKCS12: ~Copyable {
  let key: OpaquePointer?
  /// The key's own first.
  let certificates: Certificates

  init(_ file: String, password: String) throws(TLSSettingsError) {
    let bytes = try TLSSettings.Source.file(file).bytes()
    if bytes.starts(with: [0xfe, 0xed, 0xfe, 0xed]) {
      throw TLSSettingsError(
        "\(file) is a Java key store (JKS), which only Java reads; make it PKCS12 with"
          + " keytool -importkeystore -srckeystore \(file) -destkeystore NEW.p12 -deststoretype PKCS12."
      )
    }
    let input = MemoryReader(bytes, isSecret: true)
    guard let store = d2i_PKCS12_bio(input.bio, nil) else {
      throw TLSSettingsError("\(file) is not PKCS12: \(OpenSSLErrors.take()).")
    }
    defer { PKCS12_free(store) }
    var (key, own, others): (OpaquePointer?, OpaquePointer?, OpaquePointer?)
    guard PKCS12_parse(store, password, &key, &own, &others) == 1 else {
      throw TLSSettingsError(Self.sentence(file, OpenSSLErrors.take()))
    }
    self.key = key
    var all = own.map { [$0] } ?? []
    if let others {
      for index in 0..<acta_x509_count(others) {
        guard let certificate = acta_x509_at(others, index) else { continue }
        X509_up_ref(certificate)
        all.append(certificate)
      }
      acta_x509_free(others)
    }
    certificates = Certificates(owning: all)
  }

  deinit { EVP_PKEY_free(key) }

  private static func sentence(_ file: String, _ words: String) -> String {
    switch words {
    case "mac verify failure": "\(file): the store's password is wrong."
    case "unsupported":
      "\(file) is encrypted as was usual long ago (RC2, 3DES); write it anew with"
        + " openssl pkcs12 -legacy -in \(file) -nodes | openssl pkcs12 -export -out NEW.p12."
    default: "\(file) cannot be read: \(words)."
    }
  }
}

/// Bytes as OpenSSL reads them.
struct MemoryReader: ~Copyable {
  let bio: OpaquePointer?
  private let copy: UnsafeMutableRawBufferPointer
  private let isSecret: Bool

  init(_ bytes: [UInt8], isSecret: Bool = false) {
    copy = .allocate(byteCount: max(1, bytes.count), alignment: 1)
    copy.copyBytes(from: bytes)
    self.isSecret = isSecret
    bio = BIO_new_mem_buf(copy.baseAddress, Int32(clamping: bytes.count))
  }

  deinit {
    BIO_free(bio)
    if isSecret { OPENSSL_cleanse(copy.baseAddress, copy.count) }
    copy.deallocate()
  }
}
